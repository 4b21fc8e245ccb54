"""Within which bounds lifecycle settings are, and what is said where one is not."""

from collections.abc import Mapping

from selfservice.model.refusal import Refused

LIMITS: Mapping[str, tuple[int, int]] = {
    "unredeemed_days": (0, 365),
    "inactive_days": (0, 730),
    "grace_days": (1, 30),
    "delete_days": (1, 365),
    "undo_days": (1, 30),
    "answer_days": (1, 30),
    "adopt_days": (1, 365),
    "brake_percent": (1, 100),
}
MOST_WARNINGS = 5


class LifecycleUnreadable(Refused):
    """The settings cannot be understood; the cause names the place in them."""


def days_of(value: object, where: str) -> int:
    """Return a number of days, or another whole number with bounds of its own; refuse what is none."""
    least, most = LIMITS[where]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise unreadable(where, f"a whole number from {least} to {most} is needed")
    return value


def schedule_of(value: object, where: str) -> tuple[int, ...]:
    """Return days in the order in which they are reached."""
    if not isinstance(value, list | tuple) or len(value) > MOST_WARNINGS:
        raise unreadable(where, f"a list of at most {MOST_WARNINGS} numbers of days is needed")
    if any(isinstance(each, bool) or not isinstance(each, int) or not 1 <= each <= 365 for each in value):
        raise unreadable(where, "whole numbers of days from 1 to 365 are needed")
    days = sorted({int(each) for each in value}, reverse=where == "warn_days")
    return tuple(days)


def unreadable(where: str, problem: str) -> LifecycleUnreadable:
    """Return the refusal that names the place of the mistake."""
    return LifecycleUnreadable(f"{where}: {problem}.", next_step="Correct this and try again.", owner="You")
