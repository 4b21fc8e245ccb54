"""Delegation: an approver who is away names a colleague who decides for them, for a window of time.

One level: a delegate decides for the delegator and hands nothing on. The delegator's conflicts are the delegate's.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.actor import PersonRef
from selfservice.model.audit import Subject
from selfservice.model.base import Base, Guid, Id, UtcDateTime, new_id
from selfservice.model.refusal import NotAllowed, Refused

LONGEST_DAYS = 90
"""How far ahead a delegation may reach."""


class WindowRefused(Refused):
    """The days of a delegation are past, turned round, or too far ahead."""


class DelegationRefused(NotAllowed):
    """The two people cannot stand in for each other at that time: one of them is away, or stands in already."""


class Delegation(Base):
    """One window in which a delegate decides for a delegator. `ended_at` is set where it was ended early."""

    __tablename__ = "delegation"
    __table_args__ = (
        Index(None, "tenant_id", "object_id"),
        Index(None, "delegate_tenant_id", "delegate_object_id"),
        CheckConstraint("starts_at < ends_at", name="window"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    object_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(256))
    delegate_tenant_id: Mapped[str] = mapped_column(Guid)
    delegate_object_id: Mapped[str] = mapped_column(Guid)
    delegate_name: Mapped[str] = mapped_column(String(256))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def delegator(self) -> PersonRef:
        """Who is away."""
        return PersonRef(tenant_id=self.tenant_id, object_id=self.object_id)

    @property
    def delegate(self) -> PersonRef:
        """Who decides meanwhile."""
        return PersonRef(tenant_id=self.delegate_tenant_id, object_id=self.delegate_object_id)

    @property
    def subject(self) -> Subject:
        """What audit events about this delegation name."""
        return Subject(kind="delegation", id=self.id, tenant_id=self.tenant_id)

    @property
    def until(self) -> datetime:
        """When it is over, early or not."""
        return min(self.ends_at, self.ended_at) if self.ended_at is not None else self.ends_at

    @property
    def last_day(self) -> date:
        """The last day on which the delegate decides."""
        return (self.until - timedelta(microseconds=1)).date()

    def holds(self, *, at: datetime) -> bool:
        """Say whether the delegate may decide at this moment."""
        return self.starts_at <= at < self.until

    def overlaps(self, other: "Delegation") -> bool:
        """Say whether there is a moment at which both hold."""
        return max(self.starts_at, other.starts_at) < min(self.until, other.until)

    def ensure_fits(self, others: Iterable["Delegation"]) -> None:
        """Refuse where one of the two hands over, or decides for somebody, at the same time in another delegation.

        So at every moment each person is at most one of the two, and no chain and no cycle can come about.
        """
        for other in others:
            if other.id != self.id and self.overlaps(other):
                _refuse_clash(self, other)


def window_of(starts_on: date, ends_on: date, *, today: date) -> tuple[datetime, datetime]:
    """Return from when until when whole days last (UTC), or refuse days that a delegation cannot have."""
    latest = today + timedelta(days=LONGEST_DAYS)
    if starts_on < today or ends_on < starts_on:
        raise WindowRefused(
            "The first day must not be past, and the last day not before the first.",
            next_step="Choose other days.",
            owner="You",
        )
    if ends_on > latest:
        raise WindowRefused(
            f"A delegation reaches at most {LONGEST_DAYS} days ahead.",
            next_step=f"Choose a last day up to {latest.isoformat()}.",
            owner="You",
        )
    first, last = datetime.combine(starts_on, time(), UTC), datetime.combine(ends_on, time(), UTC)
    return first, last + timedelta(days=1)


def _refuse_clash(wanted: Delegation, other: Delegation) -> None:
    days = f"until {other.last_day.isoformat()}"
    if other.delegator == wanted.delegator:
        cause = f"{other.delegate_name} decides for you already {days}."
        step = "End that first, or choose days after it."
    elif other.delegator == wanted.delegate:
        cause = f"{wanted.delegate_name} is away as well {days}, and hands nothing on."
        step = "Choose another colleague."
    elif other.delegate == wanted.delegator:
        cause = f"You decide for {other.name} {days}, and cannot hand that on."
        step = f"End it first, so that {other.name} chooses somebody else."
    else:
        # Somebody may stand in for several who are away.
        return
    raise DelegationRefused(cause, next_step=step, owner="You")
