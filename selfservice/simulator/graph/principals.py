"""Service principals, and who is assigned which of their app roles."""

import uuid

from selfservice.simulator.clock import iso_fine
from selfservice.simulator.directory.shapes import Properties, shown
from selfservice.simulator.graph.call import Answer, Call, created, done, route
from selfservice.simulator.graph.delta import delta
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.odata import Compare, parse
from selfservice.simulator.graph.options import read_options, selection
from selfservice.simulator.graph.paging import listed, sliced
from selfservice.simulator.graph.permissions import (
    ASSIGN_ROLES,
    READ_APPS,
    READ_ASSIGNMENTS,
    READ_OWN_ROLES,
)
from selfservice.simulator.graph.references import existing
from selfservice.simulator.identifiers import assignment_id

DEFAULT_ROLE = str(uuid.UUID(int=0))
_FIELDS = (
    "id",
    "deletedDateTime",
    "appRoleId",
    "createdDateTime",
    "principalDisplayName",
    "principalId",
    "principalType",
    "resourceDisplayName",
    "resourceId",
)
_TYPES = {"users": "User", "groups": "Group", "servicePrincipals": "ServicePrincipal"}


def list_principals(call: Call) -> Answer:
    """List service principals. https://learn.microsoft.com/graph/api/serviceprincipal-list"""
    options = read_options(call, "servicePrincipals")
    return listed(call, "servicePrincipals", call.tenant.principals, options)


def principals_delta(call: Call) -> Answer:
    """Follow service principals. https://learn.microsoft.com/graph/api/serviceprincipal-delta"""
    return delta(call, "servicePrincipals", call.tenant.principals)


def get_principal(call: Call) -> Answer:
    """Get a service principal. https://learn.microsoft.com/graph/api/serviceprincipal-get"""
    names = selection(call, "servicePrincipals")
    context = call.context("servicePrincipals/$entity")
    return Answer(body={"@odata.context": context, **shown(_principal(call), names)})


def list_assigned(call: Call) -> Answer:
    """List assignments. https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto"""
    app = _principal(call)
    found = [row for row in call.tenant.assignments.of(app["id"]) if row["resourceId"] == app["id"]]
    return _rows(call, f"servicePrincipals('{app['id']}')/appRoleAssignedTo", found)


def assign(call: Call) -> Answer:
    """Assign an app role. https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto"""
    app = _principal(call)
    body = call.json()
    wanted = [str(body.get(name, "")) for name in ("principalId", "resourceId", "appRoleId")]
    principal_id, resource_id, role_id = (value.lower() for value in wanted)
    if resource_id != app["id"]:
        raise refuse("role-reference")
    target = call.tenant.find_object(principal_id)
    if target is None:
        raise refuse("not-found", id=principal_id)
    kind, principal = target
    _check_role(app, role_id, kind)
    if call.tenant.assignments.find(principal_id, app["id"], role_id):
        raise refuse("role-exists")
    row = {
        "id": assignment_id(),
        "deletedDateTime": None,
        "appRoleId": role_id,
        "createdDateTime": iso_fine(call.world.clock.now()),
        "principalDisplayName": principal["displayName"],
        "principalId": principal_id,
        "principalType": _TYPES[kind],
        "resourceDisplayName": app["displayName"],
        "resourceId": app["id"],
        "~at": call.world.clock.stamp(),
    }
    call.tenant.assignments.add(row)
    call.effect = f"{_TYPES[kind]} {principal_id} has role {role_id} of {app['id']}"
    context = call.context(f"servicePrincipals('{app['id']}')/appRoleAssignedTo/$entity")
    return created({"@odata.context": context, **shown(row, _FIELDS)})


def unassign(call: Call) -> Answer:
    """Remove an assignment. https://learn.microsoft.com/graph/api/serviceprincipal-delete-approleassignedto"""
    app = _principal(call)
    row = call.tenant.assignments.items.get(call["other"])
    if row is None or row["resourceId"] != app["id"]:
        raise refuse("not-found", id=call["other"])
    return _unassign(call, row)


def list_held_by_user(call: Call) -> Answer:
    """List a user's app roles. https://learn.microsoft.com/graph/api/user-list-approleassignments"""
    return _held(call, "users")


