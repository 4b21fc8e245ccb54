"""A delivery: small idempotent steps that give access in a resource tenant, take it away, or look after a guest there.
Each step is a row.
"""

import secrets
import uuid
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, new_id, states
from selfservice.model.package import RoleKind
from selfservice.model.refusal import NotAllowed


class DeliveryKind(StrEnum):
    """What a delivery is for: giving access, taking it away, or looking after a guest object (`CARE`)."""

    GRANT = "grant"
    END = "end"
    BLOCK = "block"
    UNBLOCK = "unblock"
    DELETE = "delete"
    RESTORE = "restore"
    SPONSORS = "sponsors"
    LINK = "link"
    RESET = "reset"
    TREAT = "treat"
    REPAIR = "repair"


CARE = frozenset(DeliveryKind) - {DeliveryKind.GRANT, DeliveryKind.END}
"""Deliveries about a guest object (`guest_id`), not about a request."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WORKING = "working"
    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"


class StepKind(StrEnum):
    """What a step does."""

    RECHECK = "recheck"
    LOOK_UP = "lookUp"
    INVITE = "invite"
    SETTLE_IN = "settleIn"
    PROFILE = "profile"
    SPONSORS = "sponsors"
    GIVE_ROLE = "giveRole"
    MAIL = "mail"
    TAKE_ROLE = "takeRole"
    BLOCK = "block"
    UNBLOCK = "unblock"
    DELETE = "delete"
    RESTORE = "restore"
    SET_SPONSORS = "setSponsors"
    RESET_REDEMPTION = "resetRedemption"
    TREAT = "treat"


class StepState(StrEnum):
    """Where a step stands. `waiting` will be tried again at `next_attempt_at`."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


SETTLED = frozenset({StepState.DONE, StepState.SKIPPED, StepState.FAILED})
ESSENTIAL = frozenset(
    {
        *(StepKind.RECHECK, StepKind.LOOK_UP, StepKind.INVITE, StepKind.SETTLE_IN),
        *(StepKind.RESTORE, StepKind.RESET_REDEMPTION),
    }
)
"""Steps without which nothing that follows makes sense."""

MAX_ATTEMPTS = 8
"""After so many attempts a step is set aside for a person to look at."""


