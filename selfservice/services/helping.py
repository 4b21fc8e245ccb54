"""Helping: who may look at a guest's redemption, and who may do something about it.

Whoever answers for the guest, whoever asked for their access, and an admin of the resource tenant may do; an auditor
there may look.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind, PersonRef, Role
from selfservice.model.application import RoleHolder
from selfservice.model.assignment import Assignment
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest
from selfservice.services import authority, finding, sponsoring
from selfservice.services.proposing import Asked
from selfservice.services.runtime import Runtime


def guest_to_see(tx: Session, rt: Runtime, guest_id: str, *, by: Actor) -> Guest:
    """Return a guest whose redemption the actor may look at."""
    guest = tx.get(Guest, guest_id)
    if guest is None or not (may_help(tx, rt, guest, by=by) or authority.oversees(rt.settings, guest.tenant_id, by=by)):
        raise NotFound
    return guest


def guest_to_help(tx: Session, rt: Runtime, guest_id: str, *, by: Actor) -> Guest:
    """Return a guest whom the actor may help to redeem, locked."""
    guest = tx.get(Guest, guest_id, with_for_update=True)
    if guest is None or not may_help(tx, rt, guest, by=by):
        raise NotFound
    return guest


def guest_to_change(tx: Session, rt: Runtime, guest_id: str, *, by: Actor) -> Guest:
    """Return a guest for whom the actor may ask a change that others must agree to: as sponsor or admin, locked."""
    guest = tx.get(Guest, guest_id, with_for_update=True)
    if guest is None or not may_change(tx, rt, guest, by=by):
        raise NotFound
    return guest


def may_help(tx: Session, rt: Runtime, guest: Guest, *, by: Actor) -> bool:
    """Say whether the actor may send this guest a fresh link, and have the directory asked about them."""
    return may_change(tx, rt, guest, by=by) or has_asked(tx, guest, by=by)


def may_change(tx: Session, rt: Runtime, guest: Guest, *, by: Actor) -> bool:
    """Say whether the actor may ask that this guest redeems anew, or is treated otherwise."""
    return sponsoring.answers_for(tx, guest, by=by) or authority.administers(rt.settings, guest.tenant_id, by=by)


def has_asked(tx: Session, guest: Guest, *, by: Actor) -> bool:
    """Say whether the actor asked for an access that this guest has or had."""
    mine = (
        select(AccessRequest.id)
        .join(Assignment, Assignment.request_id == AccessRequest.id)
        .where(
            Assignment.guest_id == guest.id,
            AccessRequest.requestor_tenant_id == by.tenant_id,
            AccessRequest.requestor_object_id == by.object_id,
        )
    )
    return by.kind is ActorKind.PERSON and tx.scalar(mine.limit(1)) is not None


def admins_of(tx: Session, tenant_id: str) -> list[Asked]:
    """Return the active admins of a tenant, as those who may be asked to agree."""
    holders = select(RoleHolder.object_id).where(RoleHolder.tenant_id == tenant_id, RoleHolder.role == Role.ADMIN)
    admins = finding.employees_of(tenant_id).where(Person.object_id.in_(holders)).order_by(Person.object_id)
    return [
        Asked(ref=person.ref, name=person.display_name, because="you are an admin of the tenant")
        for person in tx.scalars(admins)
    ]


def others(tx: Session, guest: Guest, people: list[Asked], *, than: PersonRef) -> tuple[Asked, ...]:
    """Return those who can be the second person: neither whoever asks, nor a sponsor, nor the guest, each once."""
    home = PersonRef(tenant_id=guest.home_tenant_id or "", object_id=guest.home_object_id or "")
    here = PersonRef(tenant_id=guest.tenant_id, object_id=guest.object_id)
    excluded = {than, home, here, *sponsoring.sponsors_of(tx, guest)}
    return tuple({each.ref: each for each in people if each.ref not in excluded}.values())
