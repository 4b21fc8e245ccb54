"""Routing with facts from the mirror: who may decide about a package for this requestor, sponsor and guest, right
now.
"""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.directory import UserType
from selfservice.model.group import GroupMembership
from selfservice.model.package import AccessPackage, PackageApprover, PartyKind
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.model.routing import Candidate, Facts, Route, route


def facts_of(tx: Session, package: AccessPackage, request: AccessRequest) -> Facts:
    """Return what routing may ask about a request, as the mirror knows it now."""
    return Facts(
        requestor=request.requestor,
        sponsor=request.sponsor,
        beneficiary=request.beneficiary,
        guest_key=request.guest_key,
        package_name=package.name,
        owner_name=package.owner_name,
        candidates=tuple(candidates_of(tx, package)),
    )


def plan_route(tx: Session, package: AccessPackage, request: AccessRequest) -> Route:
    """Return who decides about the request, or refuse with `NobodyDecides`."""
    return route(facts_of(tx, package, request))


def candidates_of(tx: Session, package: AccessPackage) -> Iterator[Candidate]:
    """Yield the people who are approvers of the package right now."""
    for approver in package.approvers:
        for person in _people(tx, package.tenant_id, approver):
            named = approver.kind is PartyKind.PERSON
            yield Candidate(
                person=person.ref,
                name=person.display_name,
                because="named for this access package" if named else f"member of {approver.name}",
                mail_key=person.mail_key,
            )


def _people(tx: Session, tenant_id: str, approver: PackageApprover) -> list[Person]:
    query = select(Person).where(
        Person.tenant_id == tenant_id,
        Person.enabled,
        Person.removed_at.is_(None),
        Person.user_type.is_distinct_from(UserType.GUEST),
    )
    if approver.kind is PartyKind.PERSON:
        query = query.where(Person.object_id == approver.object_id)
    else:
        members = select(GroupMembership.member_id).where(
            GroupMembership.tenant_id == tenant_id,
            GroupMembership.group_id == approver.object_id,
        )
        query = query.where(Person.object_id.in_(members))
    return list(tx.scalars(query))
