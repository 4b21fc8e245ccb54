"""Deliveries of what an admin or auditor oversees, with every step and its evidence."""

from collections.abc import Iterator

from sqlalchemy import Row, Select, select, tuple_
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState, DeliveryStep, StepState
from selfservice.model.mail import MailState, OutboxMail
from selfservice.model.mirror import TenantBrake
from selfservice.model.request import AccessRequest
from selfservice.services import authority
from selfservice.services.overview import paging
from selfservice.services.overview.admin_rows import DeliveryPage, DeliveryRow, FailedMail, StepRow
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rows import Page, Tone
from selfservice.services.overview.step_words import Cast, note_of, words_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

FAILED = (DeliveryState.FAILED, DeliveryState.PARTLY)
SHOWN = {
    "failed": (DeliveryState.FAILED,),
    "partly": (DeliveryState.PARTLY,),
    "working": (DeliveryState.WORKING,),
    "done": (DeliveryState.DONE,),
}
KINDS = {DeliveryKind.GRANT: "giving access", DeliveryKind.END: "taking access away"}
STATES = {
    DeliveryState.WORKING: ("under way", Tone.MOVING),
    DeliveryState.DONE: ("done", Tone.GOOD),
    DeliveryState.PARTLY: ("partly done", Tone.BAD),
    DeliveryState.FAILED: ("failed", Tone.BAD),
}
STEP_STATES = {
    StepState.PENDING: ("to come", Tone.WAITING),
    StepState.RUNNING: ("under way", Tone.MOVING),
    StepState.WAITING: ("tried again later", Tone.MOVING),
    StepState.DONE: ("done", Tone.GOOD),
    StepState.SKIPPED: ("left out", Tone.ENDED),
    StepState.FAILED: ("failed", Tone.BAD),
}


def deliveries(rt: Runtime, by: Actor, after: str | None = None, *, state: str = "") -> Page[DeliveryRow]:
    """Return deliveries, newest first; `state` is failed, working or done, and anything else is all of them."""
    query = (
        _with_requests()
        .where(authority.overseen_deliveries(rt.settings, by=by))
        .order_by(Delivery.created_at.desc(), Delivery.id.desc())
    )
    if state in SHOWN:
        query = query.where(Delivery.state.in_(SHOWN[state]))
    start = paging.read_moment(after)
    if start is not None:
        query = query.where(tuple_(Delivery.created_at, Delivery.id) < start)
    with reading(rt.sessions) as tx:
        shown, last = paging.cut(tx.execute(query.limit(paging.PER_PAGE + 1)).all())
    return Page(
        rows=tuple(_row(rt.settings, found) for found in shown),
        next_after=paging.after_moment(last[0].created_at, last[0].id) if last else None,
    )


def delivery_page(rt: Runtime, delivery_id: str, by: Actor) -> DeliveryPage:
    """Return a delivery that the actor oversees, step by step."""
    with reading(rt.sessions) as tx:
        delivery = authority.delivery_to_see(tx, rt.settings, delivery_id, by=by)
        found = tx.execute(_with_requests().where(Delivery.id == delivery.id)).one()
        brake = tx.get(TenantBrake, delivery.tenant_id)
        failed_mails = tuple(_failed_mails(tx, found[1].id))
    row = _row(rt.settings, found)
    cast = Cast(guest=row.guest_name or row.guest_address, address=row.guest_address, tenant=row.tenant.name)
    administers = authority.administers(rt.settings, delivery.tenant_id, by=by)
    return DeliveryPage(
        row=row,
        steps=tuple(_step(step, cast) for step in delivery.steps),
        can_retry=delivery.state in FAILED and administers,
        failed_mails=failed_mails,
        can_resend=administers,
        on_hold_because=brake.cause if brake and delivery.state is DeliveryState.WORKING else "",
    )


def _failed_mails(tx: Session, request_id: str) -> Iterator[FailedMail]:
    failed = select(OutboxMail).where(OutboxMail.request_id == request_id, OutboxMail.state == MailState.FAILED)
    for mail in tx.scalars(failed.order_by(OutboxMail.created_at, OutboxMail.id)):
        yield FailedMail(id=mail.id, to_address=mail.to_address, failure=mail.failure, next_step=mail.next_step)


def _with_requests() -> Select[Delivery, AccessRequest]:
    return select(Delivery, AccessRequest).join(AccessRequest, AccessRequest.id == Delivery.request_id)


def _row(settings: Settings, found: Row[Delivery, AccessRequest]) -> DeliveryRow:
    delivery, request = found
    words, tone = STATES[delivery.state]
    failed = next((step for step in delivery.steps if step.state is StepState.FAILED), None)
    waiting = next((step for step in delivery.steps if step.state is StepState.WAITING), None)
    matters = failed or waiting
    return DeliveryRow(
        id=delivery.id,
        kind=delivery.kind,
        kind_words=KINDS[delivery.kind],
        request_id=request.id,
        tenant=mark_of(settings, delivery.tenant_id),
        home=mark_of(settings, request.requestor_tenant_id),
        package_name=request.package_name,
        guest_name=request.guest_name,
        guest_address=request.guest_address,
        requestor_name=request.requestor_name,
        state=delivery.state,
        state_words=words,
        tone=tone,
        created_at=delivery.created_at,
        settled_at=delivery.settled_at,
        cause=matters.cause if matters else "",
    )


def _step(step: DeliveryStep, cast: Cast) -> StepRow:
    words = words_of(step, cast)
    told, tone = STEP_STATES[step.state]
    title = {StepState.DONE: words.past, StepState.FAILED: words.failed}.get(step.state, words.now)
    return StepRow(
        position=step.position,
        kind=step.kind,
        words=title,
        state=step.state,
        state_words=told,
        tone=tone,
        attempts=step.attempts,
        note=note_of(step),
        cause=step.cause,
        owner=step.owner,
        next_step=step.next_step,
        code=step.code,
        graph_request_id=step.graph_request_id,
        client_request_id=step.attempt_id,
        first_attempt_at=step.first_attempt_at,
        next_attempt_at=step.next_attempt_at if step.state is StepState.WAITING else None,
        settled_at=step.settled_at,
    )
