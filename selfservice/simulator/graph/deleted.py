"""Deleted objects: listed by type, restored with their ids, or removed for good."""

from datetime import timedelta

from selfservice.simulator.clock import iso, parse_iso
from selfservice.simulator.directory.collection import Collection
from selfservice.simulator.directory.shapes import DEFAULTS, KINDS, KNOWN, Properties, shown
from selfservice.simulator.graph.call import Answer, Call, done, route
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.filters import check, passes
from selfservice.simulator.graph.odata import parse
from selfservice.simulator.graph.options import selection
from selfservice.simulator.graph.paging import sliced
from selfservice.simulator.graph.permissions import (
    ADMIN_OVER_ADMINS,
    READ_ANY,
    READ_USERS,
    WRITE_GROUPS,
    WRITE_USERS,
)
from selfservice.simulator.graph.references import typed

KEPT = timedelta(days=30)


def list_deleted(call: Call) -> Answer:
    """List deleted items. https://learn.microsoft.com/graph/api/directory-deleteditems-list"""
    kind = next((kind for kind, name in KINDS.items() if call["cast"] == name), None)
    if kind is None:
        raise refuse("cast-missing")
    sweep(call)
    items = list(call.tenant.collections[kind].deleted.values())
    asked = call.query.get("$filter", "")
    if asked:
        node = parse(asked)
        check(node, kind, advanced=call.advanced)
        items = [item for item in items if passes(node, item)]
    names = selection(call, kind)
    if "$select" not in call.query:
        names = (*DEFAULTS[kind], "deletedDateTime") if kind == "users" else names
    order = call.query.get("$orderby", "")
    if order and (not call.advanced or not order.startswith("deletedDateTime")):
        raise refuse("orderby-unsupported")
    items.sort(key=lambda item: str(item["deletedDateTime"]), reverse=order.endswith("desc"))
    return sliced(call, items, "directoryObjects", lambda item: shown(item, names))


def list_uncast(call: Call) -> Answer:
    """Refuse a list without a type. https://learn.microsoft.com/graph/api/directory-deleteditems-list"""
    raise refuse("cast-missing")


def get_deleted(call: Call) -> Answer:
    """Get a deleted item. https://learn.microsoft.com/graph/api/directory-deleteditems-get"""
    kind, _, item = _deleted(call)
    context = call.context("directoryObjects/$entity")
    names = tuple(name for name in (*DEFAULTS[kind], "deletedDateTime") if name in KNOWN[kind])
    return Answer(body={"@odata.context": context, **typed(call, kind, item, names)})


def restore(call: Call) -> Answer:
    """Restore a deleted item. https://learn.microsoft.com/graph/api/directory-deleteditems-restore"""
    kind, collection, item = _deleted(call)
    _check_rights(call, kind, item)
    if kind == "groups" and "Unified" not in item["groupTypes"]:
        raise refuse("restore-security-group")
    collection.restore(item["id"])
    call.effect = f"{KINDS[kind]} {item['id']} restored"
    context = call.context("directoryObjects/$entity")
    return Answer(body={"@odata.context": context, **typed(call, kind, item)})


def purge(call: Call) -> Answer:
    """Delete for good. https://learn.microsoft.com/graph/api/directory-deleteditems-delete"""
    kind, collection, item = _deleted(call)
    _check_rights(call, kind, item)
    collection.purge(item["id"])
    call.tenant.forget_links(item["id"])
    call.effect = f"{KINDS[kind]} {item['id']} deleted for good"
    return done()


def get_object(call: Call) -> Answer:
    """Get an object of any type. https://learn.microsoft.com/graph/api/directoryobject-get"""
    found = call.tenant.find_object(call["id"].lower())
    if found is None:
        raise refuse("not-found", id=call["id"])
    context = call.context("directoryObjects/$entity")
    return Answer(body={"@odata.context": context, **typed(call, *found)})


def sweep(call: Call) -> None:
    """Forget for good what has been deleted for longer than 30 days."""
    limit = iso(call.world.clock.now() - KEPT)
    for collection in call.tenant.collections.values():
        over = [key for key, item in collection.deleted.items() if iso(parse_iso(item["deletedDateTime"])) < limit]
        for key in over:
            collection.purge(key)
            call.tenant.forget_links(key)


def _deleted(call: Call) -> tuple[str, Collection, Properties]:
    sweep(call)
    key = call["id"].lower()
    for kind, collection in call.tenant.collections.items():
        if key in collection.deleted:
            return kind, collection, collection.deleted[key]
    raise refuse("not-found", id=call["id"])


def _check_rights(call: Call, kind: str, item: Properties) -> None:
    needed = WRITE_USERS if kind == "users" else WRITE_GROUPS
    if not call.may(*needed):
        raise refuse("denied")
    if item.get("~adminRole") and not call.may(*ADMIN_OVER_ADMINS):
        raise refuse("denied")


_ITEMS = "/directory/deletedItems"
ROUTES = (
    route(f"GET {_ITEMS}", list_uncast, READ_USERS),
    route(f"GET {_ITEMS}/microsoft.graph.{{cast}}", list_deleted, READ_USERS),
    route(f"GET {_ITEMS}/{{id}}", get_deleted, READ_USERS),
    route(f"POST {_ITEMS}/{{id}}/restore", restore),
    route(f"DELETE {_ITEMS}/{{id}}", purge),
    route("GET /directoryObjects/{id}", get_object, READ_ANY),
)
