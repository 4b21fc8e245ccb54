"""Tallying: the items of a run counted for each reviewer, in one statement."""

from sqlalchemy import Select, case, func, insert, select, update
from sqlalchemy.orm import Session

from selfservice.model.review import ReviewItem
from selfservice.model.review_tally import COUNTED, ReviewTally

COUNTS = ("total", *COUNTED.values())


def count(tx: Session, run_id: str) -> None:
    """Count the items of a run that has no tally yet."""
    tx.execute(insert(ReviewTally).from_select(["run_id", "reviewer", *COUNTS], _counted(run_id)))


def count_anew(tx: Session, run_id: str) -> None:
    """Count again after reviewers have changed; what is known of each reviewer stays."""
    mine = ReviewTally.run_id == run_id
    tx.flush()
    tx.execute(update(ReviewTally).where(mine).values(dict.fromkeys(COUNTS, 0)))
    found = _counted(run_id).subquery("found")
    counts = {name: found.c[name] for name in COUNTS}
    tx.execute(update(ReviewTally).where(mine, ReviewTally.reviewer == found.c.reviewer).values(counts))
    known = select(ReviewTally.reviewer).where(mine)
    new = _counted(run_id).where(ReviewItem.reviewer.not_in(known))
    tx.execute(insert(ReviewTally).from_select(["run_id", "reviewer", *COUNTS], new))
    tx.expire_all()


def _counted(run_id: str) -> Select[*tuple[object, ...]]:
    counts = [func.sum(case((ReviewItem.state == state, 1), else_=0)).label(name) for state, name in COUNTED.items()]
    query = select(ReviewItem.run_id, ReviewItem.reviewer, func.count().label("total"), *counts)
    return query.where(ReviewItem.run_id == run_id).group_by(ReviewItem.run_id, ReviewItem.reviewer)
