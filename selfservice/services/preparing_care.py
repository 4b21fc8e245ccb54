"""Preparing an attempt of a step that looks after a guest: what it needs to know, and whether it is wanted still."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, GuestAct
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState, DeliveryStep, StepKind
from selfservice.model.directory import UserType
from selfservice.model.guest import ActCause, Guest
from selfservice.model.lifecycle import Mode, due, why_untouched
from selfservice.model.planning import role_of
from selfservice.model.request import AccessRequest
from selfservice.services import foreseeing, holding
from selfservice.services.runtime import Runtime
from selfservice.services.steps.work import SponsorChoice, Work

TAKING = frozenset({StepKind.BLOCK, StepKind.DELETE})
DECIDED = frozenset({ActCause.REVIEW, ActCause.BY_HAND})
"""Causes that somebody decided: no rule has to say so as well."""


def prepare(tx: Session, rt: Runtime, delivery: Delivery, step: DeliveryStep) -> Work:
    """Return the work of a claimed step of care."""
    guest = tx.get_one(Guest, delivery.guest_id)
    tenant, order = rt.settings.tenant_by_id(delivery.tenant_id), delivery.order
    act = act_of(tx, delivery)
    role = role_of(step)
    apps = f"{tenant.cloud.apps_url}/?tenantid={tenant.tenant_id}" if tenant else ""
    return Work(
        delivery_id=delivery.id,
        step_id=step.id,
        fence=step.fence,
        attempt_id=step.attempt_id,
        attempts=step.attempts,
        kind=step.kind,
        tenant_id=delivery.tenant_id,
        tenant_name=tenant.name if tenant else delivery.tenant_id,
        address=str(order.get("address") or order.get("to_address") or guest.address),
        guest_name=guest.display_name,
        redirect_url=apps,
        guest_object_id=guest.object_id,
        sponsors=_sponsors(order.get("sponsors")),
        role=role,
        still_held=role is not None and step.kind is StepKind.TAKE_ROLE and holding.holds(tx, guest.id, role),
        user_type=UserType(str(order["user_type"])) if "user_type" in order else None,
        is_care=True,
        by_person=act is not None and act.by_object_id != "",
        called_off=_why_not(tx, rt, guest, delivery, act, step),
    )


def act_of(tx: Session, delivery: Delivery) -> GuestAct | None:
    """Return the act that a delivery of care does."""
    return tx.scalars(select(GuestAct).where(GuestAct.delivery_id == delivery.id)).first()


def _sponsors(told: object) -> tuple[SponsorChoice, ...]:
    return tuple(
        SponsorChoice(object_id=str(each["object_id"]), is_group=bool(each["is_group"]), name=str(each["name"]))
        for each in (told if isinstance(told, list) else [])
    )


def _why_not(
    tx: Session, rt: Runtime, guest: Guest, delivery: Delivery, act: GuestAct | None, step: DeliveryStep
) -> str:
    """Say why the step is not wanted any more, or nothing."""
    if step.kind is StepKind.GIVE_ROLE and delivery.assignment_id is not None:
        access = tx.get_one(Assignment, delivery.assignment_id)
        return "" if access.state is AssignmentState.ACTIVE else "left out, since the access is over"
    if step.kind not in TAKING:
        return ""
    facts = foreseeing.facts_of(tx, guest)
    if untouched := why_untouched(facts):
        return f"left out: {guest.name} {untouched}"
    if act is None or act.by_object_id:
        return ""
    policy = foreseeing.policy_of(tx, guest.tenant_id)
    if policy.mode is Mode.REPORT:
        return "left out, since guests of this tenant are only reported now"
    if act.cause is not ActCause.LEAVER and _is_being_given(tx, guest):
        return "left out, since they are being given an access"
    if act.cause in DECIDED and act.kind is ActKind.BLOCK:
        return ""
    next_ = due(facts, policy, at=rt.clock())
    return "" if next_ is not None and next_.kind is act.kind else "left out, since it is not due any more"


def _is_being_given(tx: Session, guest: Guest) -> bool:
    by_address = select(AccessRequest.id).where(
        AccessRequest.tenant_id == guest.tenant_id, AccessRequest.guest_key == guest.address_key
    )
    query = select(Delivery.id).where(
        Delivery.tenant_id == guest.tenant_id,
        Delivery.kind == DeliveryKind.GRANT,
        Delivery.state == DeliveryState.WORKING,
        (Delivery.guest_object_id == guest.object_id) | Delivery.request_id.in_(by_address),
    )
    return tx.scalar(query.limit(1)) is not None
