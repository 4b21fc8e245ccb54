"""Finding: the people that a rule's approver stands for, for one request, as the mirror knows them now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.directory import UserType
from selfservice.model.group import GroupMembership
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import AccessPackage, Party, PartyKind
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.model.routing import Candidate
from selfservice.model.rules.outcome import Approver, ApproverKind


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody asks for: the request, stored or not, and its package. `organization_id` is of the guest."""

    package: AccessPackage
    request: AccessRequest
    organization_id: str = ""


def candidates(tx: Session, approver: Approver, asked: Asked) -> Iterator[Candidate]:
    """Yield the people that this approver stands for: active, members of their tenant, never guests."""
    for person, because in _people(tx, approver, asked):
        yield Candidate(
            person=person.ref,
            name=person.display_name,
            because=because,
            addresses=addresses_of(person),
            as_sponsor=approver.kind is ApproverKind.SPONSOR,
            quiet=approver.quiet,
        )


def addresses_of(person: Person | None) -> frozenset[str]:
    """Return the folded addresses of a person, by which a second identity is found."""
    if person is None:
        return frozenset()
    return frozenset(each.casefold() for each in (person.mail, person.user_principal_name) if each)


def _people(tx: Session, approver: Approver, asked: Asked) -> Iterator[tuple[Person, str]]:
    if approver.kind is ApproverKind.PERSON:
        yield from _one(tx, approver.tenant_id, approver.object_id, "named by the rule")
    elif approver.kind is ApproverKind.GROUP:
        yield from _each(tx, members(approver.tenant_id, approver.object_id), f"member of {approver.name}")
    else:
        yield from FOUND_BY[approver.kind](tx, asked)


def employees_of(tenant_id: str) -> Select[Person]:
    """Return the query for people of a tenant who may decide: active, and no guests there."""
    return select(Person).where(
        Person.tenant_id == tenant_id,
        Person.enabled,
        Person.removed_at.is_(None),
        Person.user_type.is_distinct_from(UserType.GUEST),
    )


def members(tenant_id: str, group_id: str) -> Select[Person]:
    """Return the query for the direct members of a group who may decide."""
    inside = select(GroupMembership.member_id).where(
        GroupMembership.tenant_id == tenant_id, GroupMembership.group_id == group_id
    )
    return employees_of(tenant_id).where(Person.object_id.in_(inside))


def _one(tx: Session, tenant_id: str, object_id: str, because: str) -> Iterator[tuple[Person, str]]:
    yield from _each(tx, employees_of(tenant_id).where(Person.object_id == object_id), because)


def _each(tx: Session, query: Select[Person], because: str) -> Iterator[tuple[Person, str]]:
    for person in tx.scalars(query):
        yield person, because


def party(tx: Session, tenant_id: str, named: Party, because: str) -> Iterator[tuple[Person, str]]:
    """Yield the person, or the members of the group, who may decide, each with the reason."""
    if named.kind is PartyKind.PERSON:
        yield from _one(tx, tenant_id, named.object_id, because)
    else:
        yield from _each(tx, members(tenant_id, named.object_id), f"member of {named.name}")


def _owner(tx: Session, asked: Asked) -> Iterator[tuple[Person, str]]:
    package = asked.package
    yield from party(tx, package.tenant_id, package.owner, f"owner of {package.name}")


def _package_approvers(tx: Session, asked: Asked) -> Iterator[tuple[Person, str]]:
    for named in asked.package.approvers:
        yield from party(tx, asked.package.tenant_id, named.party, "named for this access package")


def _manager(tx: Session, asked: Asked) -> Iterator[tuple[Person, str]]:
    request = asked.request
    manager = _manager_of(tx, request.requestor)
    if manager is not None:
        yield from _one(tx, manager.tenant_id, manager.object_id, f"manager of {request.requestor_name}")


def _managers_manager(tx: Session, asked: Asked) -> Iterator[tuple[Person, str]]:
    request = asked.request
    manager = _manager_of(tx, request.requestor)
    above = _manager_of(tx, manager) if manager is not None else None
    if above is not None:
        yield from _one(tx, above.tenant_id, above.object_id, f"manager of {request.requestor_name}'s manager")


def _manager_of(tx: Session, ref: PersonRef) -> PersonRef | None:
    person = tx.get(Person, (ref.tenant_id, ref.object_id))
    if person is None or person.manager_id is None:
        return None
    return PersonRef(tenant_id=ref.tenant_id, object_id=person.manager_id)


def _sponsor(tx: Session, asked: Asked) -> Iterator[tuple[Person, str]]:
    sponsor = asked.request.sponsor
    yield from _one(tx, sponsor.tenant_id, sponsor.object_id, "sponsor of the guest")


def _organization_sponsors(tx: Session, asked: Asked) -> Iterator[tuple[Person, str]]:
    organization = tx.get(ConnectedOrganization, asked.organization_id) if asked.organization_id else None
    if organization is None or organization.tenant_id != asked.package.tenant_id:
        return
    for sponsor in organization.sponsors:
        yield from party(tx, organization.tenant_id, sponsor.party, f"answers for {organization.name}")


FOUND_BY: dict[ApproverKind, Callable[[Session, Asked], Iterator[tuple[Person, str]]]] = {
    ApproverKind.OWNER: _owner,
    ApproverKind.PACKAGE_APPROVERS: _package_approvers,
    ApproverKind.MANAGER: _manager,
    ApproverKind.MANAGERS_MANAGER: _managers_manager,
    ApproverKind.SPONSOR: _sponsor,
    ApproverKind.ORGANIZATION_SPONSORS: _organization_sponsors,
}
