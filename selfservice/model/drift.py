"""Drift: what was approved, what we recorded and what the directory has differ; each difference is found once, and
stays one finding while it lasts.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, AuditEvent, Subject, event
from selfservice.model.base import Base, Guid, Id, UtcDateTime, Versioned, new_id, states
from selfservice.model.mirror import MirrorKind
from selfservice.model.package import RoleKind
from selfservice.model.planning import GivenRole
from selfservice.model.refusal import NotAllowed

LONGEST_ACCEPTANCE = timedelta(days=365)
"""A difference is accepted until a day, and never for good."""

MOST_REPAIRS = 3
"""So often within a day a difference is repaired by itself; what comes again after that is put there by somebody."""


class DriftKind(StrEnum):
    """What differs."""

    ALIVE_AFTER_END = "aliveAfterEnd"
    UNAPPROVED_ROLE = "unapprovedRole"
    MISSING_ROLE = "missingRole"
    GUEST_ENABLED = "guestEnabled"
    GUEST_DISABLED = "guestDisabled"
    GUEST_GONE = "guestGone"
    TREATED_OTHERWISE = "treatedOtherwise"
    SPONSOR_MISSING = "sponsorMissing"
    ADDRESS_CHANGED = "addressChanged"


class Severity(IntEnum):
    """How bad it is, the worst first: somebody has what nobody agreed to; somebody lacks something; good to know."""

    BAD = 0
    LOOK = 1
    NOTE = 2


SEVERITY: Mapping[DriftKind, Severity] = {
    DriftKind.ALIVE_AFTER_END: Severity.BAD,
    DriftKind.UNAPPROVED_ROLE: Severity.BAD,
    DriftKind.GUEST_ENABLED: Severity.BAD,
    DriftKind.MISSING_ROLE: Severity.LOOK,
    DriftKind.GUEST_DISABLED: Severity.LOOK,
    DriftKind.GUEST_GONE: Severity.LOOK,
    DriftKind.TREATED_OTHERWISE: Severity.LOOK,
    DriftKind.SPONSOR_MISSING: Severity.NOTE,
    DriftKind.ADDRESS_CHANGED: Severity.NOTE,
}


class DriftState(StrEnum):
    """Where a finding stands. `mending`: something was ordered that should end it; `accepted`: until a day."""

    OPEN = "open"
    MENDING = "mending"
    ACCEPTED = "accepted"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A difference as one comparison sees it. `since`: when it began, where that is known."""

    kind: DriftKind
    object_id: str
    name: str
    guest_id: str | None = None
    assignment_id: str | None = None
    role: GivenRole | None = None
    since: datetime | None = None
    cause: str = ""

    @property
    def fingerprint(self) -> str:
        """What makes this difference the same one the next time: its kind, whose it is, and the role."""
        about = [self.kind.value, self.object_id, *(self.role.key if self.role else ())]
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()


