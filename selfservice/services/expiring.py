"""Expiring: requests that nobody answered, and access whose date has come."""

from sqlalchemy import select

from selfservice.model.actor import SYSTEM
from selfservice.model.approval import ApprovalStage, StageState
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import ending
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

BATCH = 100


def expire_requests(rt: Runtime) -> int:
    """Close requests whose stage nobody answered in time and return how many that were."""
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
        for request in requests:
            tx.add(request.take("expire", by=SYSTEM, at=at))
            for stage in request.stages:
                stage.state = StageState.ENDED
    return len(requests)


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
