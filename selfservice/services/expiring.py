"""Expiring: requests that nobody answered, and access whose date has come."""

from datetime import date

import structlog
from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM
from selfservice.model.approval import ApprovalStage, StageState
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import Account
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import closing, ending, notifying
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

BATCH = 100

OUTAGES = (OperationalError, InterfaceError)
"""The database is away: that is no matter of one row."""


def expire_requests(rt: Runtime) -> int:
    """Close requests whose stage nobody answered in time, tell who asked, and return how many that were."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        late = select(ApprovalStage.request_id).where(
            ApprovalStage.state == StageState.OPEN, ApprovalStage.answer_by <= at
        )
        requests = tx.scalars(
            select(AccessRequest)
            .where(
                AccessRequest.id.in_(late),
                AccessRequest.state == RequestState.PENDING_APPROVAL,
            )
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        expired = sum(_expire(tx, rt, request) for request in requests)
    if expired:
        rt.waker.wake("mail")
    return expired


def _expire(tx: Session, rt: Runtime, request: AccessRequest) -> bool:
    """Close one request; False where its next stage was opened while we looked."""
    at, late = rt.clock(), request.open_stage
    if late is None or late.answer_by is None or late.answer_by > at:
        return False
    agreed = [vote.name for stage in request.stages for vote in stage.votes]
    account = Account(why="nobody decided in time", details={"stage": late.position, "agreed": agreed})
    tx.add(request.take("expire", by=SYSTEM, at=at, account=account))
    closing.end_stages(request)
    notifying.request_expired(tx, rt, request, late)
    notifying.request_settled(tx, rt, request)
    return True


def end_due_access(rt: Runtime) -> int:
    """Begin to take away whatever has reached its end date (the access lasts until that day is over, UTC), each in a
    commit of its own, so that one that cannot be ended holds up no other. Return how many that were.
    """
    begun, last = 0, None
    while page := _past_their_end(rt, after=last):
        last = page[-1]
        for _, assignment_id in page:
            try:
                begun += _end(rt, assignment_id)
            except OUTAGES:
                raise
            except Exception:
                log.exception("an access could not be ended", assignment=assignment_id)
    return begun


def _past_their_end(rt: Runtime, *, after: tuple[date, str] | None) -> list[tuple[date, str]]:
    """Return the next accesses that are past their end, by end and id."""
    query = select(Assignment.ends_on, Assignment.id).where(*_is_over(rt))
    if after is not None:
        query = query.where(tuple_(Assignment.ends_on, Assignment.id) > after)
    with reading(rt.sessions) as tx:
        rows = tx.execute(query.order_by(Assignment.ends_on, Assignment.id).limit(BATCH))
        return [(ends_on, assignment_id) for ends_on, assignment_id in rows]


def _end(rt: Runtime, assignment_id: str) -> bool:
    with transaction(rt.sessions) as tx:
        query = select(Assignment).where(Assignment.id == assignment_id, *_is_over(rt))
        assignment = tx.scalar(query.with_for_update(skip_locked=True))
        if assignment is None:
            return False
        ending.begin(tx, rt, assignment, by=SYSTEM, why="the end date has come")
    return True


def _is_over(rt: Runtime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Assignment.state == AssignmentState.ACTIVE, Assignment.ends_on < rt.clock().date()
