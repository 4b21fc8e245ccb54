"""Approval: a request's stages, who may decide in each, and the decisions they take."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from selfservice.model.actor import PersonRef
from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, new_id, states
from selfservice.model.rules.codec import stage_from_data
from selfservice.model.rules.outcome import StageSpec

REMINDER_AFTER = timedelta(hours=24)
"""How long a stage is open before the requestor may ask for an answer."""


class StageState(StrEnum):
    """Where a stage stands."""

    WAITING = "waiting"
    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"
    ENDED = "ended"


class Outcome(StrEnum):
    """What an approver decides."""

    APPROVE = "approve"
    DENY = "deny"


class StageApprover(Base):
    """A person who may be asked to decide in a stage, and why. `asked_at` is None for an alternate until the stage
    escalates; a quiet one is sent no mail.
    """

    __tablename__ = "stage_approver"
    __table_args__ = (Index(None, "tenant_id", "object_id"),)

    stage_id: Mapped[str] = mapped_column(
        ForeignKey("approval_stage.id", ondelete="CASCADE"),
        primary_key=True,
        init=False,
    )
    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    object_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    name: Mapped[str] = mapped_column(String(256))
    because: Mapped[str] = mapped_column(String(300))
    is_alternate: Mapped[bool] = mapped_column(default=False)
    quiet: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def ref(self) -> PersonRef:
        """The approver's identity."""
        return PersonRef(tenant_id=self.tenant_id, object_id=self.object_id)


class Decision(Base):
    """What one approver decided about one stage, and the hash of the content they saw.

    `principal_*` is whom it was decided for: the approver themself, or the one who delegated to them. `ends_on` is set
    where they agreed for a shorter time. A withdrawn decision counts no more.
    """

    __tablename__ = "decision"
    __table_args__ = (
        Index(
            "uq_decision_person",
            "stage_id",
            "tenant_id",
            "object_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(
            "uq_decision_principal",
            "stage_id",
            "principal_tenant_id",
            "principal_object_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(None, "tenant_id", "object_id", "decided_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    stage_id: Mapped[str] = mapped_column(ForeignKey("approval_stage.id", ondelete="CASCADE"), index=True, init=False)
    tenant_id: Mapped[str] = mapped_column(Guid)
    object_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(256))
    outcome: Mapped[Outcome] = mapped_column(states(Outcome))
    justification: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    principal_tenant_id: Mapped[str] = mapped_column(Guid)
    principal_object_id: Mapped[str] = mapped_column(Guid)
    principal_name: Mapped[str] = mapped_column(String(256), default="")
    ends_on: Mapped[date | None] = mapped_column(Date, default=None)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    withdrawn_because: Mapped[str] = mapped_column(Text, default="")

    @property
    def ref(self) -> PersonRef:
        """Who decided."""
        return PersonRef(tenant_id=self.tenant_id, object_id=self.object_id)

    @property
    def principal(self) -> PersonRef:
        """Whom it was decided for."""
        return PersonRef(tenant_id=self.principal_tenant_id, object_id=self.principal_object_id)

    @property
    def on_behalf_of(self) -> str:
        """The name of whoever delegated, or nothing where the approver decided for themself."""
        return "" if self.principal == self.ref else self.principal_name

    def is_of(self, person: PersonRef) -> bool:
        """Say whether this person decided, or it was decided for them."""
        return person in (self.ref, self.principal)

    def withdraw(self, *, at: datetime, because: str) -> None:
        """Take it back: from now on it counts no more."""
        self.withdrawn_at, self.withdrawn_because = at, because


class ApprovalStage(Base):
    """One stage of a request. `answer_by` is when the request expires if nobody decides.

    `spec` is what the rule said, as plain data: authority is found from it anew at every decision. `escalate_at` is
    when the alternates are asked; `reminded_at` is when the requestor asked for an answer, which they may once.
    """

    __tablename__ = "approval_stage"
    __table_args__ = (
        UniqueConstraint("request_id", "position"),
        Index(None, "state", "answer_by"),
        Index(None, "state", "escalate_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("access_request.id", ondelete="CASCADE"), init=False)
    position: Mapped[int]
    state: Mapped[StageState] = mapped_column(states(StageState), default=StageState.WAITING)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    answer_by: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    quorum: Mapped[int] = mapped_column(default=1)
    spec: Mapped[dict[str, object]] = mapped_column(Json)
    escalate_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    approvers: Mapped[list[StageApprover]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by=StageApprover.name,
        default_factory=list,
    )
    decisions: Mapped[list[Decision]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by=(Decision.decided_at, Decision.name),
        default_factory=list,
    )

    def open(self, *, at: datetime) -> None:
        """Ask the approvers: from now on the stage waits for them."""
        rule = self.rule
        self.state, self.opened_at = StageState.OPEN, at
        self.answer_by = at + timedelta(days=rule.days_to_answer)
        if rule.escalate_after_days is not None and any(each.is_alternate for each in self.approvers):
            self.escalate_at = at + timedelta(days=rule.escalate_after_days)
        for approver in self.approvers:
            approver.asked_at = None if approver.is_alternate else at

    def escalate(self, *, at: datetime) -> None:
        """Ask the alternates as well."""
        self.escalated_at, self.escalate_at = at, None
        for approver in self.approvers:
            approver.asked_at = approver.asked_at or at

    def may_be_reminded(self, *, at: datetime) -> bool:
        """Say whether its approvers may be reminded: once, and not before they had a day."""
        return self.reminded_at is None and self.opened_at is not None and at >= self.opened_at + REMINDER_AFTER

    @property
    def rule(self) -> StageSpec:
        """What the rule said about this stage."""
        return stage_from_data(self.spec)

    @property
    def asked(self) -> list[StageApprover]:
        """Who has been asked so far."""
        return [approver for approver in self.approvers if approver.asked_at is not None]

    @property
    def votes(self) -> list[Decision]:
        """The decisions that count."""
        return [decision for decision in self.decisions if decision.withdrawn_at is None]

    @property
    def agreed(self) -> int:
        """How many have agreed."""
        return sum(decision.outcome is Outcome.APPROVE for decision in self.votes)

    @property
    def has_quorum(self) -> bool:
        """Whether enough have agreed."""
        return self.agreed >= self.quorum

    def vote_of(self, person: PersonRef) -> Decision | None:
        """Return the decision that counts for this person, whoever of their side took it: each has one voice."""
        return next((decision for decision in self.votes if decision.is_of(person)), None)

    def asks(self, person: PersonRef) -> bool:
        """Say whether the person was asked to decide in this stage."""
        return any(approver.ref == person for approver in self.asked)
