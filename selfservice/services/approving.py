"""Approving: one of the approvers who were asked decides; the decision binds to the content that they saw."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.approval import ApprovalStage, Decision, Outcome, StageState
from selfservice.model.audit import Account, event
from selfservice.model.package import AccessPackage
from selfservice.model.planning import plan_grant
from selfservice.model.refusal import NotAllowed, NotFound, Refused, Stale
from selfservice.model.request import AccessRequest, StepNotAllowed
from selfservice.model.routing import conflict_of
from selfservice.services import notifying
from selfservice.services.eligibility import TextRefused, clean_text
from selfservice.services.routing import authority_of, stage_interests
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


class AlreadyDecided(StepNotAllowed):
    """Another approver was faster; `decider` says who."""

    def __init__(self, decider: str, outcome: Outcome) -> None:
        word = "approved" if outcome is Outcome.APPROVE else "denied"
        super().__init__(
            f"{decider} has {word} this request already.",
            next_step="Nothing is left to decide.",
            owner="Nobody: it is decided",
        )
        self.decider = decider


class ContentChanged(Stale):
    """The request is not what the approver saw."""


class ConflictOfInterest(NotAllowed):
    """The approver asks, benefits or answers for the guest."""


class NoLongerApprover(NotAllowed):
    """The person was asked once but may not decide now."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A decision about the content that `seen` is the hash of."""

    outcome: Outcome
    seen: str
    justification: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is decided about."""

    package: AccessPackage
    request: AccessRequest
    stage: ApprovalStage


def approve(rt: Runtime, request_id: str, *, by: Actor, seen: str, justification: str) -> None:
    """Agree to the request as it was seen; the last stage's approval starts the delivery in the same commit."""
    reason = clean_text(justification, what="reason", longest=1000)
    _decide(
        rt,
        request_id,
        Verdict(outcome=Outcome.APPROVE, seen=seen, justification=reason),
        by=by,
    )


def deny(rt: Runtime, request_id: str, *, by: Actor, seen: str, justification: str) -> None:
    """Refuse the request with a reason."""
    reason = clean_text(justification, what="reason", longest=1000)
    if not reason:
        raise TextRefused(
            "A reason is missing.",
            next_step="Say in a sentence why not; the requestor reads it.",
            owner="You",
        )
    _decide(
        rt,
        request_id,
        Verdict(outcome=Outcome.DENY, seen=seen, justification=reason),
        by=by,
    )


def _decide(rt: Runtime, request_id: str, verdict: Verdict, *, by: Actor) -> None:
    try:
        tenant_id = _decide_once(rt, request_id, verdict, by=by)
    except (ConflictOfInterest, NoLongerApprover) as refusal:
        _record_refusal(rt, request_id, refusal, by=by)
        raise
    rt.waker.wake("mail")
    if verdict.outcome is Outcome.APPROVE:
        rt.waker.wake("pump", tenant_id)


def _decide_once(rt: Runtime, request_id: str, verdict: Verdict, *, by: Actor) -> str:
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        request = tx.get(AccessRequest, request_id, with_for_update=True)
        if request is None or not any(stage.asks(by.ref) for stage in request.stages):
            raise NotFound
        stage = _undecided(request)
        package = tx.get_one(AccessPackage, request.package_id)
        case = Case(package=package, request=request, stage=stage)
        _ensure_authority(tx, case, by=by, at=at)
        if verdict.seen != request.content_hash or package.fingerprint != request.package_fingerprint:
            raise ContentChanged(
                "This request, or what its access package gives, has changed since you opened it.",
                next_step="Read it again and decide anew.",
                owner="You",
            )
        stage.decisions.append(
            Decision(
                tenant_id=by.tenant_id,
                object_id=by.object_id,
                name=by.name,
                outcome=verdict.outcome,
                justification=verdict.justification,
                content_hash=request.content_hash,
                decided_at=at,
                principal_tenant_id=by.tenant_id,
                principal_object_id=by.object_id,
                principal_name=by.name,
            )
        )
        _close(rt, tx, case, verdict, by=by)
    return request.tenant_id


def _close(rt: Runtime, tx: Session, case: Case, verdict: Verdict, *, by: Actor) -> None:
    at, request, stage = rt.clock(), case.request, case.stage
    account = Account(why=verdict.justification, details={"content": request.content_hash, "stage": stage.position})
    stage.state = StageState.APPROVED if verdict.outcome is Outcome.APPROVE else StageState.DENIED
    waiting = next((later for later in request.stages if later.state is StageState.WAITING), None)
    if verdict.outcome is Outcome.DENY:
        for later in request.stages:
            later.state = StageState.ENDED if later.state is StageState.WAITING else later.state
        tx.add(request.take("deny", by=by, at=at, account=account))
        notifying.request_decided(tx, rt, request, verdict.outcome, by.name, verdict.justification)
    elif waiting is not None:
        waiting.open(at=at)
        request.changed_at = at
        tx.add(event("request.stageApproved", request.subject, by=by, at=at, account=account))
        notifying.request_submitted(tx, rt, request)
    else:
        tx.add(request.take("approve", by=by, at=at, account=account))
        tx.add(plan_grant(request, case.package, at=at))
        notifying.request_decided(tx, rt, request, verdict.outcome, by.name, verdict.justification)


def _undecided(request: AccessRequest) -> ApprovalStage:
    stage = request.open_stage
    if stage is not None:
        return stage
    decisions = [decision for each in request.stages for decision in each.decisions]
    if decisions:
        raise AlreadyDecided(decisions[-1].name, decisions[-1].outcome)
    raise StepNotAllowed(
        "This request does not wait for a decision any more.",
        next_step="Nothing is left to decide.",
    )


def _ensure_authority(tx: Session, case: Case, *, by: Actor, at: datetime) -> None:
    package, request, stage = case.package, case.request, case.stage
    if not stage.asks(by.ref):
        raise NotFound
    now = authority_of(tx, package, request, stage, by.ref)
    if now is None:
        raise NoLongerApprover(
            "You are not an approver of this access package any more.",
            next_step="Ask its owner who decides now.",
            owner=package.owner_name,
        )
    conflict = conflict_of(now, stage_interests(tx, package, request, stage, at=at))
    if conflict is not None:
        raise ConflictOfInterest(
            f"You cannot decide: whoever {conflict.value} does not.",
            next_step="Another approver must decide.",
            owner=package.owner_name,
        )


def _record_refusal(rt: Runtime, request_id: str, refusal: Refused, *, by: Actor) -> None:
    with transaction(rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id)
        account = Account(why=refusal.cause)
        tx.add(
            event(
                "request.decisionRefused",
                request.subject,
                by=by,
                at=rt.clock(),
                account=account,
            )
        )
