"""Changing: what every change of rules goes through, whoever makes it: authority, checks, examples, and the record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, Subject, event
from selfservice.model.refusal import NotFound, Refused, Stale
from selfservice.model.rulebook import ApproverRule, RuleBook
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.rule import Rule
from selfservice.services.rules.checking import checked
from selfservice.services.rules.edits import (
    Edit,
    Move,
    Put,
    PutExample,
    Remove,
    RemoveExample,
    SecondPerson,
    touched_rules,
)
from selfservice.services.rules.keeping import Keeping, keeping_of
from selfservice.services.rules.recording import Author, record
from selfservice.services.rules.rewriting import Rewritten, rewrite
from selfservice.services.rules.trying import (
    Example,
    Tried,
    checked_example,
    edited,
    ensure_true,
    examples_of,
    keep_examples,
    try_examples,
)
from selfservice.services.runtime import Runtime


class NothingChanges(Refused):
    """The edits leave everything as it is."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What a change works on: who keeps what, and the rules and examples as they are. The index is never written to."""

    tx: Session
    rt: Runtime
    keeping: Keeping
    index: RuleIndex
    examples: tuple[Example, ...]

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in reading order."""
        return self.index.rules

    @property
    def tenant_id(self) -> str:
        """The resource tenant whose rules these are."""
        return self.keeping.tenant_id


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A change that was checked: the edits as they are kept, the rules after them, and what the examples say."""

    edits: tuple[Edit, ...]
    rewritten: Rewritten
    index: RuleIndex
    tried: tuple[Tried, ...]


def desk_of(tx: Session, rt: Runtime, tenant_id: str, *, by: Actor) -> Desk:
    """Return the rules to work on, or refuse whoever keeps none of them."""
    keeping = keeping_of(tx, rt, tenant_id, by=by)
    if not keeping.keeps_anything:
        raise NotFound
    return Desk(
        tx=tx,
        rt=rt,
        keeping=keeping,
        # Read before anything is written: the book of the process must never learn what may be rolled back.
        index=rt.books.index_of(tx, tenant_id),
        examples=examples_of(tx, tenant_id),
    )


def prove(desk: Desk, edits: Sequence[Edit]) -> Proof:
    """Check authority and everything that the edits name, and say what would come of them."""
    ensure_kept(desk, edits)
    clean = tuple(_checked(desk, edit) for edit in edits)
    rewritten = rewrite(desk.tenant_id, desk.rules, clean)
    index = desk.index.edited(rewritten.changed, dropped=rewritten.removed)
    return Proof(
        edits=clean,
        rewritten=rewritten,
        index=index,
        tried=try_examples(edited(desk.examples, clean), index),
    )


def ensure_kept(desk: Desk, edits: Iterable[Edit]) -> None:
    """Refuse edits of what the actor does not keep: it looks absent to them."""
    rules = {rule.id: rule for rule in desk.rules}
    for edit in edits:
        if isinstance(edit, SecondPerson) and not desk.keeping.administers:
            raise NotFound
        if isinstance(edit, Put):
            desk.keeping.ensure(edit.draft.band, edit.draft.scope_id)
        if isinstance(edit, Put | Remove | Move) and edit.rule_id in rules:
            desk.keeping.ensure(rules[edit.rule_id].band, rules[edit.rule_id].scope_id)
    _ensure_examples_kept(desk, edits)


def write(desk: Desk, book: RuleBook, proof: Proof, author: Author) -> None:
    """Write a checked change down, or refuse where an example would not be true any more."""
    ensure_true(proof.tried)
    rewritten = proof.rewritten
    switched = [edit for edit in proof.edits if isinstance(edit, SecondPerson) and edit.on != book.second_person]
    about_examples = any(isinstance(edit, PutExample | RemoveExample) for edit in proof.edits)
    if rewritten.written or rewritten.moved or rewritten.removed:
        record(desk.tx, book, rewritten, author)
    elif not switched and not about_examples:
        raise NothingChanges(
            "Nothing would change: the rules say this already.", next_step="Change something first.", owner="You"
        )
    keep_examples(desk.tx, desk.keeping, proof.edits, by=author.acts, at=author.at)
    for edit in switched:
        book.second_person = edit.on
        subject = Subject(kind="ruleBook", id=desk.tenant_id, tenant_id=desk.tenant_id)
        account = Account(why=author.why, details={"secondPerson": edit.on})
        desk.tx.add(event("rule.secondPerson", subject, by=author.acts, at=author.at, account=account))


def book_of(tx: Session, tenant_id: str, *, at: datetime) -> RuleBook:
    """Return the book of a tenant, locked: one change at a time."""
    book = tx.get(RuleBook, tenant_id, with_for_update=True)
    if book is not None:
        return book
    try:
        with tx.begin_nested():
            book = RuleBook(tenant_id=tenant_id, changed_at=at)
            tx.add(book)
        return book
    except IntegrityError:
        # Somebody else has opened this book at the same moment.
        return tx.get_one(RuleBook, tenant_id, with_for_update=True)


def ensure_unchanged(tx: Session, tenant_id: str, edits: Sequence[Edit] | None, *, since: int) -> None:
    """Refuse with `Stale` where a rule (of these edits, or any) was changed after this serial."""
    changed = select(ApproverRule).where(ApproverRule.tenant_id == tenant_id, ApproverRule.serial > since)
    if edits is not None:
        changed = changed.where(ApproverRule.id.in_(sorted(set(touched_rules(edits)))))
    # A rule that only made room has a new serial and an older change: whoever made the newest change is named.
    latest = tx.scalars(changed.order_by(ApproverRule.changed_at.desc(), ApproverRule.id).limit(1)).first()
    if latest is None:
        return
    did = "removed" if latest.removed_at is not None else "changed"
    raise Stale(
        f"{latest.changed_by_name} {did} the rule “{latest.name}” meanwhile.",
        next_step="Look at the rules as they are now, and decide anew.",
        owner="You",
    )


def _checked(desk: Desk, edit: Edit) -> Edit:
    if isinstance(edit, Put):
        return replace(edit, draft=checked(desk.tx, desk.rt, desk.tenant_id, edit.draft))
    if isinstance(edit, PutExample):
        return replace(edit, draft=checked_example(desk.tx, desk.keeping, edit.draft))
    return edit


def _ensure_examples_kept(desk: Desk, edits: Iterable[Edit]) -> None:
    examples = {example.id: example for example in desk.examples}
    for edit in edits:
        if not isinstance(edit, PutExample | RemoveExample) or edit.example_id is None:
            continue
        known = examples.get(edit.example_id)
        if known is None or not desk.keeping.may_edit_scope(known.scope_id):
            raise NotFound
