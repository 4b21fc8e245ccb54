"""What the test itself did and meant, apart from anything that the product wrote down: the oracle reads it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from selfservice.model.actor import PersonRef


@dataclass
class Access:
    """An access that was asked for and approved, and until when it was meant to last, as that changed over time."""

    request_id: str
    tenant_id: str
    address: str
    home: PersonRef | None
    group_id: str
    granted_at: datetime
    ends: list[tuple[datetime, date]]
    decided: list[tuple[datetime, str]] = field(default_factory=list)
    ended_at: datetime | None = None

    def ends_on(self, at: datetime) -> date:
        """Return the last day of the access, as it was meant at a moment."""
        return [day for since, day in self.ends if since <= at][-1]


@dataclass(frozen=True, kw_only=True)
class Meddling:
    """Something that somebody else did in a directory."""

    at: datetime
    tenant_id: str
    what: str
    user_id: str
    group_id: str = ""


@dataclass
class Absence:
    """Somebody left at home, and perhaps came back."""

    person: PersonRef
    left_at: datetime
    back_at: datetime | None = None


@dataclass
class Diary:
    """Everything that was done, in order."""

    accesses: dict[str, Access] = field(default_factory=dict)
    meddlings: list[Meddling] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    redeemed: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    signed_in: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    adopted: dict[tuple[str, str], datetime] = field(default_factory=dict)
    removed_by_review: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    undone: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    operations: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    def is_away(self, person: PersonRef | None, at: datetime) -> bool:
        """Say whether somebody had left at home at this moment."""
        return any(
            each.person == person and each.left_at <= at and (each.back_at is None or at < each.back_at)
            for each in self.absences
        )
