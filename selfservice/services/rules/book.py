"""The rule book of a tenant, kept indexed in each process: what changed since is read, and nothing else."""

import threading
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.rulebook import ApproverRule, RuleBook
from selfservice.model.rules.index import RuleIndex


@dataclass
class Book:
    """One tenant's rules as this process knows them, up to `serial`."""

    index: RuleIndex = field(default_factory=RuleIndex)
    serial: int = 0


class Books:
    """The rule books of this process. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._books: dict[str, Book] = {}

    def index_of(self, tx: Session, tenant_id: str) -> RuleIndex:
        """Return a tenant's rules, with every change that the transaction can see."""
        serial = tx.scalar(select(RuleBook.serial).where(RuleBook.tenant_id == tenant_id)) or 0
        with self._lock:
            book = self._books.setdefault(tenant_id, Book())
            if serial > book.serial:
                _catch_up(tx, tenant_id, book, serial)
            return book.index


def _catch_up(tx: Session, tenant_id: str, book: Book, serial: int) -> None:
    changed = tx.scalars(
        select(ApproverRule)
        .where(ApproverRule.tenant_id == tenant_id, ApproverRule.serial > book.serial)
        .order_by(ApproverRule.serial)
    ).all()
    if book.serial == 0:
        book.index = RuleIndex(rule.value for rule in changed if rule.removed_at is None)
    else:
        # All at once: nobody is routed by half a change.
        book.index = book.index.edited(
            [rule.value for rule in changed if rule.removed_at is None],
            dropped=[rule.id for rule in changed if rule.removed_at is not None],
        )
    # A change that was made between the two questions is known now, and whole: it was committed with its serial.
    book.serial = max([serial, *(rule.serial for rule in changed)])
