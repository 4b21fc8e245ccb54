"""A request: someone asks for an access package for themself or for a guest. Its states are spelt as Graph spells
them.
"""

import hashlib
import json
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.approval import ApprovalStage, Decision, Outcome, StageState
from selfservice.model.audit import Account, AuditEvent, Subject, event
from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, Versioned, new_id, states
from selfservice.model.refusal import Refused


class RequestState(StrEnum):
    """Where a request stands."""

    PENDING_APPROVAL = "pendingApproval"
    DENIED = "denied"
    CANCELED = "canceled"
    EXPIRED = "expired"
    DELIVERING = "delivering"
    PARTIALLY_DELIVERED = "partiallyDelivered"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "deliveryFailed"


STEPS: dict[str, tuple[frozenset[RequestState], RequestState]] = {
    "deny": (frozenset({RequestState.PENDING_APPROVAL}), RequestState.DENIED),
    "withdraw": (frozenset({RequestState.PENDING_APPROVAL}), RequestState.CANCELED),
    "expire": (frozenset({RequestState.PENDING_APPROVAL}), RequestState.EXPIRED),
    "approve": (frozenset({RequestState.PENDING_APPROVAL}), RequestState.DELIVERING),
    "revoke": (frozenset({RequestState.PENDING_APPROVAL}), RequestState.DENIED),
    "retry": (frozenset({RequestState.DELIVERY_FAILED, RequestState.PARTIALLY_DELIVERED}), RequestState.DELIVERING),
    "deliver": (frozenset({RequestState.DELIVERING}), RequestState.DELIVERED),
    "deliverPartly": (frozenset({RequestState.DELIVERING}), RequestState.PARTIALLY_DELIVERED),
    "fail": (frozenset({RequestState.DELIVERING}), RequestState.DELIVERY_FAILED),
}
"""Every step a request can take: from which states, to which. What is not here is illegal."""

OPEN_STATES = frozenset({RequestState.PENDING_APPROVAL, RequestState.DELIVERING})

WORDS = {
    RequestState.PENDING_APPROVAL: "waiting for a decision",
    RequestState.DENIED: "denied",
    RequestState.CANCELED: "withdrawn",
    RequestState.EXPIRED: "expired unanswered",
    RequestState.DELIVERING: "being delivered",
    RequestState.PARTIALLY_DELIVERED: "partly delivered",
    RequestState.DELIVERED: "delivered",
    RequestState.DELIVERY_FAILED: "delivery failed",
}


class StepNotAllowed(Refused):
    """The request is no longer where this could be done to it."""


