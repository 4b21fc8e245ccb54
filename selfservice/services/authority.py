"""Authority: who may see or touch one thing. What is absent and what is none of the asker's business refuse alike.

An admin or auditor signed in at a resource tenant oversees that tenant and no other; at a pure home tenant they oversee
what that tenant's own people ask for.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor, ActorKind, PersonRef, Role
from selfservice.model.approval import ApprovalStage, Decision, StageApprover, StageState
from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery
from selfservice.model.guest import Guest
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest
from selfservice.services.standing_in import principals_of

OVERSEERS = frozenset({Role.ADMIN, Role.AUDITOR})
Column = InstrumentedAttribute[str]


def administers(settings: Settings, tenant_id: str, *, by: Actor) -> bool:
    """Say whether the actor is an admin of this resource tenant."""
    return Role.ADMIN in by.roles and _belongs(settings, tenant_id, by)


def oversees(settings: Settings, tenant_id: str, *, by: Actor) -> bool:
    """Say whether the actor may look at everything of this resource tenant."""
    return bool(by.roles & OVERSEERS) and _belongs(settings, tenant_id, by)


def oversees_people_of(settings: Settings, tenant_id: str, *, by: Actor) -> bool:
    """Say whether the actor may look at whatever the people of this pure home tenant ask for."""
    tenant = settings.tenant_by_id(tenant_id)
    pure_home = tenant is not None and tenant.is_home and not tenant.is_resource
    return bool(by.roles & OVERSEERS) and by.kind is ActorKind.PERSON and by.tenant_id == tenant_id and pure_home


def overseen_requests(settings: Settings, *, by: Actor) -> ColumnElement[bool]:
    """Return the condition for requests that the actor may look at by role."""
    if oversees(settings, by.tenant_id, by=by):
        return AccessRequest.tenant_id == by.tenant_id
    if oversees_people_of(settings, by.tenant_id, by=by):
        return AccessRequest.requestor_tenant_id == by.tenant_id
    return false()


def overseen_deliveries(settings: Settings, *, by: Actor) -> ColumnElement[bool]:
    """Return the condition for deliveries, joined with their requests, that the actor may look at by role."""
    if oversees(settings, by.tenant_id, by=by):
        return Delivery.tenant_id == by.tenant_id
    return overseen_requests(settings, by=by)


def may_see_request(
    settings: Settings, request: AccessRequest, *, by: Actor, besides: Collection[PersonRef] = ()
) -> bool:
    """Say whether the actor asks, sponsors, was asked to decide, or oversees. They decide for those `besides`, too."""
    if by.kind is not ActorKind.PERSON:
        return False
    return (
        by.ref in (request.requestor, request.sponsor)
        or was_asked(request, by.ref, besides)
        or oversees(settings, request.tenant_id, by=by)
        or oversees_people_of(settings, request.requestor_tenant_id, by=by)
    )


def was_asked(request: AccessRequest, person: PersonRef, besides: Collection[PersonRef] = ()) -> bool:
    """Say whether this person, or one of those they decide for, was asked at some stage, or the person decided."""
    return any(
        any(stage.asks(each) for each in (person, *besides)) or any(each.is_of(person) for each in stage.decisions)
        for stage in request.stages
    )


def request_to_see(
    tx: Session, settings: Settings, request_id: str, *, by: Actor, at: datetime | None = None
) -> AccessRequest:
    """Return a request that the actor may look at; at a moment given, also for those whom they decide for then."""
    request = tx.get(AccessRequest, request_id)
    besides = principals_of(tx, by.ref, at=at) if at is not None else ()
    if request is None or not may_see_request(settings, request, by=by, besides=besides):
        raise NotFound
    return request


def request_to_decide(tx: Session, request_id: str, *, by: Actor, at: datetime, lock: bool = False) -> AccessRequest:
    """Return a request that the actor was asked to decide about, at any time, or somebody they decide for now."""
    request = tx.get(AccessRequest, request_id, with_for_update=lock or None)
    if request is None or by.kind is not ActorKind.PERSON:
        raise NotFound
    if not was_asked(request, by.ref, principals_of(tx, by.ref, at=at)):
        raise NotFound
    return request


def assignment_to_see(tx: Session, settings: Settings, assignment_id: str, *, by: Actor) -> Assignment:
    """Return an access that the actor may look at: they answer for it, or may see the request behind it."""
    assignment = tx.get(Assignment, assignment_id)
    if assignment is None:
        raise NotFound
    if by.kind is ActorKind.PERSON and assignment.sponsor == by.ref:
        return assignment
    request_to_see(tx, settings, assignment.request_id, by=by)
    return assignment


def assignment_to_end(tx: Session, settings: Settings, assignment_id: str, *, by: Actor) -> Assignment:
    """Return an access that the actor may end, locked: of their guest, their own, or of a tenant they administer."""
    assignment = tx.get(Assignment, assignment_id, with_for_update=True)
    if assignment is None or not may_end(settings, assignment, tx.get_one(AccessRequest, assignment.request_id), by=by):
        raise NotFound
    return assignment


def may_end(settings: Settings, assignment: Assignment, request: AccessRequest, *, by: Actor) -> bool:
    """Say whether the actor may end this access."""
    if by.kind is not ActorKind.PERSON:
        return False
    return (
        assignment.sponsor == by.ref
        or request.beneficiary == by.ref
        or administers(settings, assignment.tenant_id, by=by)
    )


def assignment_to_extend(tx: Session, assignment_id: str, *, by: Actor) -> Assignment:
    """Return an access whose end the actor decides about: they answer for it, asked for it, or have it."""
    assignment = tx.get(Assignment, assignment_id)
    if assignment is None or by.kind is not ActorKind.PERSON:
        raise NotFound
    request, guest = tx.get_one(AccessRequest, assignment.request_id), tx.get_one(Guest, assignment.guest_id)
    if by.ref not in (assignment.sponsor, request.requestor, guest.home):
        raise NotFound
    return assignment


def delivery_to_see(tx: Session, settings: Settings, delivery_id: str, *, by: Actor) -> Delivery:
    """Return a delivery that the actor oversees."""
    delivery = tx.get(Delivery, delivery_id)
    if delivery is None or delivery.request_id is None:
        raise NotFound
    seen = select(AccessRequest.id).where(AccessRequest.id == delivery.request_id, overseen_requests(settings, by=by))
    if tx.scalar(seen) is None:
        raise NotFound
    return delivery


def package_to_change(tx: Session, settings: Settings, package_id: str, *, by: Actor) -> AccessPackage:
    """Return a package that the actor administers, locked."""
    package = tx.get(AccessPackage, package_id, with_for_update=True)
    if package is None or not administers(settings, package.tenant_id, by=by):
        raise NotFound
    return package


def package_to_see(tx: Session, settings: Settings, package_id: str, *, by: Actor) -> AccessPackage:
    """Return a package that the actor oversees."""
    package = tx.get(AccessPackage, package_id)
    if package is None or not oversees(settings, package.tenant_id, by=by):
        raise NotFound
    return package


def asked_any(people: Collection[PersonRef], *states: StageState) -> ColumnElement[bool]:
    """Return the condition for requests with a stage in one of these states that asked one of these people."""
    # Two lists of ids and not EXISTS: SQLite would walk all that they were ever asked, once for every request.
    return AccessRequest.id.in_(
        select(ApprovalStage.request_id).where(
            ApprovalStage.state.in_(states), ApprovalStage.id.in_(_stages_that_ask(people))
        )
    )


def awaits(by: Actor, people: Collection[PersonRef]) -> ColumnElement[bool]:
    """Return the condition for requests whose open stage asked one of these people, and whose voice, which the actor
    would give, is not given yet.
    """
    free = or_(*(ApprovalStage.id.in_(_stages_that_ask([person])) & ~_has_vote(_voice_of(person)) for person in people))
    spoken = _has_vote(_is_of(by.ref, Decision.tenant_id, Decision.object_id))
    return AccessRequest.id.in_(
        select(ApprovalStage.request_id).where(ApprovalStage.state == StageState.OPEN, ~spoken, free)
    )


def decided_by(by: Actor) -> ColumnElement[bool]:
    """Return the condition for requests that the actor decided about, for themself or for somebody."""
    stages = select(Decision.stage_id).where(Decision.tenant_id == by.tenant_id, Decision.object_id == by.object_id)
    return AccessRequest.id.in_(select(ApprovalStage.request_id).where(ApprovalStage.id.in_(stages)))


def own_requests(by: Actor) -> ColumnElement[bool]:
    """Return the condition for requests that the actor asked for or answers for."""
    return or_(
        (AccessRequest.requestor_tenant_id == by.tenant_id) & (AccessRequest.requestor_object_id == by.object_id),
        (AccessRequest.sponsor_tenant_id == by.tenant_id) & (AccessRequest.sponsor_object_id == by.object_id),
    )


def _is_of(person: PersonRef, tenant: Column, object_: Column) -> ColumnElement[bool]:
    return (tenant == person.tenant_id) & (object_ == person.object_id)


def _stages_that_ask(people: Collection[PersonRef]) -> Select[str]:
    return select(StageApprover.stage_id).where(
        or_(*(_is_of(person, StageApprover.tenant_id, StageApprover.object_id) for person in people)),
        StageApprover.asked_at.is_not(None),
    )


def _voice_of(person: PersonRef) -> ColumnElement[bool]:
    return _is_of(person, Decision.tenant_id, Decision.object_id) | _is_of(
        person, Decision.principal_tenant_id, Decision.principal_object_id
    )


def _has_vote(whose: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Decision.stage_id == ApprovalStage.id, whose, Decision.withdrawn_at.is_(None))


def _belongs(settings: Settings, tenant_id: str, by: Actor) -> bool:
    tenant = settings.tenant_by_id(tenant_id)
    return by.kind is ActorKind.PERSON and by.tenant_id == tenant_id and tenant is not None and tenant.is_resource
