"""Preparing an attempt: what a delivery step needs to know, read from our own rows in the transaction that claims
it.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.address import address_key
from selfservice.model.approval import Outcome as Verdict
from selfservice.model.assignment import Assignment
from selfservice.model.delivery import CARE, Delivery, DeliveryKind, DeliveryStep, StepKind
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.package import AccessPackage, PartyKind
from selfservice.model.person import Person
from selfservice.model.planning import GivenRole, role_of, roles_of
from selfservice.model.request import AccessRequest
from selfservice.services import admitting, holding, preparing_care
from selfservice.services.launching import launch_url
from selfservice.services.runtime import Runtime
from selfservice.services.steps.work import SponsorChoice, Work

FREED = frozenset({ActCause.ACCESS_ENDED, ActCause.UNREDEEMED, ActCause.INACTIVE})
"""Why a guest was blocked or deleted whom a new access brings back: time had passed, and nobody had decided it."""

KEPT = frozenset(ActCause) - FREED


def prepare(tx: Session, rt: Runtime, delivery: Delivery, step: DeliveryStep) -> Work:
    """Return the work of a claimed step."""
    if delivery.kind in CARE:
        return preparing_care.prepare(tx, rt, delivery, step)
    settings = rt.settings
    request = tx.get_one(AccessRequest, delivery.request_id)
    package = tx.get_one(AccessPackage, request.package_id)
    tenant = settings.tenant_by_id(delivery.tenant_id)
    role = role_of(step)
    return Work(
        delivery_id=delivery.id,
        step_id=step.id,
        fence=step.fence,
        attempt_id=step.attempt_id,
        attempts=step.attempts,
        kind=step.kind,
        tenant_id=delivery.tenant_id,
        tenant_name=tenant.name if tenant else delivery.tenant_id,
        address=request.guest_address,
        guest_name=request.guest_name,
        redirect_url=launch_url(settings, package),
        guest_object_id=delivery.guest_object_id,
        guest_was_there=delivery.guest_was_there,
        profile=_profile(tx, request) if step.kind is StepKind.PROFILE else None,
        sponsors=_sponsors(tx, request, package) if step.kind is StepKind.SPONSORS else (),
        role=role,
        roles=tuple(roles_of(delivery.steps)) if step.kind is StepKind.RECHECK else (),
        drift=_drift(tx, rt, request, package) if step.kind is StepKind.RECHECK else "",
        people=_deciders(request) if step.kind is StepKind.RECHECK else (),
        still_held=role is not None and delivery.kind is DeliveryKind.END and _still_held(tx, delivery, role),
        may_free=_twins(tx, request, FREED) if step.kind is StepKind.LOOK_UP else frozenset(),
        deleted_for_good=_twins(tx, request, KEPT) if step.kind is StepKind.LOOK_UP else frozenset(),
    )


def _twins(tx: Session, request: AccessRequest, causes: frozenset[ActCause]) -> frozenset[str]:
    """Return the objects of this guest that are blocked or deleted there for one of these causes."""
    query = select(Guest.object_id).where(
        Guest.tenant_id == request.tenant_id,
        Guest.address_key == address_key(request.guest_address),
        Guest.managed,
        Guest.standing.in_((GuestStanding.BLOCKED, GuestStanding.DELETED)),
        Guest.standing_cause.in_(causes),
    )
    return frozenset(tx.scalars(query))


def _drift(tx: Session, rt: Runtime, request: AccessRequest, package: AccessPackage) -> str:
    if package.fingerprint != request.package_fingerprint:
        return f"{package.name} gives something else now than when it was approved."
    if not rt.settings.may_ask(home_id=request.requestor_tenant_id, resource_id=request.tenant_id):
        return "The requestor's organisation may not ask in this tenant any more."
    return admitting.drift_of(tx, rt, package, request)


def _deciders(request: AccessRequest) -> tuple[tuple[str, str], ...]:
    return tuple(
        (decision.object_id, decision.name)
        for stage in request.stages
        for decision in stage.votes
        if decision.outcome is Verdict.APPROVE and decision.tenant_id == request.tenant_id
    )


def _profile(tx: Session, request: AccessRequest) -> dict[str, str]:
    facts = {"displayName": request.guest_name, "companyName": request.guest_company}
    if request.for_self:
        person = tx.get(Person, (request.requestor_tenant_id, request.requestor_object_id))
        if person is not None:
            facts |= {
                "department": person.department or "",
                "jobTitle": person.job_title or "",
            }
    return facts


def _sponsors(tx: Session, request: AccessRequest, package: AccessPackage) -> tuple[SponsorChoice, ...]:
    """The sponsor, where the resource tenant knows them, and always the package's owner, who belongs to it."""
    owner = SponsorChoice(
        object_id=package.owner_id,
        is_group=package.owner_kind is PartyKind.GROUP,
        name=package.owner_name,
    )
    here = None
    if not request.for_self:
        here = tx.scalar(
            select(Guest.object_id).where(
                Guest.tenant_id == request.tenant_id,
                Guest.home_tenant_id == request.sponsor_tenant_id,
                Guest.home_object_id == request.sponsor_object_id,
            )
        )
    if here is None:
        return (owner,)
    return (
        SponsorChoice(object_id=here, is_group=False, name=request.sponsor_name),
        owner,
    )


def _still_held(tx: Session, delivery: Delivery, role: GivenRole) -> bool:
    ending = tx.get_one(Assignment, delivery.assignment_id)
    return holding.holds(tx, ending.guest_id, role, besides=ending.id)
