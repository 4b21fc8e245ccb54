"""Holding: which roles a guest has by the accesses that run."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind, StepState
from selfservice.model.planning import GivenRole, roles_of


def holds(tx: Session, guest_id: str, role: GivenRole, *, besides: str | None = None) -> bool:
    """Say whether an access that runs, besides one, has given this role to the guest."""
    running = select(Assignment.request_id).where(
        Assignment.guest_id == guest_id, Assignment.state == AssignmentState.ACTIVE
    )
    if besides is not None:
        running = running.where(Assignment.id != besides)
    grants = tx.scalars(select(Delivery).where(Delivery.request_id.in_(running), Delivery.kind == DeliveryKind.GRANT))
    # Planned is not given: what another access failed to give is no reason to keep it.
    given = roles_of(step for grant in grants for step in grant.steps if step.state is StepState.DONE)
    return any(role.key == held.key for held in given)
