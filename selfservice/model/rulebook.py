"""The approver rules of a resource tenant as they are kept: every version, who changed it, and what guards them.

A tenant's book has a serial number that grows with every change; a rule carries the serial of its last change, so a
process that has read the book before reads only what changed since.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.actor import PersonRef
from selfservice.model.audit import Subject
from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, Versioned, new_id, states
from selfservice.model.rules.codec import clauses_from_data, clauses_to_data, outcome_from_data, outcome_to_data
from selfservice.model.rules.rule import Band, Rule


class RuleBook(Versioned, Base):
    """The book of one resource tenant. `second_person`: a change waits until somebody else has agreed to it."""

    __tablename__ = "rule_book"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    serial: Mapped[int] = mapped_column(default=0)
    second_person: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApproverRule(Base):
    """The newest version of a rule. A removed one stays, so that whoever knew it learns that it is gone."""

    __tablename__ = "approver_rule"
    __table_args__ = (Index(None, "tenant_id", "serial"), Index(None, "tenant_id", "scope_id"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    version: Mapped[int] = mapped_column(default=1)
    serial: Mapped[int]
    band: Mapped[int]
    scope_id: Mapped[str] = mapped_column(String(32), default="")
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    note: Mapped[str] = mapped_column(Text, default="")
    enabled: Mapped[bool] = mapped_column(default=True)
    clauses: Mapped[list[object]] = mapped_column(Json)
    outcome: Mapped[dict[str, object]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_name: Mapped[str] = mapped_column(String(256), default="")
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def value(self) -> Rule:
        """The rule as the router reads it."""
        return Rule(
            id=self.id,
            tenant_id=self.tenant_id,
            version=self.version,
            band=Band(self.band),
            scope_id=self.scope_id,
            position=self.position,
            name=self.name,
            note=self.note,
            enabled=self.enabled,
            clauses=clauses_from_data(self.clauses),
            outcome=outcome_from_data(self.outcome),
        )

    def write(self, rule: Rule) -> None:
        """Take over what a rule says; its version and serial are the keeper's business."""
        self.band, self.scope_id, self.position = int(rule.band), rule.scope_id, rule.position
        self.name, self.note, self.enabled = rule.name, rule.note, rule.enabled
        self.clauses, self.outcome = list(clauses_to_data(rule.clauses)), outcome_to_data(rule.outcome)

    @property
    def subject(self) -> Subject:
        """What audit events about this rule name."""
        return Subject(kind="rule", id=self.id, tenant_id=self.tenant_id)


class RuleVersion(Base):
    """One version of a rule as it was: what it said, who changed it, why, and who agreed. Never changed once written.

    `removed` says that this version took the rule out of the book.
    """

    __tablename__ = "rule_version"
    __table_args__ = (Index(None, "rule_id", "changed_by_object_id"),)

    rule_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Guid)
    body: Mapped[dict[str, object]] = mapped_column(Json)
    removed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_tenant_id: Mapped[str] = mapped_column(Guid)
    changed_by_object_id: Mapped[str] = mapped_column(Guid)
    changed_by_name: Mapped[str] = mapped_column(String(256))
    why: Mapped[str] = mapped_column(Text, default="")
    agreed_by_tenant_id: Mapped[str | None] = mapped_column(Guid, default=None)
    agreed_by_object_id: Mapped[str | None] = mapped_column(Guid, default=None)
    agreed_by_name: Mapped[str | None] = mapped_column(String(256), default=None)

    @property
    def changed_by(self) -> PersonRef:
        """Who changed the rule."""
        return PersonRef(tenant_id=self.changed_by_tenant_id, object_id=self.changed_by_object_id)


class ChangeState(StrEnum):
    """Where a proposed change of rules stands."""

    WAITING = "waiting"
    APPLIED = "applied"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class RuleChange(Versioned, Base):
    """A change of rules that needs a second person. `edits` are kept as they were proposed; `base_serial` is the book
    that the proposer saw.
    """

    __tablename__ = "rule_change"
    __table_args__ = (Index(None, "tenant_id", "state"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    state: Mapped[ChangeState] = mapped_column(states(ChangeState), default=ChangeState.WAITING)
    edits: Mapped[list[object]] = mapped_column(Json)
    base_serial: Mapped[int]
    why: Mapped[str] = mapped_column(Text, default="")
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by_tenant_id: Mapped[str] = mapped_column(Guid)
    proposed_by_object_id: Mapped[str] = mapped_column(Guid)
    proposed_by_name: Mapped[str] = mapped_column(String(256))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    decided_by_name: Mapped[str] = mapped_column(String(256), default="")
    decision_reason: Mapped[str] = mapped_column(Text, default="")

    @property
    def proposed_by(self) -> PersonRef:
        """Who proposes the change."""
        return PersonRef(tenant_id=self.proposed_by_tenant_id, object_id=self.proposed_by_object_id)

    @property
    def subject(self) -> Subject:
        """What audit events about this change name."""
        return Subject(kind="ruleChange", id=self.id, tenant_id=self.tenant_id)


class RuleExample(Base):
    """An example that must stay true: these facts have this outcome. It guards every change of the rules.

    `expected` is an outcome as plain data (`selfservice.model.rules.codec`); `scope_id` is the package or catalog whose
    owners keep the example, or nothing for an admin's.
    """

    __tablename__ = "rule_example"
    __table_args__ = (Index(None, "tenant_id", "scope_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    scope_id: Mapped[str] = mapped_column(String(32), default="")
    name: Mapped[str] = mapped_column(String(120))
    facts: Mapped[dict[str, object]] = mapped_column(Json)
    expected: Mapped[dict[str, object]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_name: Mapped[str] = mapped_column(String(256), default="")


class TagPolicy(Base):
    """What a tag of a resource tenant's packages makes stricter, as plain data; it replaces a built-in tag."""

    __tablename__ = "tag_policy"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True)
    body: Mapped[dict[str, object]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReplayState(StrEnum):
    """Where a replay stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RuleReplay(Base):
    """Past requests routed once more under changed rules: asked for by an admin, worked by the worker.

    `edits` are the proposed changes; `since` is how far back to look; `result` holds what would differ.
    """

    __tablename__ = "rule_replay"
    __table_args__ = (Index(None, "state", "lease_until"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    scope_id: Mapped[str] = mapped_column(String(32), default="")
    edits: Mapped[list[object]] = mapped_column(Json)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_tenant_id: Mapped[str] = mapped_column(Guid)
    asked_by_object_id: Mapped[str] = mapped_column(Guid)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[ReplayState] = mapped_column(states(ReplayState), default=ReplayState.WAITING)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, object]] = mapped_column(Json, default_factory=dict)
    failure: Mapped[str] = mapped_column(String(500), default="")
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


def body_of(rule: Rule) -> Mapping[str, object]:
    """Return a rule as plain data, as a version keeps it."""
    return {
        "name": rule.name,
        "band": int(rule.band),
        "scope": rule.scope_id,
        "position": rule.position,
        "note": rule.note,
        "enabled": rule.enabled,
        "when": clauses_to_data(rule.clauses),
        "then": outcome_to_data(rule.outcome),
    }
