"""Lists in pages, continued by an opaque link that carries no headers."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias
from urllib.parse import quote

from selfservice.simulator.directory.collection import Collection
from selfservice.simulator.directory.shapes import Properties, shown
from selfservice.simulator.graph.call import Answer, Call
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.filters import candidates, passes
from selfservice.simulator.graph.options import Options

# A page never looks at more objects than this; what it found until then may be nothing.
SCAN_LIMIT = 20_000

Shape: TypeAlias = Callable[[Properties], Properties]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Be one page: what it shows, and where the next one starts."""

    items: list[Properties]
    next: int | None


def listed(call: Call, kind: str, collection: Collection, options: Options) -> Answer:
    """List the live objects of a collection."""
    start = position(call)
    page = _page(call, collection, options, start)
    body: Properties = {"@odata.context": call.context(_context(kind, options))}
    if options.counted and start == 0:
        body["@odata.count"] = counted(call, collection, options)
    if page.next is not None:
        body["@odata.nextLink"] = next_link(call, page.next)
    body["value"] = [shown(item, options.names) for item in page.items]
    return Answer(body=body)


def counted(call: Call, collection: Collection, options: Options) -> int:
    """Count the live objects that pass."""
    if options.filter is None and not options.search and not call.tenant.behaviour.list_lag:
        return len(collection.live)
    return sum(1 for _ in _matching(call, collection, options, 0))


def sliced(call: Call, items: list[Properties], context: str, shape: Shape) -> Answer:
    """List given objects in pages."""
    start, size = position(call), _size(call, _asked_top(call))
    body: Properties = {"@odata.context": call.context(context)}
    if call.advanced and call.query.get("$count", "").lower() == "true" and start == 0:
        body["@odata.count"] = len(items)
    if start + size < len(items):
        body["@odata.nextLink"] = next_link(call, start + size)
    body["value"] = [shape(item) for item in items[start : start + size]]
    return Answer(body=body)


def next_link(call: Call, start: int) -> str:
    """Write the address of the next page."""
    options = {name: value for name, value in call.query.items() if name != "$skiptoken"}
    options["$skiptoken"] = seal({"start": start, "path": call.path})
    return f"{call.base}{call.path}?" + "&".join(
        f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in options.items()
    )


def position(call: Call) -> int:
    """Read where this page starts."""
    token = call.query.get("$skiptoken")
    if token is None:
        return 0
    state = unseal(token)
    if state.get("path") != call.path or not isinstance(state.get("start"), int):
        raise refuse("skiptoken")
    return int(state["start"])


def seal(state: Properties) -> str:
    """Write a state as an opaque token."""
    raw = json.dumps(state, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw[::-1]).rstrip(b"=").decode()


def unseal(token: str) -> Properties:
    """Read an opaque token of ours; refuse any other."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[::-1]
        state = json.loads(raw)
    except ValueError:
        raise refuse("skiptoken") from None
    if not isinstance(state, dict):
        raise refuse("skiptoken")
    return state


def _context(kind: str, options: Options) -> str:
    chosen = ",".join(name for name in options.names)
    return f"{kind}({chosen})" if options.selected else kind


def _asked_top(call: Call) -> int | None:
    asked = call.query.get("$top", "")
    return int(asked) if asked.isdigit() and int(asked) > 0 else None


def _size(call: Call, top: int | None) -> int:
    default = call.tenant.behaviour.page_size
    return min(top or default, 999)


def _page(call: Call, collection: Collection, options: Options, start: int) -> Page:
    size = _size(call, options.top)
    if "signInActivity" in options.names:
        size = min(size, 120)
    if options.order:
        ordered = sorted(
            (item for _, item in _matching(call, collection, options, 0)),
            key=lambda item: str(item.get(options.order) or "").lower(),
            reverse=options.descending,
        )
        rest = start + size < len(ordered)
        return Page(items=ordered[start : start + size], next=start + size if rest else None)
    if call.tenant.behaviour.empty_pages and start == 0:
        # Position 0 and -1 both mean the first object; only the first page is asked without one.
        return Page(items=[], next=-1)
    found = list(islice(_scanned(call, collection, options, max(start, 0)), size + 1))
    items = [item for _, item in found[:size] if item is not None]
    return Page(items=items, next=found[size][0] if len(found) > size else _resume(found))


def _resume(found: list[tuple[int, Properties | None]]) -> int | None:
    return found[-1][0] if found and found[-1][1] is None else None


def _scanned(
    call: Call, collection: Collection, options: Options, start: int
) -> Iterator[tuple[int, Properties | None]]:
    """Give matches with their places; an entry without object says where the scan gave up."""
    known = None if options.filter is None else candidates(options.filter, collection)
    places: Iterable[int] = range(start, len(collection.order))
    if known is not None:
        yield from _known(call, collection, options, start)
        return
    for place in places:
        if place - start >= SCAN_LIMIT:
            yield place, None
            return
        item = collection.live.get(collection.order[place])
        if item is not None and _fits(call, collection, options, item):
            yield place, item


def _known(call: Call, collection: Collection, options: Options, start: int) -> Iterator[tuple[int, Properties | None]]:
    matches = list(_matching(call, collection, options, 0))
    for place, (_, item) in enumerate(matches):
        if place >= start:
            yield place, item


def _matching(call: Call, collection: Collection, options: Options, start: int) -> Iterator[tuple[int, Properties]]:
    known = None if options.filter is None else candidates(options.filter, collection)
    keys = collection.order[start:] if known is None else sorted(known)
    for place, key in enumerate(keys, start):
        item = collection.live.get(key)
        if item is not None and _fits(call, collection, options, item):
            yield place, item


def _fits(call: Call, collection: Collection, options: Options, item: Properties) -> bool:
    lag = call.tenant.behaviour.list_lag - call.tenant.behaviour.lag_seconds
    return (
        collection.visible(item["id"], max(lag, 0.0))
        and (options.filter is None or passes(options.filter, item))
        and (not options.search or _found(options.search, item))
    )


def _found(search: tuple[tuple[str, str, str], ...], item: Properties) -> bool:
    result, joiner = False, "OR"
    for name, text, following in search:
        words = re.split(r"[^\w@]+", str(item.get(name) or "").lower())
        whole = str(item.get(name) or "").lower()
        hit = whole.startswith(text.lower()) or any(word.startswith(text.lower()) for word in words)
        result = (result or hit) if joiner == "OR" else (result and hit)
        joiner = following
    return result
