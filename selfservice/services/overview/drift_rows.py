"""What pages are given about drift: frozen rows."""

from dataclasses import dataclass
from datetime import date, datetime

from selfservice.services.overview.rows import Page, TenantMark, Tone


@dataclass(frozen=True, kw_only=True)
class DriftRow:
    """One difference in a list."""

    id: str
    kind: str
    kind_words: str
    tenant: TenantMark
    name: str
    label: str
    cause: str
    state: str
    state_words: str
    tone: Tone
    severity_words: str
    since: datetime
    found_at: datetime
    seen_at: datetime


@dataclass(frozen=True, kw_only=True)
class KindCount:
    """How many findings of a kind are not closed."""

    kind: str
    words: str
    number: int


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """How far the comparison of the tenant has come. `doing` is empty where none is under way."""

    doing: str = ""
    compared_at: datetime | None = None
    due_at: datetime | None = None
    took_seconds: float = 0
    left_out: str = ""


@dataclass(frozen=True, kw_only=True)
class DriftList:
    """What differs at a tenant."""

    tenant: TenantMark
    rows: Page[DriftRow]
    kinds: tuple[KindCount, ...]
    check: CheckRow
    enforces: bool
    may_change: bool


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the three sides of a finding: what it says, each with what that is about."""

    title: str
    lines: tuple[tuple[str, str], ...]
    nothing: str


@dataclass(frozen=True, kw_only=True)
class DriftPage:
    """All about one difference, and what can be done about it."""

    row: DriftRow
    sides: tuple[Side, ...]
    meaning: str
    reason: str
    by_name: str
    accepted_until: date | None
    closed_at: datetime | None
    closed_why: str
    packages: tuple[tuple[str, str], ...]
    can_adopt: bool
    can_revoke: bool
    can_repair: bool
    can_accept: bool
    repair_words: str
    revoke_words: str
    nothing_to_do: str
