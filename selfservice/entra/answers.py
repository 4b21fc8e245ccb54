"""Reads what came back over the wire: whole JSON of the promised kind, or nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from selfservice.entra.wire import Reply

Json = Mapping[str, object]

NOTHING: Final[Json] = {}


class IllFormed(ValueError):
    """An answer is not of the shape that the documentation promises."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a service said instead of doing as asked. The message may name people: it is matched, never shown."""

    status: int
    code: str
    message: str
    path: str
    write: bool
    retry_after: float | None
    request_id: str


def json_of(reply: Reply) -> Json:
    """Return the JSON object of a reply, or the empty one of a reply without content. Raises `IllFormed`."""
    if not reply.content and reply.status in (202, 204):
        return NOTHING
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise IllFormed("content type")
    try:
        value = json.loads(reply.content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as failure:
        raise IllFormed("JSON") from failure
    if not isinstance(value, dict):
        raise IllFormed("JSON object")
    return value


def error_of(reply: Reply) -> tuple[str, str, str]:
    """Return the code, the message and the request id of an error answer, as far as it has them."""
    try:
        body = json_of(reply)
    except IllFormed:
        return "", "", request_id_of(reply)
    error = body.get("error")
    if not isinstance(error, dict):
        return "", "", request_id_of(reply)
    inner = next((value for name, value in error.items() if name.lower() == "innererror"), None)
    told = inner.get("request-id") if isinstance(inner, dict) else None
    code, message = error.get("code"), error.get("message")
    return (
        code if isinstance(code, str) else "",
        message if isinstance(message, str) else "",
        request_id_of(reply) or (told if isinstance(told, str) else ""),
    )


def request_id_of(reply: Reply) -> str:
    """Return the service's own id of the call."""
    return reply.headers.get("request-id", "")[:64]


def _refuse_constant(name: str) -> float:
    raise IllFormed(name)
