"""Closing: what a decision does to its stage and its request, in the transaction that keeps it."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.approval import Decision, Outcome, StageState
from selfservice.model.audit import Account, event
from selfservice.model.request import AccessRequest
from selfservice.model.thread import RequestRevision
from selfservice.services import granting, notifying, refreshing
from selfservice.services.eligibility import EndDateRefused
from selfservice.services.runtime import Runtime
from selfservice.services.voices import Case


def shorter_end(request: AccessRequest, chosen: date | None, *, today: date) -> date | None:
    """Return the earlier end that an approver agrees to, or None where it is what was asked for; never a later one."""
    if chosen is None or chosen == request.ends_on:
        return None
    if not today < chosen < request.ends_on:
        raise EndDateRefused(
            "You can agree to a shorter time, not to a longer one, and not to a day that is past.",
            next_step=f"Choose a day after today, up to {request.ends_on.isoformat()}.",
            owner="You",
        )
    return chosen


def shorten(tx: Session, request: AccessRequest, decision: Decision, *, by: Actor) -> None:
    """Let the request end on the earlier day that was agreed to, and keep what it said before."""
    if decision.ends_on is None:
        return
    at, before = decision.decided_at, request.ends_on
    keep(tx, request, by_name=request.requestor_name, at=request.submitted_at, why="as it was asked for")
    request.ends_on = decision.ends_on
    keep(tx, request, by_name=by.name, at=at, why=f"{by.name} agreed to a shorter time")
    details = {"before": before.isoformat(), "now": decision.ends_on.isoformat(), "content": request.content_hash}
    account = Account(why=decision.justification, details=details)
    tx.add(event("request.shortened", request.subject, by=by, at=at, account=account))


def close(tx: Session, rt: Runtime, case: Case, decision: Decision, *, by: Actor) -> None:
    """Close the stage where the decision is the last that it needs, and what follows from that."""
    request, stage = case.request, case.stage
    request.changed_at = decision.decided_at
    if decision.outcome is Outcome.DENY:
        stage.state = StageState.DENIED
        _deny(tx, rt, case, decision, by=by)
    elif not request.is_enough(stage):
        account = _account(case, decision)
        tx.add(event("request.agree", request.subject, by=by, at=decision.decided_at, account=account))
    else:
        stage.state = StageState.APPROVED
        _go_on(tx, rt, case, decision, by=by)
    notifying.request_settled(tx, rt, request)


def end_stages(request: AccessRequest) -> None:
    """Ask nobody any more: neither at the open stage nor at those that wait."""
    for stage in request.stages:
        if stage.state in (StageState.OPEN, StageState.WAITING):
            stage.state = StageState.ENDED


def _deny(tx: Session, rt: Runtime, case: Case, decision: Decision, *, by: Actor) -> None:
    request = case.request
    end_stages(request)
    tx.add(request.take("deny", by=by, at=decision.decided_at, account=_account(case, decision)))
    _tell(tx, rt, request, decision)


def _go_on(tx: Session, rt: Runtime, case: Case, decision: Decision, *, by: Actor) -> None:
    at, request, account = decision.decided_at, case.request, _account(case, decision)
    waiting = next((later for later in request.stages if later.state is StageState.WAITING), None)
    if waiting is not None:
        waiting.open(at=at)
        # People come and go while an earlier stage is decided.
        refreshing.refresh_stage(tx, request, waiting, at=at)
        tx.add(event("request.stageApproved", request.subject, by=by, at=at, account=account))
        notifying.stage_opened(tx, rt, request)
    else:
        tx.add(request.take("approve", by=by, at=at, account=account))
        granting.grant(tx, rt, request, case.package, by=by)
        _tell(tx, rt, request, decision)


def _tell(tx: Session, rt: Runtime, request: AccessRequest, decision: Decision) -> None:
    notifying.request_decided(tx, rt, request, decision.outcome, decision.name, decision.justification)


def _account(case: Case, decision: Decision) -> Account:
    details: dict[str, object] = {"content": decision.content_hash, "stage": case.stage.position}
    if decision.on_behalf_of:
        details["for"] = decision.principal_object_id
    return Account(why=decision.justification, details=details)


def keep(tx: Session, request: AccessRequest, *, by_name: str, at: datetime, why: str) -> None:
    """Keep what the request says now, so that a page which was loaded before can show what is different."""
    if tx.get(RequestRevision, (request.id, request.content_hash)) is not None:
        return
    tx.add(
        RequestRevision(
            request_id=request.id,
            content_hash=request.content_hash,
            content=request.content,
            written_at=at,
            written_by_name=by_name,
            why=why,
        )
    )
