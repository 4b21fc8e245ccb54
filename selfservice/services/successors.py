"""Successors: who could answer for a guest next, the closest first."""

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef, Role
from selfservice.model.application import RoleHolder
from selfservice.model.guest import Guest
from selfservice.model.package import PartyKind
from selfservice.model.person import Person
from selfservice.services import finding, sponsoring
from selfservice.services.proposing import Asked
from selfservice.services.runtime import Runtime

Turn = tuple[Asked, ...]
"""Those who are asked at the same time."""


def for_guest(tx: Session, rt: Runtime, guest: Guest, before: PersonRef | None) -> list[Turn]:
    """Return whom to ask, turn by turn: the manager, who answers as well, the owner of what they hold, the admins."""
    turns: list[Iterable[Asked]] = []
    if before is not None:
        turns.append(_manager(tx, before))
    turns += [[each] for each in _others(tx, guest, before)]
    turns += [_owners(tx, guest), admins(tx, guest.tenant_id)]
    skipped = {before, PersonRef(tenant_id=guest.home_tenant_id or "", object_id=guest.home_object_id or "")}
    return _turns(rt, guest.tenant_id, turns, skipped)


def for_request(tx: Session, rt: Runtime, tenant_id: str, before: PersonRef) -> list[Turn]:
    """Return whom to ask to be the sponsor of a request that waits: the manager, then the admins."""
    return _turns(rt, tenant_id, [_manager(tx, before), admins(tx, tenant_id)], {before})


def next_turn(turns: Iterable[Turn], asked: Iterable[PersonRef]) -> Turn:
    """Return the first of whom nobody was asked yet; nobody where all were."""
    known = set(asked)
    return next((turn for turn in turns if not known & {each.ref for each in turn}), ())


def admins(tx: Session, tenant_id: str) -> Iterator[Asked]:
    """Yield the active admins of a resource tenant."""
    holders = select(RoleHolder.object_id).where(RoleHolder.tenant_id == tenant_id, RoleHolder.role == Role.ADMIN)
    for person in tx.scalars(finding.employees_of(tenant_id).where(Person.object_id.in_(holders))):
        yield Asked(ref=person.ref, name=person.display_name, because="you are an admin, and nobody else has agreed")


def is_fit(rt: Runtime, ref: PersonRef, tenant_id: str) -> bool:
    """Say whether people of this person's tenant may answer for guests of a resource tenant."""
    return ref.tenant_id == tenant_id or rt.settings.may_ask(home_id=ref.tenant_id, resource_id=tenant_id)


def _turns(rt: Runtime, tenant_id: str, turns: Iterable[Iterable[Asked]], skipped: set[PersonRef | None]) -> list[Turn]:
    found: list[Turn] = []
    seen = set(skipped)
    for turn in turns:
        fit = tuple(each for each in turn if each.ref not in seen and is_fit(rt, each.ref, tenant_id))
        seen |= {each.ref for each in fit}
        if fit:
            found.append(fit)
    return found


def _manager(tx: Session, before: PersonRef) -> Iterator[Asked]:
    person = tx.get(Person, (before.tenant_id, before.object_id))
    if person is None or person.manager_id is None:
        return
    query = finding.employees_of(before.tenant_id).where(Person.object_id == person.manager_id)
    for manager in tx.scalars(query):
        because = f"you are the manager of {person.display_name}"
        yield Asked(ref=manager.ref, name=manager.display_name, because=because)


def _others(tx: Session, guest: Guest, before: PersonRef | None) -> Iterator[Asked]:
    named = [row for row in sponsoring.rows_of(tx, guest) if not row.interim and row.kind is PartyKind.PERSON]
    for row in named:
        for person in tx.scalars(finding.employees_of(row.tenant_id).where(Person.object_id == row.object_id)):
            if person.ref != before:
                yield Asked(ref=person.ref, name=person.display_name, because="you are a sponsor of the guest as well")


def _owners(tx: Session, guest: Guest) -> Iterator[Asked]:
    for package in sponsoring.packages_of(tx, guest):
        because = f"you own {package.name}, which the guest uses"
        for person, _because in finding.party(tx, package.tenant_id, package.owner, ""):
            yield Asked(ref=person.ref, name=person.display_name, because=because)
