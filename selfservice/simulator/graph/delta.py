"""Delta queries: what changed since a token, with the removed ones marked."""

import re
from collections.abc import Iterator
from datetime import timedelta

from selfservice.simulator.directory.collection import Change, Collection
from selfservice.simulator.directory.shapes import LIST_VALUED, Properties
from selfservice.simulator.graph.call import Answer, Call
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.odata import Compare, Either, Node, parse
from selfservice.simulator.graph.options import selection
from selfservice.simulator.graph.paging import seal, unseal

# Behind a token that is further back, every property counts as changed.
NEAR = 50_000
TOKEN_LIFE = timedelta(days=7)
_REFUSED = ("$expand", "$top", "$orderby", "$search", "$count")


def delta(call: Call, kind: str, collection: Collection) -> Answer:
    """Answer one page of a delta query."""
    state = _state(call, kind, collection)
    size = call.tenant.behaviour.page_size
    until = call.world.clock.stamp() - call.tenant.behaviour.list_lag
    page: list[Change] = []
    more = False
    for change in _wanted(collection, state, until):
        if len(page) == size:
            more = True
            break
        page.append(change)
        state["after"] = change.seq
    body: Properties = {
        "@odata.context": call.context(f"{kind}({','.join(state['names'])})" if state["asked"] else kind)
    }
    if state["fresh"] == "latest":
        page, more, state["after"] = [], False, collection.reached(until)
    link = _link(call, state, more)
    body["@odata.nextLink" if more else "@odata.deltaLink"] = link
    body["value"] = [entry for entry in _entries(call, collection, state, page) if entry]
    return Answer(body=body)


def _state(call: Call, kind: str, collection: Collection) -> Properties:
    token = call.query.get("$skiptoken") or call.query.get("$deltatoken", "")
    if token and token != "latest":
        return _continued(call, collection, token)
    for name in _REFUSED:
        if name in call.query:
            raise refuse("delta-query", name=name)
    asked = call.query.get("$select", "")
    return {
        "after": 0,
        "since": 0,
        "names": list(selection(call, kind)),
        "asked": bool(asked),
        "ids": _ids(call.query.get("$filter", "")),
        "epoch": collection.epoch,
        "fresh": token or "initial",
    }


def _continued(call: Call, collection: Collection, token: str) -> Properties:
    state = unseal(token)
    if "epoch" not in state:
        raise refuse("skiptoken")
    if state["epoch"] != collection.epoch:
        error = refuse("delta-reset")
        error.headers["Location"] = f"{call.base}{call.path}?$deltatoken="
        raise error
    if call.world.clock.stamp() - state["at"] > TOKEN_LIFE.total_seconds():
        raise refuse("delta-expired")
    if "$deltatoken" in call.query:
        state["fresh"], state["since"] = "round", state["after"]
    return state


def _ids(text: str) -> list[str] | None:
    if not text:
        return None
    node = parse(text)
    nodes: tuple[Node, ...] = node.conditions if isinstance(node, Either) else (node,)
    ids = [
        str(part.value) for part in nodes if isinstance(part, Compare) and (part.path, part.operator) == ("id", "eq")
    ]
    if len(ids) != len(nodes):
        raise refuse("filter-operator")
    if len(ids) > 50:
        raise refuse("delta-ids")
    return ids


def _wanted(collection: Collection, state: Properties, until: float) -> Iterator[Change]:
    ids = None if state["ids"] is None else set(state["ids"])
    for change in collection.changes(state["after"], until):
        if ids is None or change.id in ids:
            yield change


def _link(call: Call, state: Properties, more: bool) -> str:
    token = seal({**state, "at": call.world.clock.stamp()})
    return f"{call.base}{call.path}?{'$skiptoken' if more else '$deltatoken'}={token}"


def _entries(call: Call, collection: Collection, state: Properties, page: list[Change]) -> Iterator[Properties]:
    minimal = re.search(r"return\s*=\s*minimal", call.header("Prefer")) is not None
    since = state["since"]
    near = collection.newest - since <= NEAR
    changed = collection.names_since(since) if since and page and near else {}
    for change in page:
        names = changed.get(change.id) if near else frozenset(state["names"])
        entry = _entry(collection, change, state, names, minimal=minimal and bool(since))
        yield entry
        if call.tenant.behaviour.repeat_delta:
            yield entry


def _entry(
    collection: Collection,
    change: Change,
    state: Properties,
    names: frozenset[str] | None,
    *,
    minimal: bool,
) -> Properties:
    item = collection.live.get(change.id)
    if item is None:
        reason = "changed" if change.id in collection.deleted else "deleted"
        return {"id": change.id, "@removed": {"reason": reason}}
    entry: Properties = {}
    for name in state["names"]:
        touched = names is not None and name in names
        if minimal and names is not None and not touched and name != "id":
            continue
        value = item.get(name, [] if name in LIST_VALUED else None)
        # What was never set is left out; what has been cleared is shown as null.
        if value or value is False or touched:
            entry[name] = value
    return entry
