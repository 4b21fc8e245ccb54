"""Passing on: what a reviewer cannot answer any more, or has not begun with shortly before the end, asks the next one.

Whoever is next is found as at the start, from the kinds of reviewers that are left in the campaign's order.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import ColumnElement, case, literal, select, update
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM
from selfservice.model.audit import Account, event
from selfservice.model.base import states
from selfservice.model.review import UNANSWERED, Flag, ItemState, ReviewItem, ReviewRun, RunState
from selfservice.model.review_plan import ReviewerKind, ReviewPlan
from selfservice.model.review_tally import ReviewTally
from selfservice.services.reviews import snapshot, starting, tallying
from selfservice.services.reviews.closing import is_gone
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

WAITING = (*UNANSWERED, ItemState.ROLLED)
"""What still needs somebody who answers for it: what rolls over is kept only while there is one."""


def pass_on_due(rt: Runtime) -> int:
    """Pass on, in every open run, what its reviewers cannot or do not answer; return how many runs that changed."""
    with reading(rt.sessions) as tx:
        runs = tx.scalars(select(ReviewRun.id).where(ReviewRun.state == RunState.OPEN)).all()
    changed = 0
    for run_id in runs:
        with transaction(rt.sessions) as tx:
            run = tx.get_one(ReviewRun, run_id, with_for_update=True)
            if run.state is RunState.OPEN and rt.clock() < run.closes_at:
                changed += _pass_on(tx, rt, run)
    return changed


def _pass_on(tx: Session, rt: Runtime, run: ReviewRun) -> bool:
    gone = select(ReviewItem.reviewer).where(
        ReviewItem.run_id == run.id, ReviewItem.state.in_(WAITING), ReviewItem.reviewer != "", is_gone()
    )
    passed = 0
    if tx.scalar(gone.limit(1)) is not None:
        passed += _to_next(tx, run, ReviewItem.state.in_(WAITING) & (ReviewItem.reviewer != "") & is_gone())
    at, days = rt.clock(), run.plan.escalate_days
    if days and run.escalated_at is None and at >= run.closes_at - timedelta(days=days):
        run.escalated_at = at
        idle = select(ReviewTally.reviewer).where(ReviewTally.run_id == run.id, ReviewTally.last_at.is_(None))
        passed += _to_next(tx, run, (ReviewItem.state == ItemState.OPEN) & ReviewItem.reviewer.in_(idle))
    if passed:
        tallying.count_anew(tx, run.id)
        account = Account(why="their reviewers left, or have not begun", details={"items": passed})
        tx.add(event("review.passOn", run.subject, by=SYSTEM, at=at, account=account))
    return bool(passed)


def _to_next(tx: Session, run: ReviewRun, which: ColumnElement[bool]) -> int:
    """Give items to the next reviewer; where there is none, one who has only not begun keeps them."""
    mine = ReviewItem.run_id == run.id
    kinds = tx.scalars(select(ReviewItem.because).where(mine, which).distinct()).all()
    passed = 0
    # The last kind first: what has just been passed on must not be passed on again.
    for kind in sorted(kinds, key=lambda each: _place(run.plan, each), reverse=True):
        picture = starting.picture_of(tx, run, _rest(run.plan, kind), starting.creator_of(tx, run))
        these = (mine, which, ReviewItem.because == kind)
        subject = picture.holdings.subject
        found = snapshot.items(picture, subject.in_(select(ReviewItem.subject_id).where(*these))).subquery("found")
        next_ = (ReviewItem.subject_id == found.c.subject_id, ReviewItem.reviewer != found.c.reviewer)
        somebody = (found.c.reviewer != "") | is_gone()
        change = {
            "reviewer": found.c.reviewer,
            "because": found.c.because,
            "flags": ReviewItem.flags.bitwise_or(int(Flag.NO_SPONSOR) if kind == ReviewerKind.SPONSORS else 0),
            "state": case(
                (ReviewItem.state == ItemState.ROLLED, literal(ItemState.OPEN, states(ItemState))),
                else_=ReviewItem.state,
            ),
        }
        changed = tx.execute(
            update(ReviewItem).where(*these, *next_, somebody).values(change),
            execution_options={"synchronize_session": False},
        )
        passed += changed.rowcount  # type: ignore[attr-defined]
    return passed


def _place(plan: ReviewPlan, kind: str) -> int:
    return next((number for number, each in enumerate(plan.reviewers) if each == kind), len(plan.reviewers))


def _rest(plan: ReviewPlan, kind: str) -> ReviewPlan:
    return replace(plan, reviewers=plan.reviewers[_place(plan, kind) + 1 :])
