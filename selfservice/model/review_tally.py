"""How far each reviewer of a run is: counted with every answer, so that progress costs no walk over the items."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Id, UtcDateTime
from selfservice.model.review import ItemState

BURST = timedelta(seconds=10)
"""Answers that follow each other faster than this belong to one burst."""

STRIKING = (10, 3.0)
"""So many answers in a burst, each in less than so many seconds, are shown: nobody looks that fast."""

COUNTED: Mapping[ItemState, str] = {
    ItemState.OPEN: "open",
    ItemState.UNSURE: "unsure",
    ItemState.KEPT: "kept",
    ItemState.REMOVED: "removed",
    ItemState.ROLLED: "rolled",
}


class ReviewTally(Base):
    """One reviewer of one run (`reviewer` is empty for what nobody could review). `told_at`: when they were asked;
    `reminded_days`: the last reminder, in days before the end. `burst_*` are the answers of the last moments, `most_*`
    the most that ever came in one go.
    """

    __tablename__ = "review_tally"

    run_id: Mapped[str] = mapped_column(Id, primary_key=True)
    reviewer: Mapped[str] = mapped_column(String(73), primary_key=True, index=True)
    total: Mapped[int] = mapped_column(default=0)
    open: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)
    unsure: Mapped[int] = mapped_column(default=0)
    rolled: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    reminded_days: Mapped[int | None] = mapped_column(default=None)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    burst_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    burst_count: Mapped[int | None] = mapped_column(default=None)
    most_count: Mapped[int | None] = mapped_column(default=None)
    most_seconds: Mapped[int | None] = mapped_column(default=None)

    def move(self, before: ItemState, after: ItemState) -> None:
        """Count an item that goes from one state to another."""
        for state, step in ((before, -1), (after, 1)):
            if name := COUNTED.get(state):
                setattr(self, name, getattr(self, name) + step)

    def note_answer(self, *, at: datetime) -> None:
        """Note when an answer came, and whether it came in one go with those before."""
        if self.last_at is None or self.burst_at is None or at - self.last_at > BURST:
            self.burst_at, self.burst_count = at, 0
        self.last_at, self.burst_count = at, (self.burst_count or 0) + 1
        if self.burst_count >= (self.most_count or 0):
            self.most_count, self.most_seconds = self.burst_count, int((at - self.burst_at).total_seconds())

    @property
    def is_striking(self) -> bool:
        """Whether so many answers came so fast that nobody can have looked."""
        count, each = STRIKING
        most, seconds = self.most_count or 0, self.most_seconds or 0
        return most >= count and seconds < most * each
