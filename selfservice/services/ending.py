"""Ending: the sponsor, the guest themself or an admin takes an access away before its date."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind
from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState, StepKind, StepState
from selfservice.model.guest import Guest
from selfservice.model.planning import GivenRole, plan_end, roles_of
from selfservice.services import authority, concluding, extending, telling_time
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
    extending.end_with(tx, rt, assignment)
    if by.kind is ActorKind.PERSON:
        telling_time.strike(tx, assignment.id)
    grants = tx.scalars(
        select(Delivery)
        .where(Delivery.request_id == assignment.request_id, Delivery.kind == DeliveryKind.GRANT)
        .with_for_update()
    ).all()
    given = _may_have_given(grants)
    free_at = max((_stop(tx, rt, grant, at=at) for grant in grants), default=at)
    end = plan_end(assignment, given, guest_object_id=guest.object_id, at=at)
    end.due_at = free_at
    tx.add(end)


def _stop(tx: Session, rt: Runtime, grant: Delivery, *, at: datetime) -> datetime:
    """Give nothing more. Return when no attempt can be under way any more, so that taking away comes after it."""
    if grant.state is not DeliveryState.WORKING:
        return at
    under_way = [step.lease_until for step in grant.steps if step.state is StepState.RUNNING and step.lease_until]
    grant.skip_rest("left out, since the access is being ended", at=at)
    concluding.conclude(tx, rt, grant)
    return max([at, *under_way])


def _may_have_given(grants: Iterable[Delivery]) -> list[GivenRole]:
    """Return what was given, and what an attempt without a known outcome may have given, however long ago."""
    return roles_of(
        step for grant in grants for step in grant.steps if step.kind is StepKind.GIVE_ROLE and step.was_attempted
    )
