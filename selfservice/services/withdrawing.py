"""Withdrawing an approval: whoever agreed, or for whom it was agreed, takes it back with a reason.

While the stage is open the voice counts no more; later the request is denied; once delivered, the access is ended.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.approval import ApprovalStage, Decision, Outcome, StageState
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import Account, event
from selfservice.model.refusal import NotAllowed
from selfservice.model.request import WORDS, AccessRequest, RequestState, StepNotAllowed
from selfservice.services import authority, closing, ending, notifying
from selfservice.services.eligibility import TextRefused, clean_text
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

GIVEN = frozenset({RequestState.DELIVERED, RequestState.PARTIALLY_DELIVERED})
WITHDRAWABLE = GIVEN | {RequestState.PENDING_APPROVAL, RequestState.DELIVERY_FAILED}


class NothingToWithdraw(NotAllowed):
    """The person has not approved this request, or has taken it back already."""


class DeliveryUnderWay(NotAllowed):
    """What was approved is being given at this moment."""


def withdraw(rt: Runtime, request_id: str, *, by: Actor, why: str) -> None:
    """Take back the actor's own approval, or the one that was given for them."""
    reason = _reason(why)
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        request = authority.request_to_decide(tx, request_id, by=by, at=at, lock=True)
        given = _given(request, by)
        _ensure_possible(request)
        for _stage, vote in given:
            vote.withdraw(at=at, because=reason)
        details = {"stages": [stage.position for stage, _vote in given], "content": request.content_hash}
        account = Account(why=reason, details=details)
        tx.add(event("request.approvalWithdrawn", request.subject, by=by, at=at, account=account))
        _follow(tx, rt, request, by=by, why=reason)
    rt.waker.wake("mail")
    rt.waker.wake("pump", request.tenant_id)


def may_withdraw(tx: Session, request: AccessRequest, *, by: Actor) -> bool:
    """Say whether the actor has an approval of this request that can be taken back now."""
    has_one = any(_approval_of(stage, by) for stage in request.stages)
    if not has_one or request.state not in WITHDRAWABLE:
        return False
    return request.state not in GIVEN or _active(tx, request) is not None


def _follow(tx: Session, rt: Runtime, request: AccessRequest, *, by: Actor, why: str) -> None:
    """Do what follows: a closed stage lost its quorum, so nothing is decided, or given, by it any more."""
    at = rt.clock()
    request.changed_at = at
    lost = any(stage.state is StageState.APPROVED and not request.is_enough(stage) for stage in request.stages)
    if request.state is RequestState.PENDING_APPROVAL and lost:
        closing.end_stages(request)
        tx.add(request.take("revoke", by=by, at=at, account=Account(why=why)))
    elif request.state in GIVEN:
        access = _active(tx, request, lock=True)
        if access is None:
            raise NothingToWithdraw(
                "The access is being ended already, or is gone.", next_step="Nothing is left to do.", owner="Nobody"
            )
        ending.begin(tx, rt, access, by=by, why=f"{by.name} took the approval back: {why}"[:500])
    notifying.approval_withdrawn(tx, rt, request, by.name, why)
    notifying.request_settled(tx, rt, request)


def _given(request: AccessRequest, by: Actor) -> list[tuple[ApprovalStage, Decision]]:
    found = [(stage, vote) for stage in request.stages if (vote := _approval_of(stage, by)) is not None]
    if not found:
        raise NothingToWithdraw(
            "You have not approved this request, or have taken it back already.",
            next_step="Nothing is left to take back.",
            owner="You",
        )
    return found


def _approval_of(stage: ApprovalStage, by: Actor) -> Decision | None:
    vote = stage.vote_of(by.ref)
    return vote if vote is not None and vote.outcome is Outcome.APPROVE else None


def _ensure_possible(request: AccessRequest) -> None:
    if request.state is RequestState.DELIVERING:
        raise DeliveryUnderWay(
            "The access is being given at this moment.",
            next_step="Wait until it is delivered, then take the approval back: the access is ended.",
            owner="You",
        )
    if request.state not in WITHDRAWABLE:
        raise StepNotAllowed(
            f"This request is {WORDS[request.state]}, so there is no approval to take back.",
            next_step="Look at the request as it is now.",
            owner="You",
        )


def _active(tx: Session, request: AccessRequest, *, lock: bool = False) -> Assignment | None:
    query = select(Assignment).where(Assignment.request_id == request.id, Assignment.state == AssignmentState.ACTIVE)
    return tx.scalar(query.with_for_update() if lock else query)


def _reason(text: str) -> str:
    reason = clean_text(text, what="reason", longest=1000)
    if not reason:
        raise TextRefused("A reason is missing.", next_step="Say in a sentence why you take it back.", owner="You")
    return reason
