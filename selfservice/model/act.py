"""An act: what the lifecycle does to a guest object, or would do where a tenant only reports; each can be explained,
and undone for a while.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, Id, UtcDateTime, new_id, states
from selfservice.model.guest import ActCause


class ActKind(StrEnum):
    """What is done to the guest object."""

    BLOCK = "block"
    UNBLOCK = "unblock"
    DELETE = "delete"
    RESTORE = "restore"


class ActState(StrEnum):
    """Where an act stands. `reported`: it would have been done, but the tenant only reports."""

    REPORTED = "reported"
    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    CALLED_OFF = "calledOff"


class GuestAct(Base):
    """One act. `undo_until` is set where one click undoes it until then; `undone_by_id` names the act that did."""

    __tablename__ = "guest_act"
    __table_args__ = (
        Index(None, "guest_id", "at"),
        Index(None, "tenant_id", "state", "at"),
        Index(None, "delivery_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    guest_id: Mapped[str] = mapped_column(ForeignKey("guest.id"))
    kind: Mapped[ActKind] = mapped_column(states(ActKind))
    cause: Mapped[ActCause] = mapped_column(states(ActCause))
    state: Mapped[ActState] = mapped_column(states(ActState))
    why: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_tenant_id: Mapped[str] = mapped_column(Guid, default="")
    by_object_id: Mapped[str] = mapped_column(Guid, default="")
    by_name: Mapped[str] = mapped_column(String(256), default="")
    delivery_id: Mapped[str | None] = mapped_column(ForeignKey("delivery.id"), default=None)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    undo_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    undone_by_id: Mapped[str | None] = mapped_column(Id, default=None)
