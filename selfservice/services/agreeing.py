"""Agreeing: whoever was asked agrees to a proposal, or declines it with a reason; unanswered ones go on by kind."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM, Actor, ActorKind
from selfservice.model.audit import Account, event
from selfservice.model.proposal import Proposal, ProposalClosed, ProposalState
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.services import telling_people
from selfservice.services.appliers import APPLIERS, UNANSWERED
from selfservice.services.eligibility import TextRefused, clean_text
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

BATCH = 100


class OwnProposal(NotAllowed):
    """A second person must agree: whoever proposed it cannot."""


def accept(rt: Runtime, proposal_id: str, *, by: Actor, note: str = "") -> None:
    """Agree to a proposal; what it says is done in the same transaction."""
    said = clean_text(note, what="note", longest=500)
    _each(rt, [proposal_id], lambda tx, proposal: _accept(tx, rt, proposal, by=by, said=said))


def decline(rt: Runtime, proposal_id: str, *, by: Actor, why: str) -> None:
    """Say no to a proposal, with a reason; the others who were asked can still agree."""
    reason = _reason(why)
    _each(rt, [proposal_id], lambda tx, proposal: _decline(tx, rt, proposal, by=by, why=reason))


def accept_all(rt: Runtime, bundle: str, *, by: Actor, note: str = "") -> int:
    """Agree to everything of a bundle that waits for the actor, all or nothing; return how many those were."""
    said = clean_text(note, what="note", longest=500)
    return _each(rt, _waiting(rt, bundle, by), lambda tx, proposal: _accept(tx, rt, proposal, by=by, said=said))


def decline_all(rt: Runtime, bundle: str, *, by: Actor, why: str) -> int:
    """Say no to everything of a bundle that waits for the actor; return how many those were."""
    reason = _reason(why)
    return _each(rt, _waiting(rt, bundle, by), lambda tx, proposal: _decline(tx, rt, proposal, by=by, why=reason))


def expire_proposals(rt: Runtime) -> int:
    """Go on with proposals that nobody answered in time, and return how many those were."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        late = tx.scalars(
            select(Proposal.id)
            .where(Proposal.state == ProposalState.OPEN, Proposal.answer_by <= at)
            .order_by(Proposal.answer_by, Proposal.id)
            .limit(BATCH)
        ).all()
    for proposal_id in late:
        with transaction(rt.sessions) as tx:
            proposal = tx.get(Proposal, proposal_id, with_for_update={"skip_locked": True})
            if proposal is not None and proposal.state is ProposalState.OPEN and (proposal.answer_by or at) <= at:
                _go_on(tx, rt, proposal, ProposalState.EXPIRED, why="nobody answered in time")
    if late:
        rt.waker.wake("mail")
    return len(late)


def _each(rt: Runtime, ids: list[str], do: Callable[[Session, Proposal], None]) -> int:
    tenants = set()
    with transaction(rt.sessions) as tx:
        for proposal_id in sorted(ids):
            proposal = tx.get(Proposal, proposal_id, with_for_update=True)
            if proposal is None:
                raise NotFound
            do(tx, proposal)
            tenants.add(proposal.tenant_id)
    rt.waker.wake("mail")
    for tenant_id in sorted(tenants):
        rt.waker.wake("pump", tenant_id)
    return len(ids)


def _waiting(rt: Runtime, bundle: str, by: Actor) -> list[str]:
    with transaction(rt.sessions) as tx:
        found = tx.scalars(select(Proposal).where(Proposal.bundle == bundle)).all()
    asked = [proposal for proposal in found if any(each.ref == by.ref for each in proposal.asked)]
    if by.kind is not ActorKind.PERSON or not asked:
        raise NotFound
    waiting = [each.id for each in asked if each.state is ProposalState.OPEN and each.asks(by.ref)]
    if not waiting:
        raise ProposalClosed("This has been answered already, or was taken back.", owner="Nobody")
    return waiting


def _accept(tx: Session, rt: Runtime, proposal: Proposal, *, by: Actor, said: str) -> None:
    _ensure_asked(proposal, by)
    tx.add(proposal.close(ProposalState.ACCEPTED, by=by, at=rt.clock(), why=said))
    APPLIERS[proposal.kind](tx, rt, proposal, by)
    telling_people.proposal_answered(tx, rt, proposal)


def _decline(tx: Session, rt: Runtime, proposal: Proposal, *, by: Actor, why: str) -> None:
    _ensure_asked(proposal, by)
    if proposal.state is not ProposalState.OPEN:
        raise ProposalClosed("This has been answered already, or was taken back.", owner="Nobody")
    for each in proposal.asked:
        if each.ref == by.ref:
            each.declined_at = rt.clock()
    details: dict[str, object] = {"kind": proposal.kind.value, "guest": proposal.guest_id}
    account = Account(why=why, details=details)
    tx.add(event("proposal.no", proposal.subject, by=by, at=rt.clock(), account=account))
    if not proposal.waiting_for:
        _go_on(tx, rt, proposal, ProposalState.DECLINED, why=why, by=by)


def _go_on(tx: Session, rt: Runtime, proposal: Proposal, state: ProposalState, *, why: str, by: Actor = SYSTEM) -> None:
    """Let the kind say who is asked next; where nobody is, the proposal is closed and whoever made it is told."""
    ask_next = UNANSWERED.get(proposal.kind)
    if ask_next is not None and ask_next(tx, rt, proposal):
        return
    tx.add(proposal.close(state, by=by, at=rt.clock(), why=why))
    telling_people.take_back(tx, proposal)
    telling_people.proposal_answered(tx, rt, proposal)


def _ensure_asked(proposal: Proposal, by: Actor) -> None:
    if by.kind is not ActorKind.PERSON or not any(each.ref == by.ref for each in proposal.asked):
        raise NotFound
    if proposal.proposed_by == by.ref:
        raise OwnProposal(
            "You proposed this yourself, so a second person has to agree.",
            next_step="Wait for somebody else who was asked.",
            owner="Whoever else was asked",
        )
    if proposal.state is ProposalState.OPEN and not proposal.asks(by.ref):
        raise ProposalClosed("You have said no to this already.", next_step="Nothing is left to do.", owner="Nobody")


def _reason(why: str) -> str:
    reason = clean_text(why, what="reason", longest=500)
    if not reason:
        raise TextRefused("A reason is needed.", next_step="Say why in a few words.", owner="You")
    return reason
