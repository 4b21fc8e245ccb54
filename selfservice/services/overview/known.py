"""What the resource tenant, and only that one, knows of a guest already."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.address import domain_of
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.services.overview import standing
from selfservice.services.overview.decision_rows import KnownGuest


def known_guest(tx: Session, settings: Settings, request: AccessRequest) -> KnownGuest:
    """Return what is known of the guest: by the object that we ensured, else by address."""
    guest = tx.scalars(
        select(Guest)
        .where(Guest.tenant_id == request.tenant_id, Guest.address_key == request.guest_key)
        .order_by(Guest.ensured_at.desc())
        .limit(1)
    ).first()
    person = _person(tx, request, guest)
    domain = domain_of(request.guest_address)
    shown = shown_domain(domain)
    home = next((tenant for tenant in settings.tenants.values() if domain in tenant.domains), None)
    return KnownGuest(
        exists=guest is not None or person is not None,
        display_name=(person.display_name if person else "") or (guest.display_name if guest else ""),
        redemption=standing.of_invitation(guest, person),
        enabled=person.enabled if person else True,
        domain=domain,
        ascii_domain_differs=shown != domain,
        shown_domain=shown,
        is_home_domain_of=home.name if home and home.is_home else "",
        holds=_holds(tx, guest) if guest else (),
    )


def _person(tx: Session, request: AccessRequest, guest: Guest | None) -> Person | None:
    query = select(Person).where(Person.tenant_id == request.tenant_id, Person.removed_at.is_(None))
    if guest is not None:
        query = query.where(Person.object_id == guest.object_id)
    else:
        query = query.where(Person.mail_key == request.guest_key).order_by(Person.object_id)
    return tx.scalars(query.limit(1)).first()


def _holds(tx: Session, guest: Guest) -> tuple[str, ...]:
    held = select(Assignment.package_name).where(
        Assignment.guest_id == guest.id,
        Assignment.tenant_id == guest.tenant_id,
        Assignment.state == AssignmentState.ACTIVE,
    )
    return tuple(sorted(tx.scalars(held)))


def shown_domain(domain: str) -> str:
    """Return a domain as people would read it, where it is written in ASCII for machines."""
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain
