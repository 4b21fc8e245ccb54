"""Reads fields of Graph's JSON: a missing or ill-typed one that we rely on makes the whole answer ill-formed."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from selfservice.entra.answers import IllFormed, Json
from selfservice.entra.paths import is_guid

T = TypeVar("T")


def text(body: Json, name: str) -> str:
    """Return a text that must be there."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise IllFormed(name)
    return value


def perhaps_text(body: Json, name: str) -> str | None:
    """Return a text, or None where it is missing, null or empty."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise IllFormed(name)
    return value or None


def guid(body: Json, name: str = "id") -> str:
    """Return an id that must be there, in small letters."""
    value = body.get(name)
    if not isinstance(value, str) or not is_guid(value):
        raise IllFormed(name)
    return value.lower()


def flag(body: Json, name: str, default: bool) -> bool:
    """Return a yes or no; Graph leaves out, or sets to null, what was never set."""
    value = perhaps_flag(body, name)
    return default if value is None else value


def perhaps_flag(body: Json, name: str) -> bool | None:
    """Return a yes or no, or None where it is missing or null."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise IllFormed(name)
    return value


def perhaps_number(body: Json, name: str) -> int | None:
    """Return a whole number, or None where it is missing or null."""
    value = body.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise IllFormed(name)
    return value


def texts(body: Json, name: str) -> tuple[str, ...]:
    """Return a list of texts, empty where it is missing or null."""
    value = body.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise IllFormed(name)
    return tuple(value)


def perhaps_time(body: Json, name: str) -> datetime | None:
    """Return a moment in UTC, or None where it is missing, null or the year 1 (Graph's word for never)."""
    value = perhaps_text(body, name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as failure:
        raise IllFormed(name) from failure
    if moment.year == 1:
        return None
    if moment.tzinfo is None:
        raise IllFormed(name)
    return moment.astimezone(UTC)


def objects(body: Json, name: str = "value") -> tuple[Json, ...]:
    """Return a list of objects that must be there."""
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise IllFormed(name)
    return tuple(value)


def inner(body: Json, name: str) -> Json:
    """Return an object that must be there."""
    value = body.get(name)
    if not isinstance(value, Mapping):
        raise IllFormed(name)
    return value


def items(body: Json, parser: Callable[[Json], T]) -> tuple[T, ...]:
    """Return the parsed items of a list answer."""
    return tuple(parser(item) for item in objects(body))


def next_link(body: Json) -> str | None:
    """Return the address of the next page, or None. It is checked where it is followed."""
    return perhaps_text(body, "@odata.nextLink")