class DeliveryStep(Base):
    """One step. What a role step gives or takes is written into it, so that a later change of the package cannot
    change it.

    `attempt_id` is the `client-request-id` of the last attempt, stored before the call is made.
    """

    __tablename__ = "delivery_step"
    __table_args__ = (
        UniqueConstraint("delivery_id", "position"),
        Index(None, "state", "next_attempt_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), init=False)
    position: Mapped[int]
    kind: Mapped[StepKind] = mapped_column(states(StepKind))
    role_kind: Mapped[RoleKind | None] = mapped_column(states(RoleKind), default=None)
    resource_id: Mapped[str | None] = mapped_column(Guid, default=None)
    app_role_id: Mapped[str | None] = mapped_column(Guid, default=None)
    label: Mapped[str] = mapped_column(String(600), default="")
    state: Mapped[StepState] = mapped_column(states(StepState), default=StepState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    attempt_id: Mapped[str] = mapped_column(String(36), default="")
    fence: Mapped[str] = mapped_column(String(32), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    first_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    graph_request_id: Mapped[str] = mapped_column(String(64), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    code: Mapped[str] = mapped_column(String(60), default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(String(256), default="")
    next_step: Mapped[str] = mapped_column(Text, default="")

    @property
    def was_attempted(self) -> bool:
        """Whether anything was ever tried: `attempts` counts anew once a step is reset, the last attempt's id stays."""
        return self.attempt_id != ""

    def is_due(self, at: datetime) -> bool:
        """Say whether the step may be attempted: new, its wait is over, or its worker is gone."""
        if self.state is StepState.RUNNING:
            return self.lease_until is not None and self.lease_until <= at
        return self.state in (StepState.PENDING, StepState.WAITING) and (
            self.next_attempt_at is None or self.next_attempt_at <= at
        )

    def claim(self, *, at: datetime, lease: timedelta) -> str:
        """Start an attempt and return its fence; the intent is stored before the call that it announces."""
        self.state, self.attempts = StepState.RUNNING, self.attempts + 1
        self.fence, self.attempt_id = secrets.token_hex(16), str(uuid.uuid4())
        self.lease_until, self.next_attempt_at = at + lease, None
        self.first_attempt_at = self.first_attempt_at or at
        return self.fence

    def reset(self) -> None:
        """Make a failed step ready to be tried again by hand."""
        self.state, self.attempts, self.first_attempt_at = StepState.PENDING, 0, None
        self.next_attempt_at = self.lease_until = self.settled_at = None
        self.code = self.cause = self.owner = self.next_step = ""


class Delivery(Base):
    """One delivery and its steps. `guest_object_id` and `redeem_link` (sealed) pass from step to step; `order` is what
    a delivery of `CARE` is told, as plain data (`selfservice.model.care`).

    `due_at` is when its next step may be attempted, or when the lease of the one under way runs out.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index(None, "tenant_id", "state", "due_at"),
        Index(None, "tenant_id", "created_at"),
        Index(None, "request_id"),
        Index(None, "assignment_id"),
        Index(None, "guest_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    kind: Mapped[DeliveryKind] = mapped_column(states(DeliveryKind))
    request_id: Mapped[str | None] = mapped_column(ForeignKey("access_request.id"), default=None)
    assignment_id: Mapped[str | None] = mapped_column(ForeignKey("assignment.id"), default=None)
    guest_id: Mapped[str | None] = mapped_column(ForeignKey("guest.id"), default=None)
    order: Mapped[dict[str, object]] = mapped_column(Json, default_factory=dict)
    state: Mapped[DeliveryState] = mapped_column(states(DeliveryState), default=DeliveryState.WORKING)
    guest_object_id: Mapped[str | None] = mapped_column(Guid, default=None)
    redeem_link: Mapped[str | None] = mapped_column(Text, default=None)
    guest_was_there: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    steps: Mapped[list[DeliveryStep]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by=DeliveryStep.position,
        default_factory=list,
    )

    def next_step(self) -> DeliveryStep | None:
        """Return the first step that is not settled, or None where all are."""
        return next((step for step in self.steps if step.state not in SETTLED), None)

    def skip_rest(self, why: str, *, at: datetime) -> None:
        """Leave out every step that is not settled."""
        for step in self.steps:
            if step.state not in SETTLED:
                step.state, step.note, step.settled_at = StepState.SKIPPED, why, at

    def judge(self) -> DeliveryState:
        """Say where the delivery stands by its steps."""
        if any(step.state not in SETTLED for step in self.steps):
            return DeliveryState.WORKING
        failed = [step for step in self.steps if step.state is StepState.FAILED]
        if not failed:
            return DeliveryState.DONE
        effective = any(
            step.state is StepState.DONE and step.kind in (StepKind.GIVE_ROLE, StepKind.TAKE_ROLE)
            for step in self.steps
        )
        return DeliveryState.PARTLY if effective else DeliveryState.FAILED

    def retry(self, *, at: datetime) -> None:
        """Make the failed steps, and those left out because of them, ready to be tried again."""
        if self.state not in (DeliveryState.FAILED, DeliveryState.PARTLY):
            raise NotAllowed("Only a delivery that failed can be tried again.")
        # A guest whom the directory never came to know is invited again: waiting for the same object would be in vain.
        lost = any(step.kind is StepKind.SETTLE_IN and step.state is StepState.FAILED for step in self.steps)
        for step in self.steps:
            if step.state in (StepState.FAILED, StepState.SKIPPED) or (lost and step.kind is StepKind.INVITE):
                step.reset()
        if any(step.kind is StepKind.INVITE and step.state is StepState.PENDING for step in self.steps):
            # Inviting once more may give a link, which leaves by the mail step alone; what was told stays told once.
            for step in self.steps:
                if step.kind is StepKind.MAIL and step.state is StepState.DONE:
                    step.reset()
        self.state, self.settled_at, self.due_at = DeliveryState.WORKING, None, at