class AccessRequest(Versioned, Base):
    """One request. The beneficiary is the requestor themself (`for_self`), or a guest known by address.

    `extends_id` names the assignment that it asks to go on until `ends_on`; then nothing new is given.
    `why` is the answer of the rules when it was asked, as plain data: the rule and version, the facts, each clause, and
    what would have helped (`selfservice.model.routing.Why`).
    """

    __tablename__ = "access_request"
    __table_args__ = (
        Index(None, "requestor_tenant_id", "requestor_object_id", "submitted_at"),
        Index(None, "tenant_id", "state", "submitted_at"),
        Index(None, "tenant_id", "guest_key"),
        Index(
            "uq_access_request_open",
            "package_id",
            "guest_key",
            unique=True,
            sqlite_where=text("state IN ('pendingApproval', 'delivering')"),
            postgresql_where=text("state IN ('pendingApproval', 'delivering')"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    tenant_id: Mapped[str] = mapped_column(Guid)
    package_id: Mapped[str] = mapped_column(ForeignKey("access_package.id"), index=True)
    package_name: Mapped[str] = mapped_column(String(120))
    package_fingerprint: Mapped[str] = mapped_column(String(64))
    state: Mapped[RequestState] = mapped_column(states(RequestState), default=RequestState.PENDING_APPROVAL)
    requestor_tenant_id: Mapped[str] = mapped_column(Guid)
    requestor_object_id: Mapped[str] = mapped_column(Guid)
    requestor_name: Mapped[str] = mapped_column(String(256))
    requestor_mail: Mapped[str] = mapped_column(String(320))
    for_self: Mapped[bool]
    guest_address: Mapped[str] = mapped_column(String(320))
    guest_key: Mapped[str] = mapped_column(String(320))
    guest_name: Mapped[str] = mapped_column(String(256))
    guest_company: Mapped[str] = mapped_column(String(256), default="")
    sponsor_tenant_id: Mapped[str] = mapped_column(Guid)
    sponsor_object_id: Mapped[str] = mapped_column(Guid)
    sponsor_name: Mapped[str] = mapped_column(String(256))
    justification: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text, default="")
    ends_on: Mapped[date] = mapped_column(Date)
    answers: Mapped[dict[str, str]] = mapped_column(Json, default_factory=dict)
    terms_version: Mapped[int] = mapped_column(default=0)
    requestor_department: Mapped[str] = mapped_column(String(256), default="")
    guest_domain: Mapped[str] = mapped_column(String(255), default="")
    rule_id: Mapped[str | None] = mapped_column(Id, index=True, default=None)
    rule_version: Mapped[int | None] = mapped_column(default=None)
    why: Mapped[dict[str, object]] = mapped_column(Json, default_factory=dict)
    extends_id: Mapped[str | None] = mapped_column(Id, index=True, default=None)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stages: Mapped[list[ApprovalStage]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by=ApprovalStage.position,
        default_factory=list,
    )

    @property
    def requestor(self) -> PersonRef:
        """Who asks."""
        return PersonRef(tenant_id=self.requestor_tenant_id, object_id=self.requestor_object_id)

    @property
    def sponsor(self) -> PersonRef:
        """Who answers for the guest."""
        return PersonRef(tenant_id=self.sponsor_tenant_id, object_id=self.sponsor_object_id)

    @property
    def beneficiary(self) -> PersonRef | None:
        """Who benefits, where they are one of ours."""
        return self.requestor if self.for_self else None

    @property
    def content(self) -> dict[str, str]:
        """Everything that is decided and delivered, as text by column."""
        return {name: _text(getattr(self, name)) for name in CONTENT}

    @property
    def content_hash(self) -> str:
        """A hash over everything that is decided and delivered: a decision holds for this and nothing else."""
        return hashlib.sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()

    @property
    def subject(self) -> Subject:
        """What audit events about this request name."""
        return Subject(kind="request", id=self.id, tenant_id=self.tenant_id)

    @property
    def open_stage(self) -> ApprovalStage | None:
        """The stage that waits for a decision, or None."""
        return next((stage for stage in self.stages if stage.state is StageState.OPEN), None)

    @property
    def title(self) -> str:
        """What it is called in a list: for whom, and what."""
        return f"{self.guest_name or self.guest_address}: {self.package_name}"

    @property
    def last_vote(self) -> Decision | None:
        """The last decision that counts, or None."""
        votes = [vote for stage in self.stages for vote in stage.votes]
        return max(votes, key=lambda vote: (vote.decided_at, vote.name), default=None)

    @property
    def is_agreed(self) -> bool:
        """Whether every stage still has enough approvals: one may be withdrawn after the decision."""
        return all(self.is_enough(stage) for stage in self.stages)

    def is_enough(self, stage: ApprovalStage) -> bool:
        """Say whether a stage has enough approvals: its quorum, and not the sponsor alone where others are asked."""
        others = any(approver.ref != self.sponsor for approver in stage.asked)
        agreed = any(vote.outcome is Outcome.APPROVE and vote.principal != self.sponsor for vote in stage.votes)
        return stage.has_quorum and (agreed or not others)

    def may_remind(self, *, at: datetime) -> bool:
        """Say whether the requestor may ask those who let it lie for an answer: once a stage, after a day."""
        stage = self.open_stage
        return self.state is RequestState.PENDING_APPROVAL and stage is not None and stage.may_be_reminded(at=at)

    def take(self, step: str, *, by: Actor, at: datetime, account: Account | None = None) -> AuditEvent:
        """Take a step and return its audit event, or refuse where it is not possible any more."""
        before, after = STEPS[step]
        if step == "retry" and not self.is_agreed:
            raise StepNotAllowed(
                "An approval of this request was withdrawn, so nothing more is given.",
                next_step="Ask for it again, so that it is decided anew.",
                owner="The requestor",
            )
        if self.state not in before:
            raise StepNotAllowed(
                f"This request is {WORDS[self.state]}, so that cannot be done any more.",
                next_step="Look at the request as it is now.",
                owner="You",
            )
        self.state, self.changed_at = after, at
        return event(f"request.{step}", self.subject, by=by, at=at, account=account)


CONTENT = (
    "tenant_id",
    "package_id",
    "package_name",
    "package_fingerprint",
    "requestor_tenant_id",
    "requestor_object_id",
    "for_self",
    "guest_address",
    "guest_key",
    "guest_name",
    "guest_company",
    "sponsor_tenant_id",
    "sponsor_object_id",
    "justification",
    "message",
    "ends_on",
    "answers",
    "terms_version",
    "extends_id",
)
NOT_CONTENT = (
    "id",
    "version",
    "form_key",
    "state",
    "requestor_name",
    "requestor_mail",
    "sponsor_name",
    "requestor_department",
    "guest_domain",
    "rule_id",
    "rule_version",
    "why",
    "submitted_at",
    "changed_at",
)
"""Columns that the hash leaves out, each because it is a name for something the hash holds, or no part of what is
decided.
"""


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else str(value)
