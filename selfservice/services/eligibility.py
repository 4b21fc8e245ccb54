"""Eligibility: may this person ask this, for this guest, with this sponsor, until then? Each no has its own name."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor, PersonRef
from selfservice.model.address import AddressRefused, domain_of, invitable
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.directory import UserType
from selfservice.model.guest import Guest
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.refusal import NotAllowed, Refused
from selfservice.model.request import OPEN_STATES, AccessRequest


class EndDateRefused(Refused):
    """The end date is in the past, or later than the package allows."""


class SponsorRefused(Refused):
    """The person cannot be the sponsor."""


class TextRefused(Refused):
    """A text is missing, too long, or holds characters that have no place in it."""


class DuplicateRequest(Refused):
    """There is an open request for the same guest and package; `request_id` is set where it is the asker's own."""

    def __init__(self, cause: str, *, next_step: str, owner: str, request_id: str | None) -> None:
        super().__init__(cause, next_step=next_step, owner=owner)
        self.request_id = request_id


class AlreadyHolds(Refused):
    """The guest holds the package already; `assignment_id` is set where the asker may extend that access."""

    def __init__(self, cause: str, *, next_step: str, owner: str, assignment_id: str | None) -> None:
        super().__init__(cause, next_step=next_step, owner=owner)
        self.assignment_id = assignment_id


@dataclass(frozen=True, kw_only=True)
class Beneficiary:
    """Whom the access is for, as the invitation will name them. A guest from outside has no name until someone gives
    it.
    """

    address: str
    name: str = ""
    company: str = ""


def asker(tx: Session, by: Actor) -> Person:
    """Return the asking employee as the mirror knows them."""
    person = tx.get(Person, (by.tenant_id, by.object_id))
    if person is None or not person.active:
        raise NotAllowed(
            "Your account is not known here any more.",
            next_step="Sign in again.",
            owner="Your organisation",
        )
    return person


def beneficiary(
    tx: Session,
    settings: Settings,
    for_self: bool,
    guest_address: str,
    *,
    package: AccessPackage,
    by: Actor,
) -> Beneficiary:
    """Return whom the access is for, or refuse where the package or the address does not allow it."""
    if (for_self and not package.for_self) or (not for_self and not package.for_others):
        whom = "yourself" if for_self else "somebody else"
        raise NotAllowed(f"{package.name} cannot be asked for {whom}.", owner=package.owner_name)
    resource = settings.tenant_by_id(package.tenant_id)
    if for_self:
        person, home = asker(tx, by), settings.tenant_by_id(by.tenant_id)
        address = person.user_principal_name or person.mail or ""
        return Beneficiary(
            address=invitable(address),
            name=person.display_name,
            company=home.name if home else "",
        )
    address = invitable(guest_address)
    if resource is not None and domain_of(address) in resource.domains:
        raise AddressRefused(
            f"That address belongs to {resource.name} itself, so its holder needs no invitation.",
            next_step=f"Ask {package.owner_name} to give them access directly.",
            owner=package.owner_name,
        )
    return Beneficiary(address=address)


def sponsor(tx: Session, chosen: PersonRef | None, *, by: Actor, asker: Person) -> Person:
    """Return who will answer for the guest: the asker, or another active employee of the same home tenant."""
    if chosen is None or chosen == by.ref:
        return asker
    person = tx.get(Person, (chosen.tenant_id, chosen.object_id)) if chosen.tenant_id == by.tenant_id else None
    if person is None or not person.active or person.user_type is UserType.GUEST:
        raise SponsorRefused(
            "The sponsor must be an active employee of your own organisation.",
            next_step="Choose somebody else, or be the sponsor yourself.",
            owner="You",
        )
    return person


def not_new(
    tx: Session, package: AccessPackage, guest_key: str, *, by: Actor, extends_id: str | None = None
) -> Iterator[Refused]:
    """Yield that the guest has asked for the same package already, or holds it, unless just that is to be extended."""
    open_one = tx.scalar(
        select(AccessRequest).where(
            AccessRequest.package_id == package.id,
            AccessRequest.guest_key == guest_key,
            AccessRequest.state.in_(OPEN_STATES),
        )
    )
    if open_one is not None:
        mine = by.ref in (open_one.requestor, open_one.sponsor)
        yield DuplicateRequest(
            f"There is an open request for {package.name} and this guest already.",
            next_step="Look at that request." if mine else "Wait until it is decided.",
            owner="You" if mine else package.owner_name,
            request_id=open_one.id if mine else None,
        )
    held = tx.scalar(
        select(Assignment)
        .join(Guest, Guest.id == Assignment.guest_id)
        .where(
            Assignment.package_id == package.id,
            Assignment.state == AssignmentState.ACTIVE,
            Guest.address_key == guest_key,
        )
    )
    if held is not None and held.id != extends_id:
        origin = tx.get_one(AccessRequest, held.request_id)
        mine = by.ref in (held.sponsor, origin.requestor)
        yield AlreadyHolds(
            f"This guest holds {package.name} already.",
            next_step="Extend that access." if mine else "Nothing is left to ask.",
            owner="You",
            assignment_id=held.id if mine else None,
        )


def end_date(chosen: date, *, package: AccessPackage, today: date, longest: int) -> date:
    """Return the end date, or refuse one that is past, or further away than the longest days of the package."""
    latest = today + timedelta(days=longest)
    if chosen <= today:
        raise EndDateRefused(
            "The end date must be after today.",
            next_step="Choose a later day.",
            owner="You",
        )
    if chosen > latest:
        raise EndDateRefused(
            f"{package.name} is given for at most {longest} days.",
            next_step=f"Choose a day up to {latest.isoformat()}.",
            owner="You",
        )
    return chosen


def justification(text: str) -> str:
    """Return the reason, or refuse where there is none."""
    reason = clean_text(text, what="justification", longest=1000)
    if not reason:
        raise TextRefused(
            "A justification is missing.",
            next_step="Say in a sentence what the access is for.",
            owner="You",
        )
    return reason


def clean_line(text: str, *, what: str, longest: int) -> str:
    """Return a text of one line without control characters."""
    line = " ".join(text.split())
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in line):
        raise TextRefused(
            f"The {what} holds characters that have no place in it.",
            next_step="Type it again.",
            owner="You",
        )
    return _short_enough(line, what=what, longest=longest)


def clean_text(text: str, *, what: str, longest: int) -> str:
    """Return a text of several lines without other control characters."""
    lines = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") and character not in "\n\t" for character in lines):
        raise TextRefused(
            f"The {what} holds characters that have no place in it.",
            next_step="Type it again.",
            owner="You",
        )
    return _short_enough(lines, what=what, longest=longest)


def _short_enough(text: str, *, what: str, longest: int) -> str:
    if len(text) > longest:
        raise TextRefused(
            f"The {what} is longer than {longest} characters.",
            next_step="Shorten it.",
            owner="You",
        )
    return text
