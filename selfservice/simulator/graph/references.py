"""References between objects: reading `@odata.id`, and showing the objects at the other end."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from selfservice.simulator.directory.shapes import DEFAULTS, KINDS, Properties, shown
from selfservice.simulator.graph.call import Call
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.permissions import READ_APPS, READ_GROUPS, READ_USERS

_PATH = re.compile(r"/(?:v1\.0|beta)/(directoryObjects|users|groups|servicePrincipals)/([^/]+)", re.IGNORECASE)
_READERS = {"users": READ_USERS, "groups": READ_GROUPS, "servicePrincipals": READ_APPS}


def referenced(call: Call, value: Any) -> tuple[str, Properties]:
    """Find the object an `@odata.id` points at; it must carry the host of this call."""
    if not isinstance(value, str) or not value:
        raise refuse("reference-missing")
    parts = urlsplit(value)
    found = _PATH.fullmatch(unquote(parts.path))
    if found is None or parts.netloc.lower() != urlsplit(call.root).netloc.lower():
        raise refuse("reference-host", value=value)
    kind, key = found.groups()
    target = call.tenant.find_object(key.lower())
    if target is None or kind.lower() not in ("directoryobjects", target[0].lower()):
        raise refuse("not-found", id=key)
    return target


def existing(call: Call, kind: str, key: str) -> Properties:
    """Find an object that the path names, or answer that it does not exist."""
    if kind == "users":
        found = call.tenant.find_user(key) or call.tenant.find_user(key.lower())
    else:
        found = call.tenant.collections[kind].get(key.lower())
    if found is None:
        raise refuse("not-found", id=key)
    return found


def typed(call: Call, kind: str, item: Properties, names: tuple[str, ...] = ()) -> Properties:
    """Show an object among others of several types; what the token may not read stays null."""
    chosen = names or DEFAULTS[kind]
    readable = call.may(*_READERS[kind])
    seen = item if readable else {"id": item["id"]}
    return {"@odata.type": f"#microsoft.graph.{KINDS[kind]}", **shown(seen, chosen)}


def objects(call: Call, keys: list[str]) -> list[tuple[str, Properties]]:
    """Find the live objects of these ids, leaving out what is deleted."""
    found = (call.tenant.find_object(key) for key in keys)
    return [target for target in found if target is not None]


def chosen_names(call: Call) -> tuple[str, ...]:
    """Name the properties asked for, without a check against one type."""
    asked = call.query.get("$select", "")
    names = tuple(name.strip() for name in asked.split(",") if name.strip())
    return names if not names or "id" in names else (*names, "id")
