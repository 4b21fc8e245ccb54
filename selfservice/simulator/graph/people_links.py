"""A user's manager and sponsors."""

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.graph.call import Answer, Call, done, route
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.paging import sliced
from selfservice.simulator.graph.permissions import READ_USERS, WRITE_GROUPS, WRITE_USERS
from selfservice.simulator.graph.references import (
    chosen_names,
    existing,
    objects,
    referenced,
    typed,
)
from selfservice.simulator.graph.users import remove_user
from selfservice.simulator.identifiers import derived_id

SPONSOR_LIMIT = 5


def get_manager(call: Call) -> Answer:
    """Get the manager. https://learn.microsoft.com/graph/api/user-list-manager"""
    user = existing(call, "users", call["id"])
    found = objects(call, call.tenant.managers.of(user["id"]))
    if not found:
        raise refuse("not-found", id="manager")
    kind, manager = found[0]
    context = call.context("directoryObjects/$entity")
    return Answer(body={"@odata.context": context, **typed(call, kind, manager, chosen_names(call))})


def put_manager(call: Call) -> Answer:
    """Assign the manager. https://learn.microsoft.com/graph/api/user-post-manager"""
    user = existing(call, "users", call["id"])
    kind, manager = referenced(call, call.json().get("@odata.id"))
    if kind != "users":
        raise refuse("reference-kind", kind=kind, name="manager")
    for old in call.tenant.managers.of(user["id"]):
        call.tenant.managers.remove(user["id"], old)
    call.tenant.managers.add(user["id"], manager["id"])
    call.effect = f"user {user['id']} has manager {manager['id']}"
    return done()


def delete_manager(call: Call) -> Answer:
    """Remove the manager. https://learn.microsoft.com/graph/api/user-delete-manager"""
    user = existing(call, "users", call["id"])
    managers = call.tenant.managers.of(user["id"])
    if not managers:
        raise refuse("not-found", id="manager")
    call.tenant.managers.remove(user["id"], managers[0])
    call.effect = f"user {user['id']} has no manager"
    return done()


def list_sponsors(call: Call) -> Answer:
    """List sponsors. https://learn.microsoft.com/graph/api/user-list-sponsors"""
    user = existing(call, "users", call["id"])
    found = objects(call, call.tenant.sponsors.of(user["id"]))
    names = chosen_names(call)
    shapes = [typed(call, kind, sponsor, names) for kind, sponsor in found]
    return sliced(call, shapes, "directoryObjects", lambda shape: shape)


def add_sponsor(call: Call) -> Answer:
    """Assign a sponsor. https://learn.microsoft.com/graph/api/user-post-sponsors"""
    user = existing(call, "users", call["id"])
    kind, sponsor = referenced(call, call.json().get("@odata.id"))
    if kind == "servicePrincipals":
        raise refuse("reference-kind", kind=kind, name="sponsors")
    sponsors = call.tenant.sponsors
    if sponsors.has(user["id"], sponsor["id"]):
        raise refuse("reference-exists", name="sponsors")
    if len(sponsors.of(user["id"])) >= SPONSOR_LIMIT:
        raise refuse("sponsor-limit")
    sponsors.add(user["id"], sponsor["id"])
    call.effect = f"user {user['id']} has sponsor {sponsor['id']}"
    return done()


def remove_sponsor(call: Call) -> Answer:
    """Remove a sponsor. https://learn.microsoft.com/graph/api/user-delete-sponsors"""
    user = existing(call, "users", call["id"])
    if not call.tenant.sponsors.has(user["id"], call["other"]):
        raise refuse("reference-absent", id=call["other"])
    call.tenant.sponsors.remove(user["id"], call["other"])
    call.effect = f"user {user['id']} lost sponsor {call['other']}"
    return done()


def delete_sponsor_itself(call: Call) -> Answer:
    """Delete the object, for want of /$ref. https://learn.microsoft.com/graph/api/user-delete-sponsors"""
    user = existing(call, "users", call["id"])
    if not call.tenant.sponsors.has(user["id"], call["other"]):
        raise refuse("reference-absent", id=call["other"])
    delete_object(call, call["other"])
    return done()


def delete_object(call: Call, key: str) -> None:
    """Delete whatever object a relationship path without /$ref ends at."""
    found = call.tenant.find_object(key)
    if found is None:
        raise refuse("not-found", id=key)
    kind, item = found
    if kind == "users":
        remove_user(call, item)
    elif kind == "groups" and call.may(*WRITE_GROUPS):
        remove_group(call, item)
    else:
        raise refuse("denied")


def remove_group(call: Call, group: Properties) -> None:
    """Delete a group: a Microsoft 365 group softly, a security group for good."""
    if "Unified" in group["groupTypes"]:
        call.tenant.groups.remove(group["id"], call.world.clock.now().isoformat())
    else:
        call.tenant.groups.purge(group["id"])
        call.tenant.forget_links(group["id"])
    call.effect = f"group {group['id']} deleted"


def list_roles(call: Call) -> Answer:
    """List the directory roles held. https://learn.microsoft.com/graph/api/user-list-memberof"""
    user = existing(call, "users", call["id"])
    held = [{"id": derived_id(call.tenant.id, user["~adminRole"])}] if user.get("~adminRole") else []
    return sliced(call, held, "directoryObjects", lambda role: role)


ROUTES = (
    route("GET /users/{id}/memberOf/microsoft.graph.directoryRole", list_roles, READ_USERS),
    route("GET /users/{id}/manager", get_manager, READ_USERS),
    route("PUT /users/{id}/manager/$ref", put_manager, WRITE_USERS),
    route("DELETE /users/{id}/manager/$ref", delete_manager, WRITE_USERS),
    route("GET /users/{id}/sponsors", list_sponsors, READ_USERS),
    route("POST /users/{id}/sponsors/$ref", add_sponsor, WRITE_USERS),
    route("DELETE /users/{id}/sponsors/{other}/$ref", remove_sponsor, WRITE_USERS),
    route("DELETE /users/{id}/sponsors/{other}", delete_sponsor_itself),
)
