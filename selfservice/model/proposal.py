"""A proposal: a change to a guest that a second person has to agree to, from handing over to becoming a member."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.audit import Account, AuditEvent, Subject, event
from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, Versioned, new_id, states
from selfservice.model.refusal import Refused


class ProposalKind(StrEnum):
    """What is proposed.

    `handOver`: another sponsor answers for the guests. `succession`: the same, proposed because a sponsor left.
    `adoption`: a guest who was found is taken in. `reset`: the guest redeems anew, with another address. `member`: the
    guest is treated as a member. `drift`: an access that was found in the directory is approved afterwards.
    """

    HAND_OVER = "handOver"
    SUCCESSION = "succession"
    ADOPTION = "adoption"
    RESET = "reset"
    MEMBER = "member"
    DRIFT = "drift"


class ProposalState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ProposalClosed(Refused):
    """The proposal is answered already, or was taken back."""


class ProposalAsked(Base):
    """Somebody who was asked; `because` says why them. Any one of those asked answers for all."""

    __tablename__ = "proposal_asked"
    __table_args__ = (Index(None, "tenant_id", "object_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposal.id", ondelete="CASCADE"), index=True, init=False)
    tenant_id: Mapped[str] = mapped_column(Guid)
    object_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(256), default="")
    because: Mapped[str] = mapped_column(String(300), default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def ref(self) -> PersonRef:
        """Who was asked."""
        return PersonRef(tenant_id=self.tenant_id, object_id=self.object_id)


class Proposal(Versioned, Base):
    """One proposal about one guest. `body` says what exactly, as plain data; `one_key` is unique while it is open, so
    that the same is never proposed twice at once. `tenant_id` is the resource tenant; those with the same `bundle` were
    made together, and are answered on one page.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        Index(None, "state", "answer_by"),
        Index(None, "tenant_id", "state", "proposed_at"),
        Index(None, "guest_id", "proposed_at"),
        Index(None, "bundle"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    kind: Mapped[ProposalKind] = mapped_column(states(ProposalKind))
    one_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    guest_id: Mapped[str | None] = mapped_column(ForeignKey("guest.id"), default=None)
    bundle: Mapped[str | None] = mapped_column(Id, default=None)
    body: Mapped[dict[str, object]] = mapped_column(Json, default_factory=dict)
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[ProposalState] = mapped_column(states(ProposalState), default=ProposalState.OPEN)
    proposed_by_tenant_id: Mapped[str] = mapped_column(Guid, default="")
    proposed_by_object_id: Mapped[str] = mapped_column(Guid, default="")
    proposed_by_name: Mapped[str] = mapped_column(String(256), default="")
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer_by: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    answered_by_tenant_id: Mapped[str] = mapped_column(Guid, default="")
    answered_by_object_id: Mapped[str] = mapped_column(Guid, default="")
    answered_by_name: Mapped[str] = mapped_column(String(256), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    answer: Mapped[str] = mapped_column(Text, default="")
    asked: Mapped[list[ProposalAsked]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by=ProposalAsked.asked_at, default_factory=list
    )

    @property
    def subject(self) -> Subject:
        """What audit events about this proposal name."""
        return Subject(kind="proposal", id=self.id, tenant_id=self.tenant_id)

    def asks(self, person: PersonRef) -> bool:
        """Say whether this person may answer: they were asked, and have not declined."""
        return any(each.ref == person and each.declined_at is None for each in self.asked)

    @property
    def proposed_by(self) -> PersonRef:
        """Who proposed it; both ids are empty where it came by itself."""
        return PersonRef(tenant_id=self.proposed_by_tenant_id, object_id=self.proposed_by_object_id)

    @property
    def waiting_for(self) -> list[ProposalAsked]:
        """Who was asked and has not declined."""
        return [each for each in self.asked if each.declined_at is None]

    def close(self, state: ProposalState, *, by: Actor, at: datetime, why: str = "") -> AuditEvent:
        """Answer the proposal, or take it back; return its audit event, or refuse where it is closed already."""
        if self.state is not ProposalState.OPEN:
            raise ProposalClosed(
                "This has been answered already, or was taken back.", next_step="Nothing is left to do.", owner="Nobody"
            )
        self.state, self.one_key = state, None
        self.answered_by_tenant_id, self.answered_by_object_id = by.tenant_id, by.object_id
        self.answered_by_name, self.answered_at, self.answer = by.name, at, why
        details: dict[str, object] = {"kind": self.kind.value, "guest": self.guest_id}
        return event(f"proposal.{state.value}", self.subject, by=by, at=at, account=Account(why=why, details=details))