class DriftFinding(Versioned, Base):
    """One difference. A fingerprint is unique while the finding is not closed; `part` is the part of the mirror that
    told of it.

    `delivery_id` and `proposal_id` name what was ordered to end it.
    """

    __tablename__ = "drift_finding"
    __table_args__ = (
        Index(None, "tenant_id", "state", "severity", "found_on", "id"),
        Index(None, "tenant_id", "part", "seen_at"),
        Index(None, "fingerprint", "closed_at"),
        Index(None, "guest_id"),
        Index(
            "uq_drift_finding_open",
            "tenant_id",
            "fingerprint",
            unique=True,
            sqlite_where=text("state != 'closed'"),
            postgresql_where=text("state != 'closed'"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    kind: Mapped[DriftKind] = mapped_column(states(DriftKind))
    severity: Mapped[int]
    part: Mapped[MirrorKind] = mapped_column(states(MirrorKind))
    fingerprint: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(320), default="")
    guest_id: Mapped[str | None] = mapped_column(ForeignKey("guest.id"), default=None)
    assignment_id: Mapped[str | None] = mapped_column(ForeignKey("assignment.id"), default=None)
    role_kind: Mapped[RoleKind | None] = mapped_column(states(RoleKind), default=None)
    resource_id: Mapped[str | None] = mapped_column(Guid, default=None)
    app_role_id: Mapped[str | None] = mapped_column(Guid, default=None)
    label: Mapped[str] = mapped_column(String(600), default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[DriftState] = mapped_column(states(DriftState), default=DriftState.OPEN)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    found_on: Mapped[date] = mapped_column(Date)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_until: Mapped[date | None] = mapped_column(Date, default=None)
    reason: Mapped[str] = mapped_column(String(500), default="")
    by_name: Mapped[str] = mapped_column(String(256), default="")
    delivery_id: Mapped[str | None] = mapped_column(ForeignKey("delivery.id"), default=None)
    proposal_id: Mapped[str | None] = mapped_column(ForeignKey("proposal.id"), default=None)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    closed_why: Mapped[str] = mapped_column(String(300), default="")

    @property
    def subject(self) -> Subject:
        """What audit events about this finding name."""
        return Subject(kind="drift", id=self.id, tenant_id=self.tenant_id)

    @property
    def role(self) -> GivenRole | None:
        """The role that it is about, or None where it is about the guest object itself."""
        if self.role_kind is None or self.resource_id is None:
            return None
        return GivenRole(
            kind=self.role_kind, resource_id=self.resource_id, app_role_id=self.app_role_id, label=self.label
        )

    def ensure_open(self) -> None:
        """Refuse where there is nothing to do about it any more, or somebody is at it."""
        if self.state is DriftState.CLOSED:
            raise NotAllowed("This difference is gone.", next_step="Nothing is left to do.", owner="Nobody")
        if self.state is DriftState.MENDING:
            raise NotAllowed(
                "Something was ordered about this already.",
                next_step="Wait until it is done; the next comparison tells what came of it.",
                owner="Selfservice",
            )

    def mend(self, action: str, *, by: Actor, at: datetime, why: str) -> AuditEvent:
        """Say that something was ordered that should end it."""
        self.state, self.reason, self.by_name, self.accepted_until = DriftState.MENDING, why, by.name, None
        return self._event(action, by=by, at=at, why=why)

    def accept(self, until: date, *, by: Actor, at: datetime, why: str) -> AuditEvent:
        """Live with it until a day; then it is found again."""
        if not at.date() < until <= (at + LONGEST_ACCEPTANCE).date():
            raise NotAllowed(
                "A difference is accepted until a day within the next year.", next_step="Choose a day.", owner="You"
            )
        self.state, self.accepted_until, self.reason, self.by_name = DriftState.ACCEPTED, until, why, by.name
        return self._event("drift.accept", by=by, at=at, why=why)

    def reopen(self, *, by: Actor, at: datetime, why: str) -> AuditEvent:
        """Say that it waits for somebody again."""
        self.state, self.accepted_until = DriftState.OPEN, None
        self.delivery_id = self.proposal_id = None
        return self._event("drift.reopen", by=by, at=at, why=why)

    def close(self, *, by: Actor, at: datetime, why: str) -> AuditEvent:
        """Say that the difference is gone, and why."""
        self.state, self.closed_at, self.closed_why = DriftState.CLOSED, at, why[:300]
        return self._event("drift.close", by=by, at=at, why=why)

    def found(self, *, by: Actor) -> AuditEvent:
        """Return the audit event of finding it."""
        return self._event("drift.found", by=by, at=self.found_at, why=self.cause)

    def _event(self, action: str, *, by: Actor, at: datetime, why: str) -> AuditEvent:
        details: dict[str, object] = {"kind": self.kind.value, "guest": self.guest_id, "role": self.label}
        return event(action, self.subject, by=by, at=at, account=Account(why=why, details=details))


class DriftCheck(Base):
    """How far the comparison of a tenant has come. `compared_at` is when the last complete one began; `told_on` is the
    day on which its admins were last told of new findings.
    """

    __tablename__ = "drift_check"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    asked_by: Mapped[str] = mapped_column(String(256), default="")
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    doing: Mapped[str] = mapped_column(String(100), default="")
    compared_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    took_ms: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[str] = mapped_column(String(500), default="")
    told_on: Mapped[date | None] = mapped_column(Date, default=None)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class HeldRole(Base):
    """A user holds an app role of an application that an access package names, as the directory says."""

    __tablename__ = "held_role"
    __table_args__ = (Index(None, "tenant_id", "user_id"),)

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    application_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    app_role_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    user_id: Mapped[str] = mapped_column(Guid, primary_key=True)
