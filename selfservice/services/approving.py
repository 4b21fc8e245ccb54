"""Approving: the people who were asked decide; each decision binds to the content that was seen, and counts once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from selfservice.model.actor import Actor
from selfservice.model.approval import ApprovalStage, Decision, Outcome
from selfservice.model.audit import Account, event
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound, Refused, Stale
from selfservice.model.request import AccessRequest, StepNotAllowed
from selfservice.services import authority, closing, voices, withdrawing
from selfservice.services.eligibility import TextRefused, clean_text
from selfservice.services.runtime import Runtime
from selfservice.services.voices import AlreadyDecided, Case, ConflictOfInterest, NoLongerApprover, Voice
from selfservice.store.transaction import reading, transaction

MOST_AT_ONCE = 50


class ContentChanged(Stale):
    """The request is not what the approver saw."""


class TooManyAtOnce(Refused):
    """More requests were picked than are decided at once."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A decision about the content that `seen` is the hash of. `ends_on` is set where a shorter time is agreed to."""

    outcome: Outcome
    seen: str
    justification: str
    ends_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Pick:
    """One of several requests that are decided together, as its row was seen."""

    request_id: str
    seen: str


@dataclass(frozen=True, kw_only=True)
class BulkResult:
    """What came of one of them. `cause` says why not, where it is not done."""

    request_id: str
    title: str
    done: bool
    cause: str = ""


def approve(
    rt: Runtime, request_id: str, *, by: Actor, seen: str, justification: str, ends_on: date | None = None
) -> None:
    """Agree to the request as it was seen, or to a shorter time; the last yes starts the delivery in one commit."""
    reason = clean_text(justification, what="reason", longest=1000)
    verdict = Verdict(outcome=Outcome.APPROVE, seen=seen, justification=reason, ends_on=ends_on)
    _decide(rt, request_id, verdict, by=by)


def deny(rt: Runtime, request_id: str, *, by: Actor, seen: str, justification: str) -> None:
    """Refuse the request with a reason; one no is enough."""
    verdict = Verdict(outcome=Outcome.DENY, seen=seen, justification=_reason(justification, Outcome.DENY))
    _decide(rt, request_id, verdict, by=by)


def decide_many(
    rt: Runtime, picks: Sequence[Pick], *, by: Actor, outcome: Outcome, justification: str
) -> tuple[BulkResult, ...]:
    """Decide about several requests, each in its own transaction, and return what came of each, in their order."""
    if len(picks) > MOST_AT_ONCE:
        raise TooManyAtOnce(
            f"At most {MOST_AT_ONCE} requests are decided at once.", next_step="Choose fewer.", owner="You"
        )
    reason = _reason(justification, outcome)
    return tuple(_decide_one_of_many(rt, pick, outcome, reason, by=by) for pick in picks)


def withdraw_approval(rt: Runtime, request_id: str, *, by: Actor, why: str) -> None:
    """Take back what the actor agreed to, or what was agreed to for them, with a reason; what was given is ended."""
    withdrawing.withdraw(rt, request_id, by=by, why=why)


def _reason(text: str, outcome: Outcome) -> str:
    reason = clean_text(text, what="reason", longest=1000)
    if outcome is Outcome.DENY and not reason:
        raise TextRefused(
            "A reason is missing.",
            next_step="Say in a sentence why not; the requestor reads it.",
            owner="You",
        )
    return reason


def _decide_one_of_many(rt: Runtime, pick: Pick, outcome: Outcome, reason: str, *, by: Actor) -> BulkResult:
    verdict = Verdict(outcome=outcome, seen=pick.seen, justification=reason)
    try:
        _decide(rt, pick.request_id, verdict, by=by)
    except NotFound as refusal:
        return BulkResult(request_id=pick.request_id, title="", done=False, cause=refusal.cause)
    except Refused as refusal:
        title = _title(rt, pick.request_id)
        return BulkResult(request_id=pick.request_id, title=title, done=False, cause=refusal.cause)
    return BulkResult(request_id=pick.request_id, title=_title(rt, pick.request_id), done=True)


def _title(rt: Runtime, request_id: str) -> str:
    with reading(rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id).title


def _decide(rt: Runtime, request_id: str, verdict: Verdict, *, by: Actor) -> None:
    try:
        request = _decide_once(rt, request_id, verdict, by=by)
    except (ConflictOfInterest, NoLongerApprover) as refusal:
        _record_refusal(rt, request_id, refusal, by=by)
        raise
    rt.waker.wake("mail")
    if request.open_stage is None and verdict.outcome is Outcome.APPROVE:
        rt.waker.wake("pump", request.tenant_id)


def _decide_once(rt: Runtime, request_id: str, verdict: Verdict, *, by: Actor) -> AccessRequest:
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        request = authority.request_to_decide(tx, request_id, by=by, at=at, lock=True)
        package = tx.get_one(AccessPackage, request.package_id)
        case = Case(package=package, request=request, stage=_undecided(request))
        voice = voices.voice_of(tx, case, by=by, at=at)
        _ensure_seen(case, verdict)
        _ensure_justified(case.stage, verdict)
        decision = _decision(case, verdict, voice, by=by, at=at)
        case.stage.decisions.append(decision)
        closing.shorten(tx, request, decision, by=by)
        closing.close(tx, rt, case, decision, by=by)
    return request


def _decision(case: Case, verdict: Verdict, voice: Voice, *, by: Actor, at: datetime) -> Decision:
    return Decision(
        tenant_id=by.tenant_id,
        object_id=by.object_id,
        name=by.name,
        outcome=verdict.outcome,
        justification=verdict.justification,
        content_hash=case.request.content_hash,
        decided_at=at,
        principal_tenant_id=voice.principal.tenant_id,
        principal_object_id=voice.principal.object_id,
        principal_name=voice.name,
        ends_on=closing.shorter_end(case.request, verdict.ends_on, today=at.date()),
    )


def _ensure_seen(case: Case, verdict: Verdict) -> None:
    request = case.request
    if verdict.seen != request.content_hash or case.package.fingerprint != request.package_fingerprint:
        raise ContentChanged(
            "This request, or what its access package gives, has changed since you opened it.",
            next_step="Read it again and decide anew.",
            owner="You",
        )


def _ensure_justified(stage: ApprovalStage, verdict: Verdict) -> None:
    if stage.rule.justification_required and not verdict.justification:
        raise TextRefused(
            "The rule wants a reason with every decision.",
            next_step="Say in a sentence why you agree.",
            owner="You",
        )


def _undecided(request: AccessRequest) -> ApprovalStage:
    stage = request.open_stage
    if stage is not None:
        return stage
    last = request.last_vote
    if last is not None:
        raise AlreadyDecided(last.name, last.outcome)
    raise StepNotAllowed(
        "This request does not wait for a decision any more.",
        next_step="Nothing is left to decide.",
    )


def _record_refusal(rt: Runtime, request_id: str, refusal: Refused, *, by: Actor) -> None:
    with transaction(rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id)
        account = Account(why=refusal.cause)
        tx.add(event("request.decisionRefused", request.subject, by=by, at=rt.clock(), account=account))
