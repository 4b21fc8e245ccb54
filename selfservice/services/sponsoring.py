"""Sponsoring: who answers for a guest: the sponsors of the accesses that run, and those named for the guest.

An employee who asked for themself does not answer for their own guest object: the owner of the access package does.
Where nobody named is active any more, the owners of the access packages answer meanwhile, so that no guest goes dark.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind, PersonRef
from selfservice.model.assignment import Assignment
from selfservice.model.guest import Guest
from selfservice.model.package import AccessPackage, Party, PartyKind
from selfservice.model.person import Person
from selfservice.model.sponsor import GuestSponsor
from selfservice.services import finding, posting
from selfservice.services.foreseeing import RUNNING
from selfservice.services.posting import Recipient
from selfservice.services.runtime import Runtime


def sponsors_of(tx: Session, guest: Guest) -> tuple[PersonRef, ...]:
    """Return the active employees who answer for the guest; where none is left, the owners of their access."""
    named = dict.fromkeys(person.ref for person in _named(tx, guest))
    return tuple(named) or owners_of(tx, guest)


def has_named(tx: Session, guest: Guest) -> bool:
    """Say whether anybody named for the guest is there."""
    return next(_named(tx, guest), None) is not None


def owners_of(tx: Session, guest: Guest) -> tuple[PersonRef, ...]:
    """Return the active owners of what the guest holds, or held last."""
    found = (person for package in packages_of(tx, guest) for person in _owner(tx, package))
    return tuple(dict.fromkeys(person.ref for person in found))


def answers_for(tx: Session, guest: Guest, *, by: Actor) -> bool:
    """Say whether the actor answers for the guest now."""
    return by.kind is ActorKind.PERSON and by.ref in sponsors_of(tx, guest)


def recipients(tx: Session, rt: Runtime, guest: Guest) -> list[Recipient]:
    """Return who is told of the guest: whoever answers for them, or else the tenant's help contact."""
    people = [to for ref in sponsors_of(tx, guest) if (to := posting.person(tx, ref)) is not None]
    contact = posting.help_contact(rt.settings, guest.tenant_id)
    return people or ([contact] if contact is not None else [])


def packages_of(tx: Session, guest: Guest) -> list[AccessPackage]:
    """Return the access packages that the guest holds; where there are none, the one that they held last."""
    query = select(AccessPackage).join(Assignment, Assignment.package_id == AccessPackage.id)
    running = query.where(Assignment.guest_id == guest.id, Assignment.state.in_(RUNNING))
    found = list(tx.scalars(running.order_by(Assignment.starts_at, Assignment.id)))
    if found:
        return found
    before = query.where(Assignment.guest_id == guest.id).order_by(Assignment.starts_at.desc(), Assignment.id).limit(1)
    return list(tx.scalars(before))


def rows_of(tx: Session, guest: Guest) -> list[GuestSponsor]:
    """Return the sponsors named for the guest, the longest first."""
    query = select(GuestSponsor).where(GuestSponsor.guest_id == guest.id)
    return list(tx.scalars(query.order_by(GuestSponsor.since, GuestSponsor.id)))


def _named(tx: Session, guest: Guest) -> Iterator[Person]:
    running = select(Assignment).where(Assignment.guest_id == guest.id, Assignment.state.in_(RUNNING))
    for assignment in tx.scalars(running.order_by(Assignment.starts_at, Assignment.id)):
        if is_own(guest, assignment.sponsor):
            yield from _owner(tx, tx.get_one(AccessPackage, assignment.package_id))
        else:
            yield from _active(tx, [(assignment.sponsor, PartyKind.PERSON)])
    rows = rows_of(tx, guest)
    yield from _active(tx, [(row.ref, row.kind) for row in rows if not is_own(guest, row.ref)])


def is_own(guest: Guest, person: PersonRef) -> bool:
    """Say whether the guest object is this person's own."""
    return (guest.home_tenant_id, guest.home_object_id) == (person.tenant_id, person.object_id)


def _active(tx: Session, sponsors: Iterable[tuple[PersonRef, PartyKind]]) -> Iterator[Person]:
    for ref, kind in sponsors:
        party = Party(kind=kind, object_id=ref.object_id, name="")
        yield from (person for person, _because in finding.party(tx, ref.tenant_id, party, ""))


def _owner(tx: Session, package: AccessPackage) -> Iterator[Person]:
    yield from (person for person, _because in finding.party(tx, package.tenant_id, package.owner, ""))
