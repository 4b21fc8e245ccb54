"""Trying: examples that must stay true, and what rules say to them. They guard every change of the rules.

An example is about the rules alone: tags make an outcome stricter afterwards. Who decides and how is compared; what
people are called, and how a no is worded, is not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, Subject, event
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.rulebook import RuleExample
from selfservice.model.rules.codec import outcome_from_data, outcome_to_data
from selfservice.model.rules.facts import RuleFacts, facts_from_json
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.outcome import Outcome
from selfservice.services.eligibility import TextRefused, clean_line
from selfservice.services.overview.rule_words import outcome_words
from selfservice.services.rules.differing import is_same
from selfservice.services.rules.edits import Edit, ExampleDraft, PutExample, RemoveExample
from selfservice.services.rules.keeping import Keeping


class ExampleBroken(Refused):
    """An example that must stay true would not be true any more. `names` are those examples."""

    def __init__(self, cause: str, *, names: tuple[str, ...]) -> None:
        super().__init__(
            cause, next_step="Change the rules so that it stays true, or change the example with them.", owner="You"
        )
        self.names = names


@dataclass(frozen=True, kw_only=True)
class Example:
    """An example as a value; `id` is empty for one that is not kept yet."""

    id: str
    name: str
    scope_id: str
    facts: RuleFacts
    expected: Outcome


@dataclass(frozen=True, kw_only=True)
class Tried:
    """An example, and what came out."""

    example: Example
    came_out: Outcome

    @property
    def holds(self) -> bool:
        """Whether the example is true."""
        return is_same(self.came_out, self.example.expected)


def examples_of(tx: Session, tenant_id: str) -> tuple[Example, ...]:
    """Return the examples of a tenant, by name."""
    kept = tx.scalars(
        select(RuleExample).where(RuleExample.tenant_id == tenant_id).order_by(RuleExample.name, RuleExample.id)
    )
    return tuple(
        Example(
            id=each.id,
            name=each.name,
            scope_id=each.scope_id,
            facts=facts_from_json(each.facts),
            expected=outcome_from_data(each.expected),
        )
        for each in kept
    )


def edited(examples: Iterable[Example], edits: Iterable[Edit]) -> tuple[Example, ...]:
    """Return the examples after some edits."""
    kept = {example.id: example for example in examples}
    for number, edit in enumerate(edits):
        if isinstance(edit, PutExample):
            example_id = edit.example_id or f"new{number}"
            if edit.example_id is not None and edit.example_id not in kept:
                raise NotFound("This example is not kept any more.")
            draft = edit.draft
            kept[example_id] = Example(
                id=example_id,
                name=draft.name,
                scope_id=draft.scope_id,
                facts=draft.facts,
                expected=draft.expected,
            )
        elif isinstance(edit, RemoveExample) and kept.pop(edit.example_id, None) is None:
            raise NotFound("This example is not kept any more.")
    return tuple(kept.values())


def try_examples(examples: Iterable[Example], index: RuleIndex) -> tuple[Tried, ...]:
    """Return each example with what these rules say to it."""
    return tuple(Tried(example=each, came_out=index.route(each.facts).outcome) for each in examples)


def ensure_true(tried: Sequence[Tried]) -> None:
    """Refuse with `ExampleBroken` where an example is not true."""
    broken = [each for each in tried if not each.holds]
    if not broken:
        return
    first, more = broken[0], len(broken) - 1
    cause = (
        f"The example “{first.example.name}” would not be true any more: expected was "
        f"{outcome_words(first.example.expected)}; now it is {outcome_words(first.came_out)}."
    )
    raise ExampleBroken(
        cause + (f" The same goes for {more} more." if more else ""),
        names=tuple(each.example.name for each in broken),
    )


def checked_example(tx: Session, keeping: Keeping, draft: ExampleDraft) -> ExampleDraft:
    """Return an example as it is kept, or refuse one that is about something else than its keepers keep."""
    name = clean_line(draft.name, what="name of an example", longest=120)
    if not name:
        raise TextRefused("An example has no name.", next_step="Name it by what must stay true.", owner="You")
    package = tx.get(AccessPackage, draft.facts.package)
    if package is None or package.tenant_id != keeping.tenant_id:
        raise NotFound("The example names no access package of this tenant.")
    facts = replace(draft.facts, resource_tenant=keeping.tenant_id, catalog=package.catalog_id or "")
    if not keeping.may_edit_scope(draft.scope_id) or draft.scope_id not in ("", facts.package, facts.catalog):
        raise NotFound
    return replace(draft, name=name, facts=facts)


def keep_examples(tx: Session, keeping: Keeping, edits: Iterable[Edit], *, by: Actor, at: datetime) -> None:
    """Write what the edits say about examples, each with its audit event."""
    for edit in edits:
        if isinstance(edit, PutExample):
            _put(tx, keeping, edit, by=by, at=at)
        elif isinstance(edit, RemoveExample):
            example = _example(tx, keeping, edit.example_id)
            tx.delete(example)
            _record(tx, "rule.removeExample", example, by=by, at=at)


def _put(tx: Session, keeping: Keeping, edit: PutExample, *, by: Actor, at: datetime) -> None:
    draft = checked_example(tx, keeping, edit.draft)
    if edit.example_id is None:
        example = RuleExample(tenant_id=keeping.tenant_id, name="", facts={}, expected={}, changed_at=at)
        tx.add(example)
    else:
        example = _example(tx, keeping, edit.example_id)
    example.name, example.scope_id = draft.name, draft.scope_id
    example.facts, example.expected = draft.facts.as_json(), outcome_to_data(draft.expected)
    example.changed_at, example.changed_by_name = at, by.name
    _record(tx, "rule.putExample", example, by=by, at=at)


def _example(tx: Session, keeping: Keeping, example_id: str) -> RuleExample:
    example = tx.get(RuleExample, example_id)
    if example is None or example.tenant_id != keeping.tenant_id or not keeping.may_edit_scope(example.scope_id):
        raise NotFound
    return example


def _record(tx: Session, action: str, example: RuleExample, *, by: Actor, at: datetime) -> None:
    subject = Subject(kind="ruleExample", id=example.id, tenant_id=example.tenant_id)
    account = Account(details={"name": example.name, "facts": example.facts, "expected": example.expected})
    tx.add(event(action, subject, by=by, at=at, account=account))
