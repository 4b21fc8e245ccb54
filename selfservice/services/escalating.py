"""Escalating: where nobody decides in time, or too few of those asked can decide any more, others are asked as well."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM
from selfservice.model.approval import ApprovalStage, StageApprover, StageState
from selfservice.model.audit import Account, AuditEvent, event
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import leasing, notifying
from selfservice.services.refreshing import Refreshed, is_stuck, refresh_stage
from selfservice.services.runtime import Runtime
from selfservice.services.waiting import open_stages
from selfservice.store.transaction import reading, transaction

LOOKED_OVER = "pause:stages"
LOOK_OVER_EVERY = timedelta(hours=1)
"""How often every stage that waits is looked at, since somebody may have left a group and be active all the same."""

STUCK = "request.stuck"

LEASE, RENEW_EVERY = "escalations", 20

Work = TypeVar("Work")


def escalate_due(rt: Runtime) -> int:
    """Ask others where it is time, or where too few who were asked can decide; return for how many requests."""
    fence = leasing.claim(rt, LEASE, for_=rt.settings.intervals.lease)
    if fence is None:
        return 0
    try:
        changed = sum(_escalate(rt, request_id) for request_id in _held(rt, fence, _found(rt, fence)))
    finally:
        leasing.release(rt, LEASE, fence)
    if changed:
        rt.waker.wake("mail")
    return changed


def _found(rt: Runtime, fence: str) -> list[str]:
    at = rt.clock()
    with reading(rt.sessions) as tx:
        found = {*_due(tx, at), *_deserted(tx)}
    if leasing.claim(rt, LOOKED_OVER, for_=LOOK_OVER_EVERY) is not None:
        waiting = _held(rt, fence, open_stages(rt))
        found |= {each.request.id for each in waiting if is_stuck(each.tx, each.request, each.stage, at=at)}
    return sorted(found)


def _held(rt: Runtime, fence: str, work: Iterable[Work]) -> Iterator[Work]:
    """Yield the work for as long as it is ours; where another worker took over, it goes on from the rows."""
    for number, each in enumerate(work):
        if number % RENEW_EVERY == 0 and not leasing.renew(rt, LEASE, fence, for_=rt.settings.intervals.lease):
            return
        yield each


def _due(tx: Session, at: datetime) -> Iterator[str]:
    yield from tx.scalars(
        select(ApprovalStage.request_id).where(ApprovalStage.state == StageState.OPEN, ApprovalStage.escalate_at <= at)
    )


def _deserted(tx: Session) -> Iterator[str]:
    """Yield requests of whose approvers too few are active."""
    there = (
        select(func.count())
        .select_from(StageApprover)
        .join(Person, (Person.tenant_id == StageApprover.tenant_id) & (Person.object_id == StageApprover.object_id))
        .where(
            StageApprover.stage_id == ApprovalStage.id,
            StageApprover.asked_at.is_not(None),
            Person.enabled,
            Person.removed_at.is_(None),
        )
        .correlate(ApprovalStage)
        .scalar_subquery()
    )
    waiting = select(ApprovalStage.request_id).where(ApprovalStage.state == StageState.OPEN)
    yield from tx.scalars(waiting.where(there < ApprovalStage.quorum))


def _escalate(rt: Runtime, request_id: str) -> bool:
    """Look at one request, locked, and say whether anything was done; another worker that is at it does it."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        pending = select(AccessRequest).where(
            AccessRequest.id == request_id, AccessRequest.state == RequestState.PENDING_APPROVAL
        )
        request = tx.scalar(pending.with_for_update(skip_locked=True))
        stage = request.open_stage if request is not None else None
        if request is None or stage is None:
            return False
        due = stage.escalate_at is not None and stage.escalate_at <= at
        if not due and not is_stuck(tx, request, stage, at=at):
            return False
        refreshed = refresh_stage(tx, request, stage, at=at, escalate=due)
        tx.flush()
        if due or refreshed.newly:
            _record(tx, rt, request, stage, refreshed)
        return (due or bool(refreshed.newly)) | (refreshed.stuck and _record_stuck(tx, rt, request, stage))


def _record(tx: Session, rt: Runtime, request: AccessRequest, stage: ApprovalStage, refreshed: Refreshed) -> None:
    names = [approver.name for approver in refreshed.newly]
    account = Account(why=_why(stage, rt.clock()), details={"stage": stage.position, "asked": names})
    tx.add(event("request.escalate", request.subject, by=SYSTEM, at=rt.clock(), account=account))
    if names:
        notifying.decision_escalated(tx, rt, request, stage, refreshed.newly)


def _record_stuck(tx: Session, rt: Runtime, request: AccessRequest, stage: ApprovalStage) -> bool:
    """Say once for each stage that nobody can decide it; False where that was said before."""
    if _is_known_stuck(tx, request, stage):
        return False
    account = Account(why="too few people can decide", details={"stage": stage.position})
    tx.add(event(STUCK, request.subject, by=SYSTEM, at=rt.clock(), account=account))
    notifying.nobody_decides(tx, rt, request, stage)
    return True


def _why(stage: ApprovalStage, at: datetime) -> str:
    days = stage.rule.escalate_after_days
    if days is not None and stage.opened_at is not None and at >= stage.opened_at + timedelta(days=days):
        return f"not decided within {days} days"
    return "too few of those asked can still decide"


def _is_known_stuck(tx: Session, request: AccessRequest, stage: ApprovalStage) -> bool:
    said = select(AuditEvent.details).where(
        AuditEvent.object_kind == request.subject.kind, AuditEvent.object_id == request.id, AuditEvent.action == STUCK
    )
    return any(details.get("stage") == stage.position for details in tx.scalars(said))
