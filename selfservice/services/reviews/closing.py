"""Closing: a run ends on its day, or early. What nobody answered goes as the campaign says, and nothing is kept in
silence: where there was nobody to answer, it is left to those who manage the review, by name and number.
"""

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.audit import Account, event
from selfservice.model.person import Person
from selfservice.model.review import (
    AGAINST,
    UNANSWERED,
    ItemState,
    ReviewClosed,
    ReviewItem,
    ReviewRun,
    RunState,
)
from selfservice.model.review_plan import NoAnswer
from selfservice.services import telling_reviews
from selfservice.services.reviews import reach
from selfservice.services.reviews.reasons import reason_of
from selfservice.services.reviews.scope import key
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction


def close_due(rt: Runtime) -> int:
    """Close the runs whose last moment has come, and return how many."""
    with reading(rt.sessions) as tx:
        query = select(ReviewRun.id).where(ReviewRun.state == RunState.OPEN, ReviewRun.closes_at <= rt.clock())
        due = tx.scalars(query).all()
    for run_id in due:
        with transaction(rt.sessions) as tx:
            run = tx.get_one(ReviewRun, run_id, with_for_update=True)
            if run.state is RunState.OPEN and run.closes_at <= rt.clock():
                _close(tx, rt, run, by=SYSTEM, why="its last day is over")
    if due:
        rt.waker.wake("mail")
    return len(due)


def close_early(rt: Runtime, run_id: str, *, why: str, by: Actor) -> None:
    """Close a run before its day: what is open then goes as the campaign says."""
    words = reason_of(why)
    with transaction(rt.sessions) as tx:
        run = reach.run_to_manage(tx, rt, run_id, by=by)
        if run.state is not RunState.OPEN:
            raise ReviewClosed("This run is not open.", next_step="Look at it as it is now.", owner="You")
        _close(tx, rt, run, by=by, why=words)
    rt.waker.wake("mail")


def is_gone() -> ColumnElement[bool]:
    """Say whether nobody can answer an item any more: it has no reviewer, or theirs has left."""
    there = select(key(Person.tenant_id, Person.object_id)).where(
        Person.enabled,
        Person.removed_at.is_(None),
        Person.tenant_id == func.substr(ReviewItem.reviewer, 1, 36),
        Person.object_id == func.substr(ReviewItem.reviewer, 38),
    )
    return or_(ReviewItem.reviewer == "", ~there.exists())


def _close(tx: Session, rt: Runtime, run: ReviewRun, *, by: Actor, why: str) -> None:
    at, policy = rt.clock(), run.plan.no_answer
    against = ReviewItem.flags.bitwise_and(int(AGAINST)) != 0
    if policy is not NoAnswer.KEEP:
        _settle(tx, run, ItemState.REMOVED, *(() if policy is NoAnswer.REMOVE else (against,)))
    _settle(tx, run, ItemState.LEFT, is_gone())
    _settle(tx, run, ItemState.KEPT)
    counts = counts_of(tx, run.id)
    run.state, run.closed_at, run.closed_because = RunState.CLOSING, at, why
    account = Account(why=why, details={**counts, "no answer": policy.value})
    tx.add(event("review.close", run.subject, by=by, at=at, account=account))
    told = {
        "kept": counts.get(ItemState.KEPT, 0),
        "removed": counts.get(ItemState.REMOVED, 0),
        "rolled": counts.get(ItemState.ROLLED, 0),
        "left": counts.get(ItemState.LEFT, 0),
    }
    telling_reviews.closed(tx, rt, run, told)


def counts_of(tx: Session, run_id: str) -> dict[str, int]:
    """Return how many items of a run stand where: a walk over all of them, for the moment of closing."""
    query = select(ReviewItem.state, func.count()).where(ReviewItem.run_id == run_id).group_by(ReviewItem.state)
    return {state.value: count for state, count in tx.execute(query)}


def _settle(tx: Session, run: ReviewRun, state: ItemState, *which: ColumnElement[bool]) -> None:
    """Give what has no answer its end; who was not sure gave none."""
    open_ = (ReviewItem.run_id == run.id, ReviewItem.state.in_(UNANSWERED))
    change = {"state": state, "verdict": None, "decided_at": None, "decided_by": None, "decided_by_name": None}
    tx.execute(
        update(ReviewItem).where(*open_, *which).values(change), execution_options={"synchronize_session": False}
    )
