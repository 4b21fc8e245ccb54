"""The paths and bodies of references: the one place that builds them.

A DELETE of a reference without its last segment deletes the object at the other end (a sponsor, a member) instead of
the link to it. So nobody else writes that segment, and every id in here is a checked GUID.
https://learn.microsoft.com/graph/api/user-delete-sponsors https://learn.microsoft.com/graph/api/group-delete-members
"""

from collections.abc import Mapping

from selfservice.entra.paths import guid

LINK = "$ref"


def members(group_id: str) -> str:
    """Return where a member is added to a group."""
    return f"/groups/{guid(group_id)}/members/{LINK}"


def member(group_id: str, user_id: str) -> str:
    """Return the link between a group and one of its members."""
    return f"/groups/{guid(group_id)}/members/{guid(user_id)}/{LINK}"


def sponsors(user_id: str) -> str:
    """Return where a sponsor is added to a guest."""
    return f"/users/{guid(user_id)}/sponsors/{LINK}"


def sponsor(user_id: str, sponsor_id: str) -> str:
    """Return the link between a guest and one of its sponsors."""
    return f"/users/{guid(user_id)}/sponsors/{guid(sponsor_id)}/{LINK}"


def to_object(base: str, object_id: str) -> Mapping[str, str]:
    """Return a body that names any object of the directory; `base` is Graph's address in the tenant's own cloud."""
    return {"@odata.id": f"{base}/directoryObjects/{guid(object_id)}"}


def to_user(base: str, user_id: str) -> Mapping[str, str]:
    """Return a body that names a user."""
    return {"@odata.id": f"{base}/users/{guid(user_id)}"}


def to_group(base: str, group_id: str) -> Mapping[str, str]:
    """Return a body that names a group."""
    return {"@odata.id": f"{base}/groups/{guid(group_id)}"}
