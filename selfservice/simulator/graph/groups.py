"""Groups and their members."""

from selfservice.simulator.directory.shapes import Properties, shown
from selfservice.simulator.graph.call import Answer, Call, as_list, done, route
from selfservice.simulator.graph.delta import delta
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.options import read_options, selection
from selfservice.simulator.graph.paging import listed, sliced
from selfservice.simulator.graph.people_links import delete_object, remove_group
from selfservice.simulator.graph.permissions import (
    READ_GROUPS,
    WRITE_GROUPS,
    WRITE_MEMBERS,
    WRITE_ROLE_GROUPS,
)
from selfservice.simulator.graph.references import (
    chosen_names,
    existing,
    objects,
    referenced,
    typed,
)

BIND_LIMIT = 20
_WRITABLE = ("displayName", "description", "mailNickname", "visibility")


def list_groups(call: Call) -> Answer:
    """List groups. https://learn.microsoft.com/graph/api/group-list"""
    return listed(call, "groups", call.tenant.groups, read_options(call, "groups"))


def groups_delta(call: Call) -> Answer:
    """Follow changes of groups. https://learn.microsoft.com/graph/api/group-delta"""
    return delta(call, "groups", call.tenant.groups)


def get_group(call: Call) -> Answer:
    """Get a group. https://learn.microsoft.com/graph/api/group-get"""
    group = existing(call, "groups", call["id"])
    names = selection(call, "groups")
    return Answer(body={"@odata.context": call.context("groups/$entity"), **shown(group, names)})


def change_group(call: Call) -> Answer:
    """Update a group. https://learn.microsoft.com/graph/api/group-update"""
    group = existing(call, "groups", call["id"])
    changes = call.json()
    bound = as_list(changes.pop("members@odata.bind", None))
    _check_changes(call, changes)
    targets = _bound_members(call, group, bound)
    for key in targets:
        _add(call, group, key)
    if changes:
        call.tenant.groups.change(group["id"], changes)
    call.effect = f"group {group['id']} changed, members added: {', '.join(targets) or 'none'}"
    return done()


def _check_changes(call: Call, changes: Properties) -> None:
    if changes and not call.may(*WRITE_GROUPS):
        raise refuse("denied")
    for name in changes:
        if name not in _WRITABLE:
            raise refuse("property-read-only", name=name)


def _bound_members(call: Call, group: Properties, bound: list[str]) -> list[str]:
    if len(bound) > BIND_LIMIT:
        raise refuse("bind-limit")
    if bound:
        _check_writable(call, group)
    targets: list[str] = [referenced(call, value)[1]["id"] for value in bound]
    if len(set(targets)) != len(targets) or any(_is_member(call, group, key) for key in targets):
        raise refuse("reference-exists", name="members")
    return targets


def delete_group(call: Call) -> Answer:
    """Delete a group. https://learn.microsoft.com/graph/api/group-delete"""
    remove_group(call, existing(call, "groups", call["id"]))
    return done()


def list_members(call: Call) -> Answer:
    """List members. https://learn.microsoft.com/graph/api/group-list-members"""
    group = existing(call, "groups", call["id"])
    return _people(call, call.tenant.members.of(group["id"]))


def list_all_members(call: Call) -> Answer:
    """List nested members. https://learn.microsoft.com/graph/api/group-list-transitivemembers"""
    group = existing(call, "groups", call["id"])
    seen: dict[str, None] = {}
    waiting = call.tenant.members.of(group["id"])
    while waiting:
        key = waiting.pop(0)
        if key not in seen:
            seen[key] = None
            waiting.extend(call.tenant.members.of(key))
    return _people(call, list(seen))


def list_owners(call: Call) -> Answer:
    """List owners. https://learn.microsoft.com/graph/api/group-list-owners"""
    group = existing(call, "groups", call["id"])
    return _people(call, call.tenant.owners.of(group["id"]))


