"""A guest of a resource tenant: the object there, the person behind it where known, and whether we look after it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.actor import PersonRef
from selfservice.model.audit import Subject
from selfservice.model.base import Base, Guid, Id, UtcDateTime, new_id, states


class GuestOrigin(StrEnum):
    """How the guest object came to be."""

    INVITED = "invited"
    ADOPTED = "adopted"
    SYNCED = "synced"


class GuestStanding(StrEnum):
    """Where the guest object stands by what we know. `gone`: it cannot be restored any more."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    DELETED = "deleted"
    GONE = "gone"


class ActCause(StrEnum):
    """Why something is done to a guest."""

    ACCESS_ENDED = "accessEnded"
    UNREDEEMED = "unredeemed"
    INACTIVE = "inactive"
    LEAVER = "leaver"
    REVIEW = "review"
    BY_HAND = "byHand"
    ACCESS_GIVEN = "accessGiven"
    UNDONE = "undone"


class Guest(Base):
    """One guest object that a delivery has ensured, or that was taken in. `home_*` are set where the guest is an
    employee of a home tenant: one person over all resource tenants is joined by them, never by an address.

    `managed` says that we look after the object: we invited it, or it was taken in. Only such a one is ever blocked or
    deleted. `ends_on` is until when a guest was taken in who holds no access package of ours.
    `look_at` is when the lifecycle looks at them next, or None where it never has; `warned_at` and `warned_cause` say
    when, and of what, the sponsors were warned.
    `reminded_days` says which reminder of an invitation that is not accepted was the last.
    """

    __tablename__ = "guest"
    __table_args__ = (
        UniqueConstraint("tenant_id", "object_id"),
        Index(None, "tenant_id", "address_key"),
        Index(None, "home_tenant_id", "home_object_id"),
        Index(None, "tenant_id", "standing", "standing_since"),
        Index(None, "managed", "look_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    object_id: Mapped[str] = mapped_column(Guid)
    origin: Mapped[GuestOrigin] = mapped_column(states(GuestOrigin))
    address: Mapped[str] = mapped_column(String(320))
    address_key: Mapped[str] = mapped_column(String(320))
    display_name: Mapped[str] = mapped_column(String(256), default="")
    home_tenant_id: Mapped[str | None] = mapped_column(Guid, default=None)
    home_object_id: Mapped[str | None] = mapped_column(Guid, default=None)
    ensured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    redeemed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    managed: Mapped[bool] = mapped_column(default=False)
    standing: Mapped[GuestStanding] = mapped_column(states(GuestStanding), default=GuestStanding.ACTIVE)
    standing_since: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    standing_cause: Mapped[ActCause | None] = mapped_column(states(ActCause), default=None)
    ends_on: Mapped[date | None] = mapped_column(Date, default=None)
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    warned_cause: Mapped[ActCause | None] = mapped_column(states(ActCause), default=None)
    reminded_days: Mapped[int | None] = mapped_column(default=None)

    @property
    def subject(self) -> Subject:
        """What audit events about this guest name."""
        return Subject(kind="guest", id=self.id, tenant_id=self.tenant_id)

    @property
    def home(self) -> PersonRef | None:
        """Who the guest is at home, where they are an employee of a home tenant."""
        if self.home_tenant_id is None or self.home_object_id is None:
            return None
        return PersonRef(tenant_id=self.home_tenant_id, object_id=self.home_object_id)

    @property
    def name(self) -> str:
        """What the guest is called: their name, or else their address."""
        return self.display_name or self.address

    def stand(self, standing: GuestStanding, *, cause: ActCause | None, at: datetime) -> None:
        """Say where the guest stands from now on, and why."""
        self.standing, self.standing_cause, self.standing_since = standing, cause, at
