"""Settling an attempt: what came of it, what follows from it, and its audit event, in one commit under the claim's
fence.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM
from selfservice.model.address import address_key
from selfservice.model.audit import Account, Subject, event
from selfservice.model.backoff import next_attempt
from selfservice.model.delivery import (
    CARE,
    ESSENTIAL,
    Delivery,
    DeliveryState,
    DeliveryStep,
    StepKind,
    StepState,
)
from selfservice.model.directory import DirectoryUser, RedemptionState
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.mirror import TenantBrake
from selfservice.model.refusal import Refused
from selfservice.model.request import AccessRequest
from selfservice.model.unable import UnableTo
from selfservice.services import announcing, concluding, concluding_care, leasing, sealing, telling_care
from selfservice.services.runtime import Runtime
from selfservice.services.steps.work import Outcome, Work
from selfservice.store.transaction import transaction

log = structlog.get_logger()

SUSPICIOUS = "suspicious-activity"
THROTTLED = "throttled"


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """A step under its fence, in the transaction that settles it."""

    tx: Session
    delivery: Delivery
    step: DeliveryStep
    at: datetime


def pause_of(tenant_id: str) -> str:
    """Return the name of the lease that pauses a throttled tenant."""
    return f"pause:{tenant_id}"


def settle(rt: Runtime, work: Work, outcome: Outcome) -> None:
    """Say that the step is done, or that there was nothing to do."""
    with transaction(rt.sessions) as tx:
        held = _hold(rt, tx, work)
        if held is None:
            return
        step = held.step
        step.state = StepState.SKIPPED if outcome.skipped else StepState.DONE
        step.note, step.graph_request_id = (
            outcome.note,
            outcome.graph_request_id or step.graph_request_id,
        )
        step.code = step.cause = step.owner = step.next_step = ""
        if outcome.guest is not None:
            _know_guest(rt, held, outcome.guest)
        if outcome.redeem_url is not None:
            held.delivery.redeem_link = sealing.seal(rt.settings, outcome.redeem_url)
        if outcome.standing is not None:
            concluding_care.stand(tx, held.delivery, outcome.standing, at=held.at)
        if step.kind is StepKind.MAIL:
            _write_mails(rt, held)
        if outcome.skipped and step.kind in concluding_care.ACTS:
            held.delivery.skip_rest("left out, with what it follows", at=held.at)
        _record(held, work, outcome.note)
        _go_on(rt, held)


def settle_failure(rt: Runtime, work: Work, failure: UnableTo, *, jitter: float) -> None:
    """Say that the outside world failed the step: try again later, or set it aside for a person."""
    with transaction(rt.sessions) as tx:
        held = _hold(rt, tx, work)
        if held is None:
            return
        step = held.step
        step.code, step.graph_request_id = (
            failure.code,
            failure.request_id or step.graph_request_id,
        )
        step.cause, step.owner, step.next_step = (
            failure.cause,
            failure.owner,
            failure.next_step,
        )
        again = next_attempt(step, failure, at=held.at, jitter=jitter)
        if failure.code == SUSPICIOUS:
            tx.merge(
                TenantBrake(
                    tenant_id=work.tenant_id,
                    pulled_at=held.at,
                    cause=failure.cause,
                    next_step=failure.next_step,
                )
            )
        if again is None:
            _fail(rt, held, work)
            return
        step.state, step.next_attempt_at, held.delivery.due_at = (
            StepState.WAITING,
            again,
            again,
        )
        if failure.code == THROTTLED:
            leasing.hold(tx, pause_of(work.tenant_id), until=again)


def settle_refusal(rt: Runtime, work: Work, refusal: Refused) -> None:
    """Say that the step must not be done: set it aside for a person."""
    with transaction(rt.sessions) as tx:
        held = _hold(rt, tx, work)
        if held is not None:
            held.step.code = "refused"
            held.step.cause, held.step.owner = refusal.cause, refusal.owner
            held.step.next_step = refusal.next_step
            _fail(rt, held, work)


def _hold(rt: Runtime, tx: Session, work: Work) -> Settlement | None:
    delivery = tx.get_one(Delivery, work.delivery_id, with_for_update=True)
    step = next(step for step in delivery.steps if step.id == work.step_id)
    if step.fence != work.fence or step.state is not StepState.RUNNING:
        log.warning("late settlement dropped", step=work.kind, delivery=work.delivery_id)
        return None
    return Settlement(tx=tx, delivery=delivery, step=step, at=rt.clock())


def _fail(rt: Runtime, held: Settlement, work: Work) -> None:
    held.step.state = StepState.FAILED
    if held.step.kind in ESSENTIAL:
        held.step.settled_at = held.at
        held.delivery.skip_rest("left out, since an earlier step failed", at=held.at)
    _record(held, work, held.step.cause)
    _go_on(rt, held)


def _go_on(rt: Runtime, held: Settlement) -> None:
    held.step.settled_at, held.step.lease_until, held.delivery.due_at = (
        held.at,
        None,
        held.at,
    )
    coming = held.delivery.next_step()
    if coming is not None and coming.kind is StepKind.MAIL and not _has_news(held.delivery):
        coming.state, coming.settled_at, coming.note = (
            StepState.SKIPPED,
            held.at,
            "left out, since nothing could be given"
            if held.delivery.kind not in CARE
            else "left out: there is no link",
        )
    if held.delivery.judge() is not DeliveryState.WORKING:
        concluding.conclude(held.tx, rt, held.delivery)


def _has_news(delivery: Delivery) -> bool:
    if delivery.kind in CARE:
        return delivery.redeem_link is not None
    return any(step.kind is StepKind.GIVE_ROLE and step.state is StepState.DONE for step in delivery.steps)


def _record(held: Settlement, work: Work, why: str) -> None:
    details = {
        "step": work.kind.value,
        "attempt": work.attempts,
        "label": held.step.label,
        "clientRequestId": work.attempt_id,
    }
    account = Account(why=why, graph_request_id=held.step.graph_request_id, details=details)
    subject = Subject(kind="delivery", id=held.delivery.id, tenant_id=held.delivery.tenant_id)
    held.tx.add(
        event(
            f"delivery.{held.step.state.value}",
            subject,
            by=SYSTEM,
            at=held.at,
            account=account,
        )
    )


def _know_guest(rt: Runtime, held: Settlement, user: DirectoryUser) -> None:
    """Keep which object the guest is; one that was there before our invitation is adopted, not ours."""
    delivery = held.delivery
    if delivery.kind in CARE:
        _know_redemption(held.tx.get_one(Guest, delivery.guest_id), user, at=held.at)
        return
    if held.step.kind is StepKind.LOOK_UP:
        delivery.guest_was_there = True
    delivery.guest_object_id = user.object_id
    request = held.tx.get_one(AccessRequest, delivery.request_id)
    guest = held.tx.scalar(
        select(Guest).where(Guest.tenant_id == delivery.tenant_id, Guest.object_id == user.object_id)
    )
    if guest is None:
        guest = Guest(
            tenant_id=delivery.tenant_id,
            object_id=user.object_id,
            origin=GuestOrigin.ADOPTED if delivery.guest_was_there else GuestOrigin.INVITED,
            address=request.guest_address,
            address_key=address_key(request.guest_address),
            display_name=request.guest_name or user.display_name,
            ensured_at=held.at,
            managed=not delivery.guest_was_there,
        )
        held.tx.add(guest)
    if request.for_self:
        guest.home_tenant_id, guest.home_object_id = (
            request.requestor_tenant_id,
            request.requestor_object_id,
        )
    _know_redemption(guest, user, at=held.at)


def _know_redemption(guest: Guest, user: DirectoryUser, *, at: datetime) -> None:
    if user.redemption_state is RedemptionState.ACCEPTED and guest.redeemed_at is None:
        guest.redeemed_at = user.redemption_changed_at or at


def _write_mails(rt: Runtime, held: Settlement) -> None:
    if held.delivery.kind in CARE:
        telling_care.fresh_link(held.tx, rt, held.delivery, held.step.attempt_id)
        held.delivery.redeem_link = None
        return
    request = held.tx.get_one(AccessRequest, held.delivery.request_id)
    link = held.delivery.redeem_link
    if link is not None:
        announcing.invitation(held.tx, rt, request, link, held.delivery.id)
        held.delivery.redeem_link = None
    announcing.access_ready(held.tx, rt, request, held.delivery.id)
