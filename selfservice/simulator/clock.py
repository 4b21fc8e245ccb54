"""The simulator's time: the machine's, plus an offset that a test may move, or standing still."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class Clock:
    """Tell the time of the simulated world."""

    offset: timedelta = field(default_factory=timedelta)
    stopped_at: datetime | None = None

    def now(self) -> datetime:
        """Return the simulated present, in UTC."""
        return (self.stopped_at or datetime.now(UTC)) + self.offset

    def stamp(self) -> float:
        """Return the simulated present as seconds since 1970."""
        return self.now().timestamp()

    def stop(self) -> None:
        """Let time stand still, so that nothing happens but by the offset."""
        self.stopped_at = self.stopped_at or datetime.now(UTC)

    def go_on(self) -> None:
        """Let time run again."""
        self.stopped_at = None


def iso(at: datetime) -> str:
    """Write a time as Graph writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_fine(at: datetime) -> str:
    """Write a time with the seven digits that Graph gives for fresh objects."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def parse_iso(text: str) -> datetime:
    """Read a time that Graph or a caller wrote; a missing zone means UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
