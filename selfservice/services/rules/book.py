"""The rule book of a tenant, kept indexed in each process: what changed since is read, and nothing else."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.rulebook import ApproverRule, RuleBook
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.outcome import ApproverKind, Outcome, Stages

GroupKey = tuple[str, str]
"""The id of a tenant, and of a group there."""

ANYWHERE = ""
"""In the place of a tenant's id: whichever home tenant the requestor is from."""


@dataclass(frozen=True, kw_only=True)
class Book:
    """One tenant's rules as this process knows them, up to `serial`, and the groups that each of them names."""

    index: RuleIndex = field(default_factory=RuleIndex)
    serial: int = 0
    groups: Mapping[str, frozenset[GroupKey]] = field(default_factory=dict)


class Books:
    """The rule books of this process. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._books: dict[str, Book] = {}

    def index_of(self, tx: Session, tenant_id: str) -> RuleIndex:
        """Return a tenant's rules, with every change that the transaction can see."""
        return self._book(tx, tenant_id).index

    def groups_of(self, tx: Session, tenant_id: str) -> frozenset[GroupKey]:
        """Return the groups that a tenant's rules name, as (tenant id, group id)."""
        return frozenset(key for keys in self._book(tx, tenant_id).groups.values() for key in keys)

    def _book(self, tx: Session, tenant_id: str) -> Book:
        serial = tx.scalar(select(RuleBook.serial).where(RuleBook.tenant_id == tenant_id)) or 0
        with self._lock:
            book = self._books.get(tenant_id) or Book()
            if serial > book.serial:
                book = self._books[tenant_id] = _caught_up(tx, tenant_id, book, serial)
            return book


def named_groups(outcome: Outcome, clauses: tuple[Clause, ...] = ()) -> Iterator[GroupKey]:
    """Yield the groups that an outcome asks, and those that clauses ask about, wherever these may be."""
    for stage in outcome.stages if isinstance(outcome, Stages) else ():
        for approver in (*stage.approvers, *stage.alternates, *stage.fallback):
            if approver.kind is ApproverKind.GROUP:
                yield approver.tenant_id, approver.object_id
    for clause in clauses:
        if clause.attribute == Attribute.GROUP:
            yield from ((ANYWHERE, value) for value in clause.values)


def _caught_up(tx: Session, tenant_id: str, book: Book, serial: int) -> Book:
    changed = tx.scalars(
        select(ApproverRule)
        .where(ApproverRule.tenant_id == tenant_id, ApproverRule.serial > book.serial)
        .order_by(ApproverRule.serial)
    ).all()
    live = [rule.value for rule in changed if rule.removed_at is None]
    gone = {rule.id for rule in changed if rule.removed_at is not None}
    groups = {rule_id: keys for rule_id, keys in book.groups.items() if rule_id not in gone}
    groups.update((rule.id, frozenset(named_groups(rule.outcome, rule.clauses))) for rule in live)
    return Book(
        # A new index, all at once: nobody is routed by half a change.
        index=book.index.edited(live, dropped=gone),
        # A change that was made between the two questions is known now, and whole: it was committed with its serial.
        serial=max([serial, *(rule.serial for rule in changed)]),
        groups=groups,
    )
