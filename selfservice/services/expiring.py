"""Expiring: requests that nobody answered, and access whose date has come."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM
from selfservice.model.approval import ApprovalStage, StageState
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import Account
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import closing, ending, notifying
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

BATCH = 100


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
    """Begin to take away what has reached its end date (the access lasts until that day is over, UTC)."""
    with transaction(rt.sessions) as tx:
        due = tx.scalars(
            select(Assignment)
            .where(
                Assignment.state == AssignmentState.ACTIVE,
                Assignment.ends_on < rt.clock().date(),
            )
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for assignment in due:
            ending.begin(tx, rt, assignment, by=SYSTEM, why="the end date has come")
    return len(due)