def list_held_by_group(call: Call) -> Answer:
    """List a group's app roles. https://learn.microsoft.com/graph/api/group-list-approleassignments"""
    return _held(call, "groups")


def remove_from_user(call: Call) -> Answer:
    """Remove an app role from a user. https://learn.microsoft.com/graph/api/user-delete-approleassignments"""
    user = existing(call, "users", call["id"])
    row = call.tenant.assignments.items.get(call["other"])
    if row is None or row["principalId"] != user["id"]:
        raise refuse("not-found", id=call["other"])
    return _unassign(call, row)


def _principal(call: Call) -> Properties:
    if "appid" in call.args:
        found = call.tenant.principal_of(call["appid"].lower())
        if found is None:
            raise refuse("not-found", id=call["appid"])
        return found
    return existing(call, "servicePrincipals", call["id"])


def _check_role(app: Properties, role_id: str, kind: str) -> None:
    roles = {role["id"]: role for role in app["appRoles"]}
    enabled = [role for role in roles.values() if role["isEnabled"]]
    if role_id == DEFAULT_ROLE and not enabled:
        return
    role = roles.get(role_id)
    if role is None or not role["isEnabled"]:
        raise refuse("role-unknown", id=app["appId"])
    needed = "Application" if kind == "servicePrincipals" else "User"
    if needed not in role["allowedMemberTypes"]:
        raise refuse("role-member-type")


def _unassign(call: Call, row: Properties) -> Answer:
    call.tenant.assignments.remove(row["id"])
    call.effect = f"{row['principalType']} {row['principalId']} lost role {row['appRoleId']}"
    return done()


def _held(call: Call, kind: str) -> Answer:
    holder = existing(call, kind, call["id"])
    holders = [holder["id"]]
    if kind == "users":
        # Roles that reach the user through groups are listed too, with the group as principal.
        holders += call.tenant.members.to(holder["id"])
    found = [row for key in holders for row in call.tenant.assignments.of(key) if row["principalId"] == key]
    return _rows(call, f"{kind}('{holder['id']}')/appRoleAssignments", found)


def _rows(call: Call, context: str, rows: list[Properties]) -> Answer:
    until = call.world.clock.stamp() - call.tenant.behaviour.list_lag
    seen = [row for row in rows if row.get("~at", 0) <= until]
    return sliced(call, _filtered(call, seen), context, lambda row: shown(row, _FIELDS))


def _filtered(call: Call, rows: list[Properties]) -> list[Properties]:
    asked = call.query.get("$filter")
    if not asked:
        return rows
    node = parse(asked)
    if not isinstance(node, Compare):
        raise refuse("filter-operator")
    value = str(node.value)
    match node.path, node.operator:
        case "resourceId", "eq":
            return [row for row in rows if row["resourceId"] == value.lower()]
        case "principalDisplayName", "eq":
            return [row for row in rows if row["principalDisplayName"] == value]
        case "principalDisplayName", "startswith":
            return [row for row in rows if row["principalDisplayName"].startswith(value)]
        case _:
            raise refuse("filter-unsupported", name=node.path, type="AppRoleAssignment")


ROUTES = (
    route("GET /servicePrincipals", list_principals, READ_APPS),
    route("GET /servicePrincipals/delta", principals_delta, READ_APPS),
    route("GET /servicePrincipals/delta()", principals_delta, READ_APPS),
    route("GET /servicePrincipals(appId='{appid}')", get_principal, READ_APPS),
    route("GET /servicePrincipals/{id}", get_principal, READ_APPS),
    *(
        line
        for place in ("/servicePrincipals(appId='{appid}')", "/servicePrincipals/{id}")
        for line in (
            route(f"GET {place}/appRoleAssignedTo", list_assigned, READ_ASSIGNMENTS, units=2),
            route(f"POST {place}/appRoleAssignedTo", assign, ASSIGN_ROLES, READ_APPS),
            route(f"DELETE {place}/appRoleAssignedTo/{{other}}", unassign, ASSIGN_ROLES),
        )
    ),
    route("GET /users/{id}/appRoleAssignments", list_held_by_user, READ_OWN_ROLES, units=2),
    route("DELETE /users/{id}/appRoleAssignments/{other}", remove_from_user, ASSIGN_ROLES),
    route("GET /groups/{id}/appRoleAssignments", list_held_by_group, READ_OWN_ROLES, units=2),
)
