"""Pages of lists: each begins after the last row of the one before, so a list that grows neither repeats nor skips."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

PER_PAGE = 25
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = re.compile(r"(\d{1,18})-([0-9a-f]{32})")
DAY = re.compile(r"(\d)\.(\d{4}-\d\d-\d\d)\.([0-9a-f]{32})")

T = TypeVar("T")


def cut(rows: Sequence[T]) -> tuple[Sequence[T], T | None]:
    """Return the rows of a page, and its last one where more follow; `rows` holds one more than a page if so."""
    shown = rows[:PER_PAGE]
    return shown, shown[-1] if len(rows) > PER_PAGE else None


def after_moment(at: datetime, row_id: str) -> str:
    """Return where a list by time goes on."""
    return f"{(at - EPOCH) // timedelta(microseconds=1)}-{row_id}"


def read_moment(after: str | None) -> tuple[datetime, str] | None:
    """Return what `after_moment` wrote; anything else is the first page."""
    found = MOMENT.fullmatch(after or "")
    if found is None:
        return None
    try:
        return EPOCH + timedelta(microseconds=int(found[1])), found[2]
    except OverflowError:
        return None


def after_day(rank: int, day: date, row_id: str) -> str:
    """Return where a list by rank and day goes on."""
    return f"{rank}.{day.isoformat()}.{row_id}"


def read_day(after: str | None) -> tuple[int, date, str] | None:
    """Return what `after_day` wrote; anything else is the first page."""
    found = DAY.fullmatch(after or "")
    if found is None:
        return None
    try:
        return int(found[1]), date.fromisoformat(found[2]), found[3]
    except ValueError:
        return None


def read_number(after: str | None) -> int | None:
    """Return where a numbered list goes on; anything but a number is the first page."""
    return int(after) if after and re.fullmatch(r"[0-9]{1,18}", after) else None
