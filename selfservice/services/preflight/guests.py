"""The guest: whether the resource tenant knows them already, how they come in, and which mail goes out."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.config.settings import Tenant
from selfservice.model.crossing.finding import Level
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.services.preflight.card import PreflightLine, note, well


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the resource tenant knows of a guest: nothing, or the user object that is there."""

    person: Person | None = None

    @property
    def is_member(self) -> bool:
        """Whether the address is an employee's of the tenant itself."""
        person = self.person
        return person is not None and person.user_type is UserType.MEMBER and person.creation_type != "Invitation"

    @property
    def needs_invitation(self) -> bool:
        """Whether an invitation will be sent: the guest is not there yet, or has not accepted one."""
        return self.person is None or self.person.redemption_state is RedemptionState.PENDING


def known_guest(tx: Session, request: AccessRequest) -> Known:
    """Return what the resource tenant knows of whom the access is for: by address, or as the guest we made of them."""
    if not request.guest_key:
        return Known()
    by_address = tx.scalar(
        select(Person).where(
            Person.tenant_id == request.tenant_id,
            Person.mail_key == request.guest_key,
            Person.removed_at.is_(None),
        )
    )
    return Known(person=by_address or _made_before(tx, request))


def _made_before(tx: Session, request: AccessRequest) -> Person | None:
    ours = tx.scalar(
        select(Guest.object_id).where(Guest.tenant_id == request.tenant_id, Guest.address_key == request.guest_key)
    )
    person = tx.get(Person, (request.tenant_id, ours)) if ours else None
    return person if person is not None and person.removed_at is None else None


def guest_lines(request: AccessRequest, tenant: Tenant, known: Known, *, sender: str) -> tuple[PreflightLine, ...]:
    """Return how the guest comes in, and which mail goes out."""
    owner = tenant.help_contact or f"An admin of {tenant.name}"
    who = "you" if request.for_self else "the guest"
    person = known.person
    if known.is_member:
        text = f"{tenant.name} has a member with this address, who needs no invitation."
        return (_stopped(text, owner=owner, next_step="Ask them to give the access directly."),)
    if person is not None and not person.enabled:
        text = f"This guest exists in {tenant.name}, but sign-in is blocked for them."
        return (_stopped(text, owner=owner, next_step="Ask them to unblock the guest first."),)
    if person is None:
        come = "come" if request.for_self else "comes"
        new = f"{tenant.name} does not know {who} yet: {who} {come} in as a guest, by an invitation"
        return (well(f"{new} from {sender} to {request.guest_address}. Microsoft itself sends none."),)
    if known.needs_invitation:
        again = f"Invited to {tenant.name} before, but not accepted: a fresh link is mailed"
        return (note(f"{again} from {sender} to {request.guest_address}, and the old one ends."),)
    kind = "guest" if person.user_type is UserType.GUEST else "member from outside"
    are = "are" if request.for_self else "is"
    already = f"{who.capitalize()} {are} a {kind} of {tenant.name} already: no invitation"
    return (well(f"{already}, and one mail that says that the access is there."),)


def _stopped(text: str, *, owner: str, next_step: str) -> PreflightLine:
    return PreflightLine(level=Level.STOP, text=text, owner=owner, next_step=next_step)
