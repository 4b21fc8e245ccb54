"""Reminding: each reviewer is asked once a run, and reminded on the days that the campaign says while something is
open. Who has answered everything is left in peace.
"""

from datetime import timedelta

from sqlalchemy import or_, select

from selfservice.model.review import ReviewRun, RunState
from selfservice.model.review_tally import ReviewTally
from selfservice.services import telling_reviews
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

QUIET = timedelta(hours=24)
"""For so long after they were asked, nobody is reminded."""

BATCH = 200
"""So many reviewers are told in one transaction."""


def tell_due(rt: Runtime) -> int:
    """Ask and remind reviewers, a batch at a time, and return how many mails were written."""
    with reading(rt.sessions) as tx:
        query = select(ReviewRun.id).where(ReviewRun.state == RunState.OPEN, ReviewRun.closes_at > rt.clock())
        runs = tx.scalars(query).all()
    told = 0
    for run_id in runs:
        for batch in (_ask, _remind):
            while True:
                seen, written = batch(rt, run_id)
                told += written
                if seen < BATCH:
                    break
    if told:
        rt.waker.wake("mail")
    return told


def _ask(rt: Runtime, run_id: str) -> tuple[int, int]:
    with transaction(rt.sessions) as tx:
        run = tx.get_one(ReviewRun, run_id)
        waiting = (ReviewTally.run_id == run_id, ReviewTally.told_at.is_(None), ReviewTally.reviewer != "")
        rows = tx.scalars(select(ReviewTally).where(*waiting, ReviewTally.open > 0).limit(BATCH)).all()
        written = 0
        for tally in rows:
            tally.told_at = rt.clock()
            written += telling_reviews.asked(tx, rt, run, tally)
        return len(rows), written


def _remind(rt: Runtime, run_id: str) -> tuple[int, int]:
    with transaction(rt.sessions) as tx:
        run = tx.get_one(ReviewRun, run_id)
        left = (run.closes_at.date() - rt.clock().date()).days
        days = min((each for each in run.plan.remind_days if left <= each), default=None)
        if days is None:
            return 0, 0
        due = (
            ReviewTally.run_id == run_id,
            ReviewTally.reviewer != "",
            ReviewTally.told_at.is_not(None),
            ReviewTally.told_at < rt.clock() - QUIET,
            or_(ReviewTally.reminded_days.is_(None), ReviewTally.reminded_days > days),
            ReviewTally.open + ReviewTally.unsure > 0,
        )
        rows = tx.scalars(select(ReviewTally).where(*due).limit(BATCH)).all()
        written = 0
        for tally in rows:
            tally.reminded_days = days
            written += telling_reviews.reminded(tx, rt, run, tally, days)
        return len(rows), written
