"""Delivering: one pump per tenant works the due steps of its deliveries, one lease holder at a time.

An attempt is three parts: claim (a commit that says what is about to happen), perform (in the directory, outside any
transaction), settle (a commit that says what came of it, valid only under the claim's own fence).
"""

import random
from datetime import timedelta

import structlog
from sqlalchemy import select

from selfservice.model.delivery import Delivery, DeliveryState
from selfservice.model.mirror import TenantBrake
from selfservice.model.refusal import Refused
from selfservice.model.unable import UnableTo
from selfservice.services import leasing, preparing, settling
from selfservice.services.performing import perform
from selfservice.services.runtime import Runtime, WorkerRuntime
from selfservice.services.steps.work import Work
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

JITTER = random.SystemRandom()

STEPS_PER_LEASE = 500
"""A pump gives its lease back after so many steps, so that a stopping worker is never far from a place to stop."""


def due_tenants(rt: Runtime) -> tuple[str, ...]:
    """Return the tenants that have a due step and may be written to."""
    with reading(rt.sessions) as tx:
        due = (
            select(Delivery.tenant_id)
            .where(Delivery.state == DeliveryState.WORKING, Delivery.due_at <= rt.clock())
            .where(Delivery.tenant_id.not_in(select(TenantBrake.tenant_id)))
            .distinct()
        )
        return tuple(tx.scalars(due))


def pump(rt: WorkerRuntime, tenant_id: str) -> int:
    """Work every due step of the tenant and return how many attempts that took; 0 where another worker is at it."""
    lease = rt.settings.intervals.lease
    fence = leasing.claim(rt, f"pump:{tenant_id}", for_=lease)
    if fence is None:
        return 0
    worked = 0
    try:
        while worked < STEPS_PER_LEASE and leasing.renew(rt, f"pump:{tenant_id}", fence, for_=lease):
            if not work_one(rt, tenant_id):
                break
            worked += 1
    finally:
        leasing.release(rt, f"pump:{tenant_id}", fence)
    return worked


def work_one(rt: WorkerRuntime, tenant_id: str) -> bool:
    """Attempt one due step; say whether there was one."""
    work = claim(rt, tenant_id)
    if work is None:
        return False
    attempt(rt, work)
    rt.waker.wake("mail")
    return True


def attempt(rt: WorkerRuntime, work: Work) -> None:
    """Perform a claimed step and settle what came of it."""
    try:
        outcome = perform(rt.directories.of(work.tenant_id), work)
    except UnableTo as failure:
        log.warning("step failed", step=work.kind, code=failure.code, graph_request_id=failure.request_id)
        settling.settle_failure(rt, work, failure, jitter=JITTER.random())
    except Refused as refusal:
        settling.settle_refusal(rt, work, refusal)
    else:
        settling.settle(rt, work, outcome)


def claim(rt: WorkerRuntime, tenant_id: str) -> Work | None:
    """Announce the attempt of the step that has been due longest, or return None where none may be made."""
    at, lease = rt.clock(), rt.settings.intervals.lease
    with transaction(rt.sessions) as tx:
        if tx.get(TenantBrake, tenant_id) is not None or leasing.is_held(tx, settling.pause_of(tenant_id), at=at):
            return None
        delivery = tx.scalar(
            select(Delivery)
            .where(
                Delivery.tenant_id == tenant_id,
                Delivery.state == DeliveryState.WORKING,
                Delivery.due_at <= at,
            )
            .order_by(Delivery.due_at, Delivery.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if delivery is None:
            return None
        step = delivery.next_step()
        if step is None or not step.is_due(at):
            delivery.due_at = at + timedelta(seconds=1)
            return None
        wait = rt.pace_of(tenant_id).admit(step.kind, at)
        if wait > timedelta():
            delivery.due_at = at + wait
            return None
        step.claim(at=at, lease=lease)
        delivery.due_at = at + lease
        return preparing.prepare(tx, rt, delivery, step)