def add_member(call: Call) -> Answer:
    """Add a member. https://learn.microsoft.com/graph/api/group-post-members"""
    group = existing(call, "groups", call["id"])
    _check_writable(call, group)
    _, target = referenced(call, call.json().get("@odata.id"))
    if _is_member(call, group, target["id"]):
        raise refuse("reference-exists", name="members")
    _add(call, group, target["id"])
    call.effect = f"group {group['id']} has member {target['id']}"
    return done()


def remove_member(call: Call) -> Answer:
    """Remove a member. https://learn.microsoft.com/graph/api/group-delete-members"""
    group = existing(call, "groups", call["id"])
    if not _is_member(call, group, call["other"]):
        raise refuse("reference-absent", id=call["other"])
    _check_writable(call, group)
    call.tenant.members.remove(group["id"], call["other"])
    call.tenant.groups.touch(group["id"], "members")
    call.effect = f"group {group['id']} lost member {call['other']}"
    return done()


def delete_member_itself(call: Call) -> Answer:
    """Delete the object, for want of /$ref. https://learn.microsoft.com/graph/api/group-delete-members"""
    group = existing(call, "groups", call["id"])
    if not _is_member(call, group, call["other"]):
        raise refuse("reference-absent", id=call["other"])
    delete_object(call, call["other"])
    return done()


def remove_owner(call: Call) -> Answer:
    """Remove an owner. https://learn.microsoft.com/graph/api/group-delete-owners"""
    group = existing(call, "groups", call["id"])
    if not call.tenant.owners.has(group["id"], call["other"]):
        raise refuse("reference-absent", id=call["other"])
    if len(call.tenant.owners.of(group["id"])) == 1:
        raise refuse("owner-last")
    call.tenant.owners.remove(group["id"], call["other"])
    call.effect = f"group {group['id']} lost owner {call['other']}"
    return done()


def _people(call: Call, keys: list[str]) -> Answer:
    found = objects(call, keys)
    names = chosen_names(call)
    return sliced(
        call,
        [{"kind": kind, "item": item} for kind, item in found],
        "directoryObjects",
        lambda entry: typed(call, entry["kind"], entry["item"], names),
    )


def _is_member(call: Call, group: Properties, key: str) -> bool:
    return call.tenant.members.has(group["id"], key)


def _add(call: Call, group: Properties, key: str) -> None:
    call.tenant.members.add(group["id"], key)
    call.tenant.groups.touch(group["id"], "members")


def _check_writable(call: Call, group: Properties) -> None:
    if "DynamicMembership" in group["groupTypes"]:
        raise refuse("group-dynamic")
    if group.get("onPremisesSyncEnabled"):
        raise refuse("group-synced")
    if group["mailEnabled"] and "Unified" not in group["groupTypes"]:
        raise refuse("group-mail")
    if group.get("isAssignableToRole") and not call.may(*WRITE_ROLE_GROUPS):
        raise refuse("denied")


ROUTES = (
    route("GET /groups", list_groups, READ_GROUPS),
    route("GET /groups/delta", groups_delta, READ_GROUPS),
    route("GET /groups/delta()", groups_delta, READ_GROUPS),
    route("GET /groups/{id}", get_group, READ_GROUPS),
    route("PATCH /groups/{id}", change_group, WRITE_MEMBERS),
    route("DELETE /groups/{id}", delete_group, WRITE_GROUPS),
    route("GET /groups/{id}/members", list_members, READ_GROUPS, units=3),
    route("GET /groups/{id}/transitiveMembers", list_all_members, READ_GROUPS, units=3),
    route("GET /groups/{id}/owners", list_owners, READ_GROUPS),
    route("POST /groups/{id}/members/$ref", add_member, WRITE_MEMBERS),
    route("DELETE /groups/{id}/members/{other}/$ref", remove_member, WRITE_MEMBERS),
    route("DELETE /groups/{id}/members/{other}", delete_member_itself),
    route("DELETE /groups/{id}/owners/{other}/$ref", remove_owner, WRITE_GROUPS),
)
