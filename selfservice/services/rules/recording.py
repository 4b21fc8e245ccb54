"""Recording: what became of the rules is written down: each version, who changed it, why, and who agreed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.audit import Account, event
from selfservice.model.rulebook import ApproverRule, RuleBook, RuleVersion, body_of
from selfservice.model.rules.rule import BAND_NAMES, Rule
from selfservice.services.rules.rewriting import Rewritten


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who changes rules, when and why; and who agreed, where a second person had to. `acts` did the last step."""

    acts: Actor
    person: PersonRef
    name: str
    why: str
    at: datetime
    agreed_by: PersonRef | None = None
    agreed_by_name: str | None = None


def record(tx: Session, book: RuleBook, rewritten: Rewritten, author: Author) -> None:
    """Write down every change under one new serial of the book."""
    book.serial, book.changed_at = book.serial + 1, author.at
    touched = rewritten.written | rewritten.moved | rewritten.removed
    rows = {row.id: row for row in _rows(tx, touched)}
    for rule_id in sorted(rewritten.written, key=lambda each: rewritten.rules[each].order):
        _write(tx, book, rewritten, rows.get(rule_id), rewritten.rules[rule_id], author)
    for rule_id in sorted(rewritten.moved):
        _move(tx, book, rows[rule_id], rewritten.rules[rule_id], author)
    for rule_id in sorted(rewritten.removed):
        _remove(tx, book, rows[rule_id], author)
    for rule_id in sorted(rewritten.shifted):
        # Nobody has changed what these say: they make room, and keep their version.
        rule = rewritten.rules[rule_id]
        tx.execute(
            update(ApproverRule)
            .where(ApproverRule.id == rule_id)
            .values(position=rule.position, serial=book.serial)
            .execution_options(synchronize_session=False)
        )


def _rows(tx: Session, ids: Iterable[str]) -> Iterable[ApproverRule]:
    return tx.scalars(select(ApproverRule).where(ApproverRule.id.in_(sorted(ids))))


def _write(
    tx: Session, book: RuleBook, rewritten: Rewritten, row: ApproverRule | None, rule: Rule, author: Author
) -> None:
    is_new = row is None
    if row is None:
        row = ApproverRule(
            id=rule.id,
            tenant_id=book.tenant_id,
            serial=book.serial,
            band=0,
            position=0,
            name="",
            clauses=[],
            outcome={},
            changed_at=author.at,
        )
        tx.add(row)
    row.write(rule)
    _sign(tx, book, row, author, is_new=is_new)
    before = rewritten.before.get(rule.id)
    details: dict[str, object] = {"before": dict(body_of(before))} if before is not None else {}
    _tell(tx, "rule.create" if is_new else "rule.change", row, author, details | {"now": dict(body_of(row.value))})


def _move(tx: Session, book: RuleBook, row: ApproverRule, rule: Rule, author: Author) -> None:
    before, row.position = row.position, rule.position
    _sign(tx, book, row, author)
    _tell(tx, "rule.move", row, author, {"from": before, "to": rule.position})


def _remove(tx: Session, book: RuleBook, row: ApproverRule, author: Author) -> None:
    row.removed_at = author.at
    _sign(tx, book, row, author)
    _tell(tx, "rule.remove", row, author, {"before": dict(body_of(row.value))})


def _sign(tx: Session, book: RuleBook, row: ApproverRule, author: Author, *, is_new: bool = False) -> None:
    row.version = 1 if is_new else row.version + 1
    row.serial, row.changed_at, row.changed_by_name = book.serial, author.at, author.name
    tx.add(
        RuleVersion(
            rule_id=row.id,
            version=row.version,
            tenant_id=row.tenant_id,
            body=dict(body_of(row.value)),
            removed=row.removed_at is not None,
            changed_at=author.at,
            changed_by_tenant_id=author.person.tenant_id,
            changed_by_object_id=author.person.object_id,
            changed_by_name=author.name,
            why=author.why,
            agreed_by_tenant_id=author.agreed_by.tenant_id if author.agreed_by else None,
            agreed_by_object_id=author.agreed_by.object_id if author.agreed_by else None,
            agreed_by_name=author.agreed_by_name,
        )
    )


def _tell(tx: Session, action: str, row: ApproverRule, author: Author, details: dict[str, object]) -> None:
    about: dict[str, object] = {"name": row.name, "version": row.version, "band": BAND_NAMES[row.value.band], **details}
    if author.agreed_by is not None:
        about["proposedBy"], about["agreedBy"] = author.name, author.agreed_by_name
    account = Account(why=author.why, details=about)
    tx.add(event(action, row.subject, by=author.acts, at=author.at, account=account))
