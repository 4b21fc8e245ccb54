"""Words for dates, times and people: the only place where they are made."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

HUES = 12


def day(value: date) -> str:
    """Write a date: 1 Mar 2027."""
    return f"{value.day} {value:%b %Y}"


def exact(value: datetime) -> str:
    """Write a moment with its zone: 1 Mar 2027 14:02 UTC."""
    moment = value.astimezone(UTC)
    return f"{day(moment.date())} {moment:%H:%M} UTC"


def iso(value: datetime) -> str:
    """Write a moment for machines."""
    return value.astimezone(UTC).isoformat(timespec="seconds")


def ago(value: datetime, *, now: datetime) -> str:
    """Say how long ago a moment was: just now, 5 minutes ago, yesterday."""
    passed = now - value
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return f"{count(passed // timedelta(minutes=1), 'minute')} ago"
    if passed < timedelta(days=1):
        return f"{count(passed // timedelta(hours=1), 'hour')} ago"
    if passed < timedelta(days=2):
        return "yesterday"
    if passed < timedelta(days=31):
        return f"{passed.days} days ago"
    return f"on {day(value.date())}"


def ahead(days: int) -> str:
    """Say how far away a day is: today, tomorrow, in 12 days."""
    if days < 0:
        return f"{count(-days, 'day')} ago"
    return ("today", "tomorrow")[days] if days < 2 else f"in {days} days"


def hours(value: float) -> str:
    """Say how long something takes: 40 minutes, 5 hours, 3 days."""
    if value < 1:
        return count(max(1, round(value * 60)), "minute")
    return count(round(value), "hour") if value < 48 else count(round(value / 24), "day")


def count(number: int, one: str, many: str = "") -> str:
    """Count things: 1 request, 3 requests."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def many(number: int, one: str, several: str) -> str:
    """Count what is counted up to a hundred only: 1 guest ends, 99+ guests end."""
    return f"{'99+' if number > 99 else number} {one if number == 1 else several}"


def either(names: Sequence[str]) -> str:
    """Name those of whom one is enough: Bob Ray, or Bob Ray or Lee Wu, or Bob Ray or 2 others."""
    if len(names) > 2:
        return f"{names[0]} or {count(len(names) - 1, 'other')}"
    return " or ".join(names)


def sentence(words: str) -> str:
    """Begin words with a capital, as a sentence does."""
    return words[:1].upper() + words[1:]


def initials(name: str) -> str:
    """Return the one or two letters that stand for a person."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper() or "?"


def hue(alias: str) -> str:
    """Return the class of a tenant's own colour, always the same for the same tenant."""
    return f"hue-{hashlib.sha256(alias.encode()).digest()[0] % HUES}"
