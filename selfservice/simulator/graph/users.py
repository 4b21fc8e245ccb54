"""Users: lists, single reads, changes and soft deletion."""

import re
from datetime import timedelta
from typing import TypeAlias

from selfservice.simulator.clock import iso, parse_iso
from selfservice.simulator.directory.shapes import (
    LIST_VALUED,
    USER_PROPERTIES,
    USER_WRITABLE,
    Properties,
    shown,
)
from selfservice.simulator.graph.call import Answer, Call, done, route
from selfservice.simulator.graph.delta import delta
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.options import Options, read_options, selection
from selfservice.simulator.graph.paging import counted, listed
from selfservice.simulator.graph.permissions import (
    ADMIN_OVER_ADMINS,
    READ_LEAVING,
    READ_LOGS,
    READ_USERS,
    WRITE_USERS,
)
from selfservice.simulator.graph.references import existing, objects, typed

_ADMIN_FIELDS = frozenset(("accountEnabled", "otherMails", "mobilePhone", "businessPhones"))
_EXPAND = re.compile(r"(manager|sponsors)(?:\(([^()]*)\))?")


def list_users(call: Call) -> Answer:
    """List users. https://learn.microsoft.com/graph/api/user-list"""
    options = read_options(call, "users")
    _check_activity(call, options.names)
    answer = listed(call, "users", call.tenant.users, options)
    expands = _expansions(call)
    for item in (answer.body or {}).get("value", []) if expands else []:
        _expand(call, item, expands)
    return answer


def count_users(call: Call) -> Answer:
    """Count users. https://learn.microsoft.com/graph/api/user-list"""
    if not call.advanced:
        raise refuse("count-header")
    # The path is itself the count that advanced filters ask for.
    call.query = {**call.query, "$count": "true"}
    options: Options = read_options(call, "users")
    number = counted(call, call.tenant.users, options)
    return Answer(text=str(number))


def get_user(call: Call) -> Answer:
    """Get a user. https://learn.microsoft.com/graph/api/user-get"""
    user = existing(call, "users", call["id"])
    names = selection(call, "users")
    _check_activity(call, names)
    selected = "$select" in call.query
    context = f"users({','.join(names)})/$entity" if selected else "users/$entity"
    body = {"@odata.context": call.context(context), **shown(user, names)}
    _expand(call, body, _expansions(call))
    return Answer(body=body)


def change_user(call: Call) -> Answer:
    """Update a user. https://learn.microsoft.com/graph/api/user-update"""
    user = existing(call, "users", call["id"])
    changes = call.json()
    for name, value in changes.items():
        _check_change(name, value)
    if user.get("~adminRole") and _ADMIN_FIELDS & set(changes):
        _need_admin(call)
    call.tenant.users.change(user["id"], changes)
    call.effect = f"user {user['id']} changed: {', '.join(sorted(changes))}"
    return done()


def delete_user(call: Call) -> Answer:
    """Delete a user. https://learn.microsoft.com/graph/api/user-delete"""
    user = existing(call, "users", call["id"])
    remove_user(call, user)
    return done()


def remove_user(call: Call, user: Properties) -> None:
    """Delete a user softly, as DELETE does under whatever path it reaches the user."""
    if not call.may(*WRITE_USERS):
        raise refuse("denied")
    if user.get("~adminRole"):
        _need_admin(call)
    call.tenant.users.remove(user["id"], iso(call.world.clock.now()))
    call.effect = f"user {user['id']} deleted"


def revoke_sessions(call: Call) -> Answer:
    """Revoke sign-in sessions. https://learn.microsoft.com/graph/api/user-revokesigninsessions"""
    user = existing(call, "users", call["id"])
    at = iso(call.world.clock.now() - timedelta(seconds=1))
    call.tenant.users.change(user["id"], {"signInSessionsValidFromDateTime": at})
    call.effect = f"sessions of user {user['id']} revoked"
    return Answer(body={"@odata.context": call.context("Edm.Boolean"), "value": True})


def users_delta(call: Call) -> Answer:
    """Follow changes of users. https://learn.microsoft.com/graph/api/user-delta"""
    return delta(call, "users", call.tenant.users)


def _need_admin(call: Call) -> None:
    if not call.may(*ADMIN_OVER_ADMINS):
        raise refuse("denied")


def _check_change(name: str, value: object) -> None:
    if name not in USER_PROPERTIES:
        raise refuse("property-unknown", name=name, type="user")
    if name not in USER_WRITABLE:
        raise refuse("property-read-only", name=name)
    wrong = (
        (name == "accountEnabled" and not isinstance(value, bool))
        or (name == "userType" and value not in ("Member", "Guest"))
        or (name in LIST_VALUED and not isinstance(value, list))
        or (name not in LIST_VALUED and isinstance(value, list))
        or value == ""
    )
    if wrong or (name == "employeeLeaveDateTime" and value and not _is_time(value)):
        raise refuse("property-value", name=name, type="User")


def _is_time(value: object) -> bool:
    try:
        parse_iso(str(value))
    except ValueError:
        return False
    return True


def _check_activity(call: Call, names: tuple[str, ...]) -> None:
    if "employeeLeaveDateTime" in names and not call.may(*READ_LEAVING):
        raise refuse("denied")
    wanted = "signInActivity" in names or "signInActivity" in call.query.get("$filter", "")
    if not wanted:
        return
    if not call.may(*READ_LOGS):
        raise refuse("denied")
    if call.tenant.behaviour.licence == "free":
        raise refuse("license")


_Expansions: TypeAlias = list[tuple[str, tuple[str, ...], bool]]


def _expansions(call: Call) -> _Expansions:
    asked = call.query.get("$expand", "").strip()
    found: _Expansions = []
    for relation, inner in _EXPAND.findall(asked):
        settings = dict(part.strip().split("=", 1) for part in inner.split(";") if "=" in part)
        names = tuple(n.strip() for n in settings.get("$select", "").split(",") if n.strip())
        whole_chain = settings.get("$levels") == "max"
        if whole_chain and not call.advanced:
            raise refuse("expand-unknown", name="$levels")
        found.append((relation, names, whole_chain))
    if asked and not found:
        raise refuse("expand-unknown", name=asked)
    return found


def _expand(call: Call, item: Properties, expansions: _Expansions) -> None:
    for relation, names, whole_chain in expansions:
        targets = objects(call, call.tenant.relations[relation].of(item["id"]))
        shapes = [typed(call, kind, target, names) for kind, target in targets]
        if relation == "sponsors":
            item["sponsors"] = shapes
        elif shapes:
            item["manager"] = shapes[0]
            if whole_chain and len(shapes[0].get("id", "")):
                _expand(call, shapes[0], [(relation, names, True)])


ROUTES = (
    route("GET /users", list_users, READ_USERS, units=2),
    route("GET /users/$count", count_users, READ_USERS),
    route("GET /users/delta", users_delta, READ_USERS),
    route("GET /users/delta()", users_delta, READ_USERS),
    route("GET /users/{id}", get_user, READ_USERS),
    route("PATCH /users/{id}", change_user, WRITE_USERS),
    route("DELETE /users/{id}", delete_user, WRITE_USERS),
    route("POST /users/{id}/revokeSignInSessions", revoke_sessions, WRITE_USERS),
)
