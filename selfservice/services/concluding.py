"""Concluding a delivery: what its settled steps mean for the request, the assignment and the people who wait."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM
from selfservice.model.assignment import Assignment
from selfservice.model.audit import Account, event
from selfservice.model.delivery import (
    CARE,
    Delivery,
    DeliveryKind,
    DeliveryState,
    StepKind,
    StepState,
)
from selfservice.model.guest import Guest
from selfservice.model.request import AccessRequest
from selfservice.services import announcing, concluding_care, naming
from selfservice.services.runtime import Runtime

STEP_OF = {
    DeliveryState.DONE: "deliver",
    DeliveryState.PARTLY: "deliverPartly",
    DeliveryState.FAILED: "fail",
}


def conclude(tx: Session, rt: Runtime, delivery: Delivery) -> None:
    """Close a delivery whose every step is settled."""
    delivery.state, delivery.settled_at = delivery.judge(), rt.clock()
    if delivery.kind in CARE:
        concluding_care.conclude(tx, rt, delivery)
    elif delivery.kind is DeliveryKind.GRANT:
        _conclude_grant(tx, rt, delivery)
    else:
        _conclude_end(tx, rt, delivery)


def _conclude_grant(tx: Session, rt: Runtime, delivery: Delivery) -> None:
    request = tx.get_one(AccessRequest, delivery.request_id)
    failed = next((step for step in delivery.steps if step.state is StepState.FAILED), None)
    account = Account(why=failed.cause if failed else "", details={"delivery": delivery.id})
    tx.add(request.take(STEP_OF[delivery.state], by=SYSTEM, at=rt.clock(), account=account))
    if any(step.kind is StepKind.GIVE_ROLE and step.state is StepState.DONE for step in delivery.steps):
        _assign(tx, rt, delivery, request)
    if failed is not None:
        announcing.delivery_failed(tx, rt, request, failed.cause, failed.next_step)


def _assign(tx: Session, rt: Runtime, delivery: Delivery, request: AccessRequest) -> None:
    if tx.scalar(select(Assignment.id).where(Assignment.request_id == request.id)) is not None:
        return
    guest = tx.scalars(
        select(Guest).where(
            Guest.tenant_id == delivery.tenant_id,
            Guest.object_id == delivery.guest_object_id,
        )
    ).one()
    assignment = Assignment(
        tenant_id=request.tenant_id,
        package_id=request.package_id,
        package_name=request.package_name,
        request_id=request.id,
        guest_id=guest.id,
        sponsor_tenant_id=request.sponsor_tenant_id,
        sponsor_object_id=request.sponsor_object_id,
        sponsor_name=request.sponsor_name,
        starts_at=rt.clock(),
        ends_on=request.ends_on,
    )
    tx.add(assignment)
    naming.name_granted(tx, rt, request, guest, by=SYSTEM)
    account = Account(details={"request": request.id, "guest": guest.id})
    tx.add(
        event(
            "assignment.start",
            assignment.subject,
            by=SYSTEM,
            at=rt.clock(),
            account=account,
        )
    )


def _conclude_end(tx: Session, rt: Runtime, delivery: Delivery) -> None:
    assignment = tx.get_one(Assignment, delivery.assignment_id)
    if delivery.state is DeliveryState.DONE:
        tx.add(assignment.finish_end(by=SYSTEM, at=rt.clock()))
        guest = tx.get_one(Guest, assignment.guest_id)
        guest.look_at = rt.clock()
        announcing.access_ended(tx, rt, assignment, guest)
    else:
        tx.add(assignment.fail_end(by=SYSTEM, at=rt.clock()))
