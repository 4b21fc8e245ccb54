"""The first page: what waits for the person who looks, and what they asked for last."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor, Role
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryState, StepState
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import authority
from selfservice.services.overview.catalog import may_ask_in
from selfservice.services.overview.deciding import waiting_for
from selfservice.services.overview.guest_rows import held
from selfservice.services.overview.guest_rows import rows_of as guest_rows_of
from selfservice.services.overview.home_guests import MOST_COUNTED, SOON, count, guests_of, reviews_waiting, todo_of
from selfservice.services.overview.home_rows import Counts, FailureRow, Home
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.request_rows import followed
from selfservice.services.overview.request_rows import rows_of as request_rows_of
from selfservice.services.overview.rows import RequestRow
from selfservice.services.overview.thread import open_questions
from selfservice.services.runtime import Runtime
from selfservice.services.standing_in import principals_of
from selfservice.store.transaction import reading

RECENTLY = timedelta(days=30)
UNHAPPY = (DeliveryState.FAILED, DeliveryState.PARTLY)
MOST_SHOWN = 5


def home(rt: Runtime, by: Actor) -> Home:
    """Return what the first page of this person shows."""
    today = rt.clock().date()
    with reading(rt.sessions) as tx:
        waiting = waiting_for(by, principals_of(tx, by.ref, at=rt.clock()))
        return Home(
            to_decide=count(tx, waiting.with_only_columns(AccessRequest.id)),
            oldest_waiting_since=tx.scalar(waiting.with_only_columns(func.min(AccessRequest.submitted_at))),
            questions=_questions(tx, rt.settings, by),
            ending_soon=guest_rows_of(rt.settings, tx.execute(_ending_soon(by, today)), by=by, today=today),
            failed_deliveries=_failures(tx, rt, by),
            requests=request_rows_of(rt.settings, tx.execute(_last_asked(by))),
            todo=todo_of(tx, rt, by),
            can_ask=bool(may_ask_in(rt.settings, by)),
            is_admin=Role.ADMIN in by.roles,
            is_auditor=Role.AUDITOR in by.roles,
        )


def counts(rt: Runtime, by: Actor) -> Counts:
    """Return what the navigation counts, up to a hundred each."""
    failed = _failed(authority.overseen_deliveries(rt.settings, by=by)).with_only_columns(Delivery.id).order_by(None)
    with reading(rt.sessions) as tx:
        waiting = waiting_for(by, principals_of(tx, by.ref, at=rt.clock()))
        return Counts(
            to_decide=count(tx, waiting.with_only_columns(AccessRequest.id)),
            my_guests=guests_of(tx, by),
            to_review=reviews_waiting(tx, rt, by),
            failures=count(tx, failed) if by.roles else 0,
        )


def _questions(tx: Session, settings: Settings, by: Actor) -> tuple[RequestRow, ...]:
    """What was asked of the person, as requestor or sponsor, and not answered yet."""
    pending = authority.own_requests(by) & (AccessRequest.state == RequestState.PENDING_APPROVAL)
    own = tx.scalars(select(AccessRequest.id).where(pending).limit(MOST_COUNTED)).all()
    asked = open_questions(tx, own)
    query = followed().where(AccessRequest.id.in_(asked)).order_by(AccessRequest.submitted_at, AccessRequest.id)
    return request_rows_of(settings, tx.execute(query.limit(MOST_SHOWN))) if asked else ()


def _ending_soon(by: Actor, today: date) -> Select[Assignment, AccessRequest, Guest, Person]:
    own = (AccessRequest.requestor_tenant_id == by.tenant_id) & (AccessRequest.requestor_object_id == by.object_id)
    return (
        held()
        .where(
            Assignment.sponsor_tenant_id == by.tenant_id,
            Assignment.sponsor_object_id == by.object_id,
            Assignment.state == AssignmentState.ACTIVE,
            Assignment.ends_on <= today + SOON,
            or_(AccessRequest.for_self.is_(False), own),
        )
        .order_by(Assignment.ends_on, Assignment.id)
        .limit(MOST_SHOWN)
    )


def _last_asked(by: Actor) -> Select[AccessRequest, Assignment, Guest, Person]:
    return (
        followed()
        .where(
            AccessRequest.requestor_tenant_id == by.tenant_id,
            AccessRequest.requestor_object_id == by.object_id,
        )
        .order_by(AccessRequest.submitted_at.desc(), AccessRequest.id.desc())
        .limit(MOST_SHOWN)
    )


def _failed(whose: ColumnElement[bool]) -> Select[Delivery, AccessRequest]:
    return (
        select(Delivery, AccessRequest)
        .join(AccessRequest, AccessRequest.id == Delivery.request_id)
        .where(Delivery.state.in_(UNHAPPY), whose)
        .order_by(Delivery.settled_at.desc(), Delivery.id)
    )


def _failures(tx: Session, rt: Runtime, by: Actor) -> tuple[FailureRow, ...]:
    """What failed for the person themself lately, and for an admin or auditor whatever failed in what they oversee."""
    recent = authority.own_requests(by) & (Delivery.settled_at > rt.clock() - RECENTLY)
    conditions = [recent, authority.overseen_deliveries(rt.settings, by=by)] if by.roles else [recent]
    found = [row for condition in conditions for row in tx.execute(_failed(condition).limit(MOST_SHOWN))]
    rows = {delivery.id: _failure(rt.settings, delivery, request) for delivery, request in found}
    return tuple(list(rows.values())[:MOST_SHOWN])


def _failure(settings: Settings, delivery: Delivery, request: AccessRequest) -> FailureRow:
    failed = next((step for step in delivery.steps if step.state is StepState.FAILED), None)
    return FailureRow(
        delivery_id=delivery.id,
        request_id=request.id,
        guest_name=request.guest_name or request.guest_address,
        guest_address=request.guest_address,
        package_name=request.package_name,
        tenant=mark_of(settings, request.tenant_id),
        cause=failed.cause if failed else "",
        owner=failed.owner if failed else "",
        next_step=failed.next_step if failed else "",
        failed_at=delivery.settled_at,
    )
