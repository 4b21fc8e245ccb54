"""Redemption: a guest accepts an invitation. What an installation keeps of guests who have not: who asked for a fresh
link without signing in, what the directory said of a guest who is stuck, and when a reminder is due.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, new_id
from selfservice.model.refusal import Refused

LINKS_A_DAY = 3
PAUSE = timedelta(minutes=10)
"""A guest gets so many fresh links a day, and never two so soon after each other."""

MISSED = timedelta(days=7)
"""A reminder that could not be sent for so long is left out: it would only be puzzling by then."""

FRESH_FOR = timedelta(minutes=2)
"""What the directory said of a guest is good for so long; then it may be asked again."""

LATE = timedelta(minutes=5)
"""Where nobody has asked the directory after so long, its answer is waited for no more."""


class LinkRefused(Refused):
    """No fresh link can be made for this guest."""


class AlreadyAccepted(LinkRefused):
    """The guest has accepted the invitation, so no link is needed."""


class LinkAsk(Base):
    """Somebody typed an address into the page for guests. Written whatever the address is, and worked off elsewhere: so
    the page cannot tell whether there is such a guest, not even by the time that it takes.
    """

    __tablename__ = "link_ask"
    __table_args__ = (Index(None, "asked_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    address_key: Mapped[str] = mapped_column(String(320))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Examination(Base):
    """What a directory said about one guest, when somebody asked why they are stuck. `found` is plain data
    (`selfservice.model.diagnosis.Seen`); until the answer is there, `answered_at` is None.
    """

    __tablename__ = "examination"
    __table_args__ = (Index(None, "tenant_id", "answered_at"),)

    guest_id: Mapped[str] = mapped_column(ForeignKey("guest.id", ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Guid)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    found: Mapped[dict[str, object]] = mapped_column(Json, default_factory=dict)
    failure: Mapped[str] = mapped_column(String(500), default="")

    def is_fresh(self, at: datetime) -> bool:
        """Say whether nobody needs to ask again now: an answer is good, or under way."""
        if self.answered_at is None:
            return at - self.asked_at < LATE
        return at - self.answered_at < FRESH_FOR

    def ask_again(self, *, at: datetime) -> None:
        """Ask anew."""
        self.asked_at, self.answered_at, self.found, self.failure = at, None, {}, ""


def reminder_window(days: int, *, at: datetime) -> tuple[datetime, datetime]:
    """Return when a guest was invited whose reminder after so many days is due now: from, to."""
    latest = at - timedelta(days=days)
    return latest - MISSED, latest


def ensure_not_too_often(links: Iterable[datetime], *, at: datetime) -> None:
    """Refuse one more link where the last one is too fresh, or there were enough within a day."""
    recent = sorted(each for each in links if at - each < timedelta(days=1))
    if recent and at - recent[-1] < PAUSE:
        raise LinkRefused(
            "A fresh link was sent a few minutes ago.",
            next_step="Let the guest look for the mail, in the junk folder as well; only the newest link works.",
            owner="The guest",
        )
    if len(recent) >= LINKS_A_DAY:
        raise LinkRefused(
            f"{LINKS_A_DAY} links were sent within a day, and more would not help.",
            next_step="Look at what may be in the way, or send the next link tomorrow.",
            owner="You",
        )
