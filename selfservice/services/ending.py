"""Ending: the sponsor, the guest themself or an admin takes an access away before its date."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery, DeliveryKind, StepKind, StepState
from selfservice.model.guest import Guest
from selfservice.model.planning import GivenRole, plan_end
from selfservice.services import authority
from selfservice.services.eligibility import clean_text
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


def end_access(rt: Runtime, assignment_id: str, *, by: Actor, why: str) -> None:
    """End the access at once; the worker takes it away in the directory."""
    reason = clean_text(why, what="reason", longest=500)
    with transaction(rt.sessions) as tx:
        assignment = authority.assignment_to_end(tx, rt.settings, assignment_id, by=by)
        begin(tx, rt, assignment, by=by, why=reason)
    rt.waker.wake("pump", assignment.tenant_id)


def begin(tx: Session, rt: Runtime, assignment: Assignment, *, by: Actor, why: str) -> None:
    """Write down, in the caller's transaction, that the access ends and which steps take it away."""
    at = rt.clock()
    tx.add(assignment.begin_end(by=by, at=at, why=why))
    guest = tx.get_one(Guest, assignment.guest_id)
    tx.add(plan_end(assignment, _given(tx, assignment), guest_object_id=guest.object_id, at=at))


def _given(tx: Session, assignment: Assignment) -> list[GivenRole]:
    grants = tx.scalars(
        select(Delivery).where(
            Delivery.request_id == assignment.request_id,
            Delivery.kind == DeliveryKind.GRANT,
        )
    )
    return [
        GivenRole(
            kind=step.role_kind,
            resource_id=step.resource_id,
            app_role_id=step.app_role_id,
            label=step.label,
        )
        for grant in grants
        for step in grant.steps
        if step.kind is StepKind.GIVE_ROLE and step.state is StepState.DONE and step.role_kind and step.resource_id
    ]
