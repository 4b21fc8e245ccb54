"""What a reviewer looks at: the runs that ask them, and the items of one, a page at a time."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.guest import Guest
from selfservice.model.refusal import NotFound
from selfservice.model.review import UNANSWERED, ItemState, ReviewItem, ReviewRun, RunState
from selfservice.model.review_tally import ReviewTally
from selfservice.services import telling_reviews
from selfservice.services.overview import paging
from selfservice.services.overview import review_words as words
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.review_items import items_of, names_of, rows_of
from selfservice.services.overview.review_rows import (
    FlagRow,
    ReviewItemPage,
    ReviewPage,
    ReviewTask,
    StillNeededPage,
)
from selfservice.services.overview.rows import Tone
from selfservice.services.reviews import deciding, landing, landing_links, reach
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

OPEN, DECIDED, ROLLED, ALL = "open", "decided", "rolled", "all"
BY_STATE = {
    OPEN: (*UNANSWERED,),
    DECIDED: tuple(state for state in ItemState if state not in (ItemState.OPEN, ItemState.UNSURE, ItemState.ROLLED)),
    ROLLED: (ItemState.ROLLED,),
    ALL: tuple(ItemState),
}
STATE_WORDS = {OPEN: "Needs an answer", DECIDED: "Answered", ROLLED: "Nothing has changed", ALL: "All"}
MOST_TASKS = 50


def my_tasks(rt: Runtime, by: Actor) -> tuple[ReviewTask, ...]:
    """Return the open runs that ask the actor, or somebody they decide for; what closes first comes first."""
    with reading(rt.sessions) as tx:
        voices = reach.voices_of(tx, rt, by=by)
        query = (
            select(ReviewTally, ReviewRun)
            .join(ReviewRun, ReviewRun.id == ReviewTally.run_id)
            .where(ReviewTally.reviewer.in_(voices), ReviewRun.state == RunState.OPEN, ReviewTally.total > 0)
            .order_by(ReviewRun.closes_at, ReviewRun.id)
            .limit(MOST_TASKS)
        )
        names = names_of(tx, voices[1:])
        return tuple(_task(rt, run, [tally], names.get(tally.reviewer, "")) for tally, run in tx.execute(query))


def review_page(rt: Runtime, run_id: str, by: Actor, *, flag: str = "", after: str | None = None) -> ReviewPage:
    """Return a page of the items that ask the actor: those that need an answer, unless others are chosen."""
    with reading(rt.sessions) as tx:
        run = deciding.run_to_answer(tx, run_id)
        voices = reach.voices_of(tx, rt, by=by)
        tallies = _tallies(tx, run, voices)
        if not tallies:
            raise NotFound
        chosen = flag if flag in BY_STATE or flag in words.KEYS else OPEN
        mine = ReviewItem.reviewer.in_(voices)
        query = items_of(run).where(mine, _chosen(chosen), ReviewItem.subject_id > (after or ""))
        found = tx.execute(query.order_by(ReviewItem.subject_id).limit(paging.PER_PAGE + 1)).all()
        shown, last = paging.cut(found)
        return ReviewPage(
            task=_task(rt, run, tallies, ""),
            instructions="Say of each whether they still need it. You can change an answer until the review closes.",
            items=rows_of(tx, rt, run, shown, by=by),
            filters=_filters(tx, run, voices, tallies),
            chosen=chosen,
            next_after=last[0].subject_id if last else None,
            decided=sum(each.total - each.open - each.unsure - each.rolled for each in tallies),
            rolled=sum(each.rolled for each in tallies),
            is_open=run.state is RunState.OPEN and rt.clock() < run.closes_at,
            no_answer_words=words.NO_ANSWER[run.plan.no_answer],
        )


def item_page(rt: Runtime, run_id: str, item_id: str, by: Actor) -> ReviewItemPage:
    """Return one item: for its reviewer, for whoever answers for the guest, and for those who manage the run."""
    with reading(rt.sessions) as tx:
        run = deciding.run_to_answer(tx, run_id)
        found = tx.execute(items_of(run).where(ReviewItem.subject_id == item_id)).first()
        if found is None or not reach.may_take_back(tx, rt, run, found[0], by=by):
            raise NotFound
        tallies = _tallies(tx, run, [found[0].reviewer])
        (row,) = rows_of(tx, rt, run, [found], by=by)
        is_reviewer = bool(_tallies(tx, run, reach.voices_of(tx, rt, by=by)))
        return ReviewItemPage(task=_task(rt, run, tallies, ""), item=row, is_reviewer=is_reviewer)


def still_needed_page(rt: Runtime, token: str) -> StillNeededPage:
    """Return what a guest sees who follows the link of their mail."""
    run_id, item_id = landing_links.read(rt.settings, token)
    with reading(rt.sessions) as tx:
        run, item = tx.get(ReviewRun, run_id), tx.get(ReviewItem, (run_id, item_id))
        if run is None or item is None or item.lands_at is None:
            raise NotFound
        return StillNeededPage(
            guest_name=tx.get_one(Guest, item.guest_id).name,
            holds=telling_reviews.names_of(tx, item),
            tenant=mark_of(rt.settings, run.tenant_id),
            reason=landing.why_of(item),
            lands_on=item.lands_at.date(),
            answered=item.needed_at is not None,
            is_over=item.state is not ItemState.LANDING,
        )


def _task(rt: Runtime, run: ReviewRun, tallies: Collection[ReviewTally], on_behalf_of: str) -> ReviewTask:
    return ReviewTask(
        run_id=run.id,
        name=run.plan.name,
        tenant=mark_of(rt.settings, run.tenant_id),
        closes_at=run.closes_at,
        closes_in_days=(run.closes_at.date() - rt.clock().date()).days,
        total=sum(each.total for each in tallies),
        open=sum(each.open + each.unsure for each in tallies),
        on_behalf_of=on_behalf_of,
    )


def _tallies(tx: Session, run: ReviewRun, voices: Collection[str]) -> list[ReviewTally]:
    query = select(ReviewTally).where(ReviewTally.run_id == run.id, ReviewTally.reviewer.in_(voices))
    return list(tx.scalars(query.where(ReviewTally.total > 0)))


def _chosen(chosen: str) -> ColumnElement[bool]:
    if chosen in BY_STATE:
        return ReviewItem.state.in_(BY_STATE[chosen])
    return ReviewItem.flags.bitwise_and(int(words.KEYS[chosen])) != 0


def _filters(
    tx: Session, run: ReviewRun, voices: Collection[str], tallies: Collection[ReviewTally]
) -> tuple[FlagRow, ...]:
    unanswered, rolled, total = (
        sum(each.open + each.unsure for each in tallies),
        sum(each.rolled for each in tallies),
        sum(each.total for each in tallies),
    )
    counts = {OPEN: unanswered, DECIDED: total - unanswered - rolled, ROLLED: rolled, ALL: total}
    states = tuple(
        FlagRow(key=key, words=said, tone=Tone.MOVING, count=counts[key]) for key, said in STATE_WORDS.items()
    )
    marked = tx.execute(_marked(run, voices)).all()
    found = {flag: sum(count for marks, count in marked if marks & int(flag)) for flag in words.FLAGS}
    return states + tuple(
        FlagRow(key=(flag.name or "").lower(), words=said, tone=tone, count=found[flag])
        for flag, (said, tone) in words.FLAGS.items()
        if found[flag]
    )


def _marked(run: ReviewRun, voices: Collection[str]) -> Select[int, int]:
    query = select(ReviewItem.flags, func.count()).where(ReviewItem.run_id == run.id, ReviewItem.reviewer.in_(voices))
    # The states are named so that the index of run, state and reviewer serves.
    return query.where(ReviewItem.state.in_(tuple(ItemState))).group_by(ReviewItem.flags)
