"""Approval: a request's stages, who may decide in each, and the decisions they take."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from selfservice.model.actor import PersonRef
from selfservice.model.base import Base, Guid, Id, UtcDateTime, new_id, states


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
    """A person who was asked to decide in a stage, and why they were."""

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

    @property
    def ref(self) -> PersonRef:
        """The approver's identity."""
        return PersonRef(tenant_id=self.tenant_id, object_id=self.object_id)


class Decision(Base):
    """What one approver decided about one stage, and the hash of the content they saw."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("stage_id", "tenant_id", "object_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    stage_id: Mapped[str] = mapped_column(ForeignKey("approval_stage.id", ondelete="CASCADE"), index=True, init=False)
    tenant_id: Mapped[str] = mapped_column(Guid)
    object_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(256))
    outcome: Mapped[Outcome] = mapped_column(states(Outcome))
    justification: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApprovalStage(Base):
    """One stage of a request. `answer_by` is when the request expires if nobody decides."""

    __tablename__ = "approval_stage"
    __table_args__ = (
        UniqueConstraint("request_id", "position"),
        Index(None, "state", "answer_by"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("access_request.id", ondelete="CASCADE"), init=False)
    position: Mapped[int]
    state: Mapped[StageState] = mapped_column(states(StageState), default=StageState.WAITING)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    answer_by: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    approvers: Mapped[list[StageApprover]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by=StageApprover.name,
        default_factory=list,
    )
    decisions: Mapped[list[Decision]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by=Decision.decided_at,
        default_factory=list,
    )

    def asks(self, person: PersonRef) -> bool:
        """Say whether the person was asked to decide in this stage."""
        return any(approver.ref == person for approver in self.approvers)
