"""JSON batches: up to twenty requests in one, each with an answer of its own."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.graph.call import as_list
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.texts import TEXTS

LIMIT = 20


@dataclass(frozen=True, kw_only=True)
class Part:
    """Be one request inside a batch."""

    id: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    payload: bytes
    depends_on: tuple[str, ...]


def read_parts(body: Properties) -> list[Part]:
    """Read the requests of a batch; one bad request spoils the whole."""
    requests = body.get("requests")
    if not isinstance(requests, list) or not requests:
        raise refuse("batch-requests")
    if len(requests) > LIMIT:
        raise refuse("batch-limit")
    parts: list[Part] = []
    seen: set[str] = set()
    for entry in requests:
        part = _part(entry)
        if not part.id or part.id.lower() in seen:
            raise refuse("batch-id", id=part.id)
        if not {name.lower() for name in part.depends_on} <= seen:
            raise refuse("batch-depends", id=part.id)
        seen.add(part.id.lower())
        parts.append(part)
    _check_order(parts)
    return parts


def run_parts(parts: list[Part], run: Callable[[Part], Properties], *, shuffle: bool) -> list[Properties]:
    """Run the parts; one that depends on a failed part fails with it."""
    responses: dict[str, Properties] = {}
    for part in parts:
        needed = [responses[name.lower()] for name in part.depends_on]
        if any(response["status"] >= 400 for response in needed):
            responses[part.id.lower()] = _failed_dependency(part)
        else:
            responses[part.id.lower()] = run(part)
    found = list(responses.values())
    if shuffle and len(found) > 1:
        random.shuffle(found)
        if [row["id"] for row in found] == [part.id for part in parts]:
            found.reverse()
    return found


def _part(entry: Any) -> Part:
    if not isinstance(entry, dict):
        raise refuse("batch-requests")
    key, url = str(entry.get("id") or ""), str(entry.get("url") or "")
    target = urlsplit(url)
    path = "/" + unquote(target.path).lstrip("/")
    if target.scheme or target.netloc or path.startswith(("/v1.0/", "/beta/")) or not url:
        raise refuse("batch-url", id=key)
    headers = {name.lower(): str(value) for name, value in (entry.get("headers") or {}).items()}
    body = entry.get("body")
    if body is not None and "content-type" not in headers:
        raise refuse("batch-content-type", id=key)
    return Part(
        id=key,
        method=str(entry.get("method") or "").upper(),
        path=path,
        query=dict(parse_qsl(target.query, keep_blank_values=True)),
        headers=headers,
        payload=b"" if body is None else json.dumps(body).encode(),
        depends_on=tuple(str(name) for name in as_list(entry.get("dependsOn"))),
    )


def _check_order(parts: list[Part]) -> None:
    dependent = [part for part in parts if part.depends_on]
    if not dependent:
        return
    for before, part in pairwise(parts):
        if part.depends_on != (before.id,):
            raise refuse("batch-mixed")


def _failed_dependency(part: Part) -> Properties:
    text = TEXTS["batch-failed-dependency"]
    error = {"code": text.code, "message": text.message}
    return {"id": part.id, "status": text.status, "headers": {}, "body": {"error": error}}
