"""Choosing: what an admin writes into a package is taken as text, or looked up in the mirror of that one tenant;
everything else is refused with its reason.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from selfservice.model.application import Application
from selfservice.model.catalog import Catalog
from selfservice.model.directory import UserType
from selfservice.model.group import Group
from selfservice.model.package import Party, PartyKind, ResourceRole, RoleKind
from selfservice.model.person import Person
from selfservice.model.publishing import NotPublishable, why_group_is_unsafe, why_role_is_unsafe
from selfservice.model.questions import Question
from selfservice.model.refusal import Refused
from selfservice.services import questioning, tagging
from selfservice.services.eligibility import TextRefused, clean_line, clean_text

LONGEST_HOLD = 365
HIGHEST_RISK = 3
PORT_OF_HTTPS = 443


class UnknownInDirectory(Refused):
    """The tenant's directory has no such thing, as far as its mirror knows."""


class DaysRefused(Refused):
    """The longest time to hold a package is not between a day and a year."""


class NoDoor(Refused):
    """The package could be asked for by nobody."""


class RiskRefused(Refused):
    """The risk of a package is not one of the four."""


class TagRefused(Refused):
    """A tag is written wrongly, or makes nothing stricter."""


class LaunchAddressRefused(Refused):
    """The launch link leads where guests must not be sent."""


def name(text: str) -> str:
    """Return a package's name, or refuse where there is none."""
    line = clean_line(text, what="name", longest=120)
    if not line:
        raise TextRefused("A name is missing.", next_step="Name what the package gives access to.", owner="You")
    return line


def description(text: str) -> str:
    """Return a package's description."""
    return clean_text(text, what="description", longest=2000)


def days(number: int) -> int:
    """Return for how many days a package is given at most."""
    if not 1 <= number <= LONGEST_HOLD:
        raise DaysRefused(
            f"An access package is given for 1 to {LONGEST_HOLD} days.",
            next_step="Choose a number in between.",
            owner="You",
        )
    return number


def doors(*, for_self: bool, for_others: bool) -> tuple[bool, bool]:
    """Return whom a package can be asked for: at least one of the asker and a guest."""
    if not (for_self or for_others):
        raise NoDoor(
            "Nobody could ask for this access package.",
            next_step="Open it for employees themselves, for guests, or for both.",
            owner="You",
        )
    return for_self, for_others


def risk(number: int) -> int:
    """Return how much a package could harm in the wrong hands: 0 (none) to 3 (high)."""
    if not 0 <= number <= HIGHEST_RISK:
        raise RiskRefused(
            f"The risk of an access package is 0 to {HIGHEST_RISK}.", next_step="Choose one of them.", owner="You"
        )
    return number


def catalog(tx: Session, tenant_id: str, catalog_id: str | None) -> str | None:
    """Return the id of a catalog of the tenant, or None for a package of the tenant's own."""
    if not catalog_id:
        return None
    found = tx.get(Catalog, catalog_id)
    if found is None or found.tenant_id != tenant_id:
        raise _unknown("catalog")
    return found.id


def tags(tx: Session, tenant_id: str, named: Sequence[str]) -> list[str]:
    """Return the tags of a package in order; one that makes nothing stricter here would only look like it does."""
    known = tagging.tags_of(tx, tenant_id)
    wanted = sorted({tag.strip().casefold() for tag in named if tag.strip()})
    for tag in wanted:
        if tag not in known:
            raise TagRefused(
                f"No tag “{tag}” is known here.",
                next_step=f"Choose among {', '.join(sorted(known))}, or say first what it makes stricter.",
                owner="You",
            )
    return wanted


def questions(asked: Sequence[Question]) -> list[object]:
    """Return the questions of a package as they are kept, or refuse the one that is wrong."""
    data = questioning.questions_to_data(asked)
    return questioning.questions_to_data(questioning.questions_from_data(data))


def launch_address(text: str, *, allowed: Sequence[str]) -> str:
    """Return the address that guests are sent to: https, and one of the allowed hosts where any are named."""
    address = text.strip()
    if not address:
        return ""
    host = _https_host(address)
    if host is None:
        raise LaunchAddressRefused(
            "The launch link is not a plain https address.",
            next_step="Write it as https://host/path.",
            owner="You",
        )
    if allowed and host not in {each.casefold() for each in allowed}:
        raise LaunchAddressRefused(
            f"Guests may not be sent to {host}.",
            next_step="Choose an address at an allowed host, or have the host allowed in the settings.",
            owner="Whoever runs this installation",
        )
    return address


def resource_role(tx: Session, tenant_id: str, kind: RoleKind, resource_id: str, role_id: str | None) -> ResourceRole:
    """Return the role with its names, or refuse one that does not exist there or must never be given."""
    if kind is RoleKind.GROUP:
        return _group_role(tx, tenant_id, resource_id)
    return _app_role(tx, tenant_id, resource_id, role_id)


def party(tx: Session, tenant_id: str, kind: PartyKind, object_id: str) -> Party:
    """Return the active employee or the group with its name."""
    if kind is PartyKind.GROUP:
        group = tx.get(Group, (tenant_id, object_id))
        if group is None or group.removed_at is not None:
            raise _unknown("group")
        return Party(kind=kind, object_id=group.object_id, name=group.display_name)
    person = tx.get(Person, (tenant_id, object_id))
    if person is None or not person.active or person.user_type is UserType.GUEST:
        raise _unknown("active employee")
    return Party(kind=kind, object_id=person.object_id, name=person.display_name)


def _https_host(address: str) -> str | None:
    if len(address) > 2000 or "\\" in address or any(ord(each) <= 32 or ord(each) == 127 for each in address):
        return None
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    plain = parts.username is None and parts.password is None and port in (None, PORT_OF_HTTPS)
    return parts.hostname if parts.scheme == "https" and plain and parts.hostname else None


def _group_role(tx: Session, tenant_id: str, group_id: str) -> ResourceRole:
    group = tx.get(Group, (tenant_id, group_id))
    if group is None:
        raise _unknown("group")
    _ensure_safe(why_group_is_unsafe(group), group.display_name)
    return ResourceRole(kind=RoleKind.GROUP, resource_id=group.object_id, resource_name=group.display_name)


def _app_role(tx: Session, tenant_id: str, application_id: str, role_id: str | None) -> ResourceRole:
    application = tx.get(Application, (tenant_id, application_id))
    role = next((each for each in application.roles if each.role_id == role_id), None) if application else None
    if application is None or role is None:
        raise _unknown("app role")
    role_name = role.display_name or role.value or "a role"
    _ensure_safe(why_role_is_unsafe(application, role), f"{role_name} in {application.display_name}")
    return ResourceRole(
        kind=RoleKind.APP_ROLE,
        resource_id=application.object_id,
        role_id=role.role_id,
        resource_name=application.display_name,
        role_name=role_name,
    )


def _ensure_safe(unsafe: str | None, what: str) -> None:
    if unsafe:
        raise NotPublishable(
            f"{what} cannot be given: {unsafe}",
            next_step="Take it out of the access package.",
            owner="You",
        )


def _unknown(what: str) -> UnknownInDirectory:
    return UnknownInDirectory(
        f"The directory has no such {what}.",
        next_step="Choose again; what was created a moment ago appears within a minute.",
        owner="You",
    )
