"""The OData options of a list, checked against what the service takes."""

import re
from dataclasses import dataclass

from selfservice.simulator.directory.shapes import (
    DEFAULTS,
    KINDS,
    KNOWN,
    USER_UNSUPPORTED,
)
from selfservice.simulator.graph.call import Call
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.filters import check
from selfservice.simulator.graph.odata import Node, parse

_SEARCH = re.compile(r'"(\w+):([^"]*)"(?:\s+(AND|OR)\s+)?')
_SORTED = frozenset(("displayName", "userPrincipalName", "createdDateTime", "deletedDateTime"))


@dataclass(frozen=True, kw_only=True)
class Options:
    """Be what a caller asked of a list."""

    names: tuple[str, ...]
    selected: bool
    filter: Node | None
    top: int | None
    order: str
    descending: bool
    counted: bool
    search: tuple[tuple[str, str, str], ...]


def read_options(call: Call, kind: str) -> Options:
    """Read and check the options of a list of one kind."""
    if "$skip" in call.query:
        raise refuse("skip")
    asked = call.query.get("$filter", "")
    counted = call.advanced and call.query.get("$count", "").lower() == "true"
    node = parse(asked) if asked else None
    if node is not None:
        check(node, kind, advanced=counted)
    order, descending = _order(call, filtered=node is not None, counted=counted)
    if "$expand" in call.query and counted:
        raise refuse("expand-advanced")
    return Options(
        names=selection(call, kind),
        selected="$select" in call.query,
        filter=node,
        top=_top(call),
        order=order,
        descending=descending,
        counted=counted,
        search=_search(call),
    )


def selection(call: Call, kind: str) -> tuple[str, ...]:
    """Name the properties to show: those asked for, or the default ones."""
    asked = call.query.get("$select", "").strip()
    if not asked:
        return DEFAULTS[kind]
    names = tuple(name.strip() for name in asked.split(",") if name.strip())
    for name in names:
        if kind == "users" and name in USER_UNSUPPORTED:
            raise refuse("property-unsupported")
        if name not in KNOWN[kind]:
            raise refuse("property-unknown", name=name, type=KINDS[kind])
    return names if "id" in names else (*names, "id")


def _top(call: Call) -> int | None:
    asked = call.query.get("$top")
    if asked is None:
        return None
    if not asked.isdigit() or not 1 <= int(asked) <= 999:
        raise refuse("top", value=asked)
    return int(asked)


def _order(call: Call, *, filtered: bool, counted: bool) -> tuple[str, bool]:
    asked = call.query.get("$orderby", "").strip()
    if not asked:
        return "", False
    name, _, direction = asked.partition(" ")
    if name not in _SORTED or (filtered and not counted):
        raise refuse("orderby-unsupported")
    if name == "deletedDateTime" and not counted:
        raise refuse("orderby-unsupported")
    return name, direction.strip().lower() == "desc"


def _search(call: Call) -> tuple[tuple[str, str, str], ...]:
    asked = call.query.get("$search", "").strip()
    if not asked:
        return ()
    if not call.advanced:
        raise refuse("search-header")
    found = tuple(_SEARCH.findall(asked))
    if not found or "".join(match.group() for match in _SEARCH.finditer(asked)) != asked:
        raise refuse("search-syntax")
    return found
