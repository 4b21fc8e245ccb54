"""Changes that somebody makes in a tenant's own portal, behind the product's back."""

from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from selfservice.simulator.clock import iso, iso_fine
from selfservice.simulator.control.routes import ControlError, body_of
from selfservice.simulator.directory.collection import Collection
from selfservice.simulator.directory.people import member
from selfservice.simulator.directory.policies import partner
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.identifiers import assignment_id, new_id
from selfservice.simulator.web import Visit, as_json


def show_tenant(visit: Visit) -> Response:
    """Give a tenant's own facts: policies, consents, habits."""
    tenant = _tenant(visit)
    return as_json(
        {
            "id": tenant.id,
            "name": tenant.name,
            "domains": tenant.domains,
            "policies": tenant.policies,
            "partners": tenant.partners,
            "consents": tenant.grants,
            "behaviour": tenant.behaviour.__dict__,
        }
    )


def change_tenant(visit: Visit) -> Response:
    """Change policies, partners, consents or habits of a tenant."""
    tenant, body = _tenant(visit), body_of(visit)
    steps: dict[str, Callable[[Tenant, Any], None]] = {
        "policies": _change_policies,
        "partners": _change_partners,
        "consents": _change_consents,
        "behaviour": _change_behaviour,
    }
    for name, value in body.items():
        if name not in steps:
            reason = f"unknown field: {name}"
            raise ControlError(reason)
        steps[name](tenant, value)
    tenant.save()
    return show_tenant(visit)


def _change_policies(tenant: Tenant, changes: Any) -> None:
    for name, values in changes.items():
        if name not in tenant.policies:
            reason = f"policies are {', '.join(tenant.policies)}"
            raise ControlError(reason)
        tenant.policies[name].update(values)


def _change_partners(tenant: Tenant, changes: Any) -> None:
    for key, values in changes.items():
        if values is None:
            tenant.partners.pop(key, None)
        else:
            tenant.partners[key] = {**partner(key), **tenant.partners.get(key, {}), **values}


def _change_consents(tenant: Tenant, changes: Any) -> None:
    for client, permissions in changes.items():
        if permissions is None:
            tenant.grants.pop(client, None)
        else:
            tenant.grants[client] = list(permissions)


def _change_behaviour(tenant: Tenant, changes: Any) -> None:
    for name, value in changes.items():
        if name not in tenant.behaviour.__dict__:
            reason = f"habits are {', '.join(tenant.behaviour.__dict__)}"
            raise ControlError(reason)
        setattr(tenant.behaviour, name, value)


def add_user(visit: Visit) -> Response:
    """Create a member of a tenant."""
    tenant, body = _tenant(visit), body_of(visit)
    user = member(
        body.pop("id", None) or new_id(),
        body.pop("mail"),
        body.pop("displayName"),
        visit.world.clock.now(),
    )
    user.update(body)
    tenant.users.add(user)
    visit.world.mail.open_mailbox(user["mail"])
    return as_json(user, 201)


def change_object(visit: Visit) -> Response:
    """Change any property of a user, group or service principal."""
    collection, key = _object(visit)
    changes = body_of(visit)
    admin = changes.pop("adminRole", None)
    overage = changes.pop("overage", None)
    for name, value in (("~adminRole", admin), ("~overage", overage)):
        if value is not None:
            changes[name] = value
    if set(changes) == {"signInActivity"}:
        collection.note(key, changes)
    else:
        collection.change(key, changes)
    return as_json(collection.live[key])


def show_object(visit: Visit) -> Response:
    """Give all that is known of a user, group or service principal."""
    collection, key = _object(visit)
    return as_json(collection.live[key])


def remove_object(visit: Visit) -> Response:
    """Delete an object: softly, or for good with `?hard=1`."""
    tenant = _tenant(visit)
    if visit.request.args.get("hard"):
        collection = _collection(visit)
        collection.purge(visit.args["key"])
        tenant.forget_links(visit.args["key"])
    else:
        collection, key = _object(visit)
        collection.remove(key, iso(visit.world.clock.now()))
    return Response(status=204)


def change_link(visit: Visit) -> Response:
    """Add or take away a member, owner, sponsor or manager."""
    tenant = _tenant(visit)
    links = tenant.relations[visit.args["relation"]]
    source, target = visit.args["key"], visit.args["target"]
    if visit.request.method == "PUT" and not links.has(source, target):
        links.add(source, target)
    elif visit.request.method == "DELETE" and links.has(source, target):
        links.remove(source, target)
    if visit.args["relation"] in ("members", "owners"):
        tenant.groups.touch(source, visit.args["relation"])
    return Response(status=204)


def add_assignment(visit: Visit) -> Response:
    """Give somebody an app role, named by app id and role value."""
    tenant, body = _tenant(visit), body_of(visit)
    app = tenant.principal_of(body["appId"])
    found = tenant.find_object(body["principalId"])
    if app is None or found is None:
        reason = "appId or principalId is not known"
        raise ControlError(reason, 404)
    role = next((role for role in app["appRoles"] if role["value"] == body["role"]), None)
    if role is None:
        reason = "the app has no such role"
        raise ControlError(reason, 404)
    kind, principal = found
    row: Properties = {
        "id": assignment_id(),
        "deletedDateTime": None,
        "appRoleId": role["id"],
        "createdDateTime": iso_fine(visit.world.clock.now()),
        "principalDisplayName": principal["displayName"],
        "principalId": principal["id"],
        "principalType": "Group" if kind == "groups" else "User",
        "resourceDisplayName": app["displayName"],
        "resourceId": app["id"],
    }
    tenant.assignments.add(row)
    return as_json(row, 201)


def remove_assignment(visit: Visit) -> Response:
    """Take an app role away by the assignment's id."""
    tenant = _tenant(visit)
    if visit.args["key"] not in tenant.assignments.items:
        reason = "no such assignment"
        raise ControlError(reason, 404)
    tenant.assignments.remove(visit.args["key"])
    return Response(status=204)


def list_assignments(visit: Visit) -> Response:
    """List every app role assignment of a tenant."""
    return as_json({"assignments": list(_tenant(visit).assignments.items.values())})


def reset_delta(visit: Visit) -> Response:
    """Make every delta token of a tenant demand a full resync."""
    for collection in _tenant(visit).collections.values():
        collection.epoch += 1
    return Response(status=204)


def _tenant(visit: Visit) -> Tenant:
    tenant = visit.world.anywhere(visit.args["tenant"])
    if tenant is None:
        reason = "no such tenant"
        raise ControlError(reason, 404)
    return tenant


def _collection(visit: Visit) -> Collection:
    return _tenant(visit).collections[visit.args["kind"]]


def _object(visit: Visit) -> tuple[Collection, str]:
    collection = _collection(visit)
    if visit.args["key"] not in collection.live:
        reason = "no such object"
        raise ControlError(reason, 404)
    return collection, visit.args["key"]
