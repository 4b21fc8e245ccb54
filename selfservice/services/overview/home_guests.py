"""What waits for somebody about guests: ends that come, answers that are asked for, and blocks to look at. Each is
counted up to a bound, along an index.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.proposal import Proposal, ProposalAsked, ProposalState
from selfservice.model.review import ReviewRun, RunState
from selfservice.model.review_tally import ReviewTally
from selfservice.services.overview import guest_scope
from selfservice.services.overview.drift import drift_count
from selfservice.services.overview.home_rows import GuestTodo
from selfservice.services.reviews import reach
from selfservice.services.runtime import Runtime

SOON = timedelta(days=30)
MOST_COUNTED = 100


def todo_of(tx: Session, rt: Runtime, by: Actor) -> GuestTodo:
    """Return how much waits."""
    return GuestTodo(
        ending=count(tx, _ending(by, rt.clock().date())),
        proposals=count(tx, _proposals(by)),
        blocks=count(tx, _blocks(by, rt.clock())),
        reviews=reviews_waiting(tx, rt, by),
        drift=min(drift_count(tx, rt.settings, by), MOST_COUNTED) if by.roles else 0,
    )


def guests_of(tx: Session, by: Actor) -> int:
    """Count the guests whom the actor answers for."""
    return count(tx, select(Guest.id).where(guest_scope.mine(by), Guest.standing != GuestStanding.GONE))


def reviews_waiting(tx: Session, rt: Runtime, by: Actor) -> int:
    """Count what the actor is to look at in reviews that are open."""
    waiting = (
        select(func.sum(ReviewTally.open + ReviewTally.unsure))
        .join(ReviewRun, ReviewRun.id == ReviewTally.run_id)
        .where(ReviewTally.reviewer.in_(reach.voices_of(tx, rt, by=by)), ReviewRun.state == RunState.OPEN)
    )
    return min(tx.scalar(waiting) or 0, MOST_COUNTED)


def count(tx: Session, query: Select[str]) -> int:
    """Count what a query finds, as far as anybody needs to know."""
    return tx.scalar(select(func.count()).select_from(query.limit(MOST_COUNTED).subquery())) or 0


def _ending(by: Actor, today: date) -> Select[str]:
    soon = select(Assignment.guest_id).where(
        Assignment.state == AssignmentState.ACTIVE, Assignment.ends_on <= today + SOON
    )
    return select(Guest.id).where(guest_scope.mine(by), or_(Guest.id.in_(soon), Guest.ends_on <= today + SOON))


def _proposals(by: Actor) -> Select[str]:
    return (
        select(Proposal.id)
        .join(ProposalAsked, ProposalAsked.proposal_id == Proposal.id)
        .where(
            Proposal.state == ProposalState.OPEN,
            ProposalAsked.tenant_id == by.tenant_id,
            ProposalAsked.object_id == by.object_id,
            ProposalAsked.declined_at.is_(None),
        )
    )


def _blocks(by: Actor, at: datetime) -> Select[str]:
    """Leavers who were blocked, while one click still undoes it."""
    return (
        select(GuestAct.id)
        .join(Guest, Guest.id == GuestAct.guest_id)
        .where(
            guest_scope.mine(by),
            GuestAct.kind == ActKind.BLOCK,
            GuestAct.cause == ActCause.LEAVER,
            GuestAct.state == ActState.DONE,
            GuestAct.undo_until > at,
            GuestAct.undone_by_id.is_(None),
        )
    )
