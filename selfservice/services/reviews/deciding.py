"""Deciding: a reviewer says of an item to keep it, to remove it, or that they are not sure.

An answer holds for what was seen (`basis`): where the access has changed since, it is refused and has to be given anew.
Until the run closes every answer can be changed.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, event
from selfservice.model.refusal import NotFound, Stale
from selfservice.model.review import (
    ANSWERABLE,
    ANSWERED,
    Flag,
    ItemState,
    ReviewClosed,
    ReviewItem,
    ReviewRun,
    RunState,
    Verdict,
)
from selfservice.model.review_tally import ReviewTally
from selfservice.services import posting
from selfservice.services.reviews import landing, reach
from selfservice.services.reviews.reasons import reason_of
from selfservice.services.reviews.scope import Keepers, holdings
from selfservice.services.reviews.snapshot import bases
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

WORDS = {Verdict.KEEP: "keep access", Verdict.REMOVE: "remove access", Verdict.UNSURE: "not sure"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a reviewer says of one item; `basis` is what they saw. A removal needs a reason."""

    item_id: str
    basis: str
    verdict: Verdict
    why: str = ""


def decide(rt: Runtime, run_id: str, answer: Answer, *, by: Actor) -> None:
    """Take one answer down, for the first time or anew."""
    with transaction(rt.sessions) as tx:
        run = run_to_answer(tx, run_id)
        item = item_to_answer(tx, rt, run, answer.item_id, by=by)
        take(tx, rt, run, item, answer, by=by)
    rt.waker.wake("pump", run.tenant_id)


def run_to_answer(tx: Session, run_id: str) -> ReviewRun:
    """Return a run whose snapshot is there."""
    run = tx.get(ReviewRun, run_id)
    if run is None or run.state is RunState.STARTING:
        raise NotFound
    return run


def item_to_answer(tx: Session, rt: Runtime, run: ReviewRun, item_id: str, *, by: Actor) -> ReviewItem:
    """Return an item that asks the actor, locked."""
    item = tx.get(ReviewItem, (run.id, item_id), with_for_update=True)
    if item is None or not reach.may_answer(tx, rt, run, item, by=by):
        raise NotFound
    return item


def take(tx: Session, rt: Runtime, run: ReviewRun, item: ReviewItem, answer: Answer, *, by: Actor) -> None:
    """Take an answer down, in the caller's transaction; what was left behind is done at once."""
    at = rt.clock()
    _ensure_answerable(run, item, is_open=run.state is RunState.OPEN and at < run.closes_at)
    why = reason(answer.verdict, answer.why)
    reach.ensure_impartial(tx, run, item, by=by)
    _ensure_as_seen(tx, run, item, answer)
    before = item.state
    item.state, item.verdict, item.why = ANSWERED[answer.verdict], answer.verdict, why
    item.decided_by, item.decided_by_name, item.decided_at = posting.key_of(by.ref), by.name, at
    tally = tx.get(ReviewTally, (run.id, item.reviewer), with_for_update=True)
    if tally is not None:
        tally.move(before, item.state)
        tally.note_answer(at=at)
    details = {"run": run.id, "verdict": answer.verdict.value, "basis": item.basis, "for": item.reviewer}
    account = Account(why=why or WORDS[answer.verdict], details=details)
    tx.add(event(f"{item.subject.kind}.reviewed", item.subject, by=by, at=at, account=account))
    if before is ItemState.LEFT and item.state is ItemState.REMOVED:
        landing.begin(tx, rt, run, item)


def reason(verdict: Verdict, text: str) -> str:
    """Return why, in one line's worth of text; a removal cannot do without."""
    return reason_of(text) if verdict is Verdict.REMOVE or text.strip() else ""


def _ensure_answerable(run: ReviewRun, item: ReviewItem, *, is_open: bool) -> None:
    if item.state is ItemState.LEFT and run.state in (RunState.LANDING, RunState.DONE):
        return
    if not is_open or item.state not in ANSWERABLE:
        raise ReviewClosed(
            "This review is closed: answers cannot be given or changed any more.",
            next_step="Ask whoever runs the review; a removal can be taken back until it is final.",
            owner="Whoever runs the review",
        )


def _ensure_as_seen(tx: Session, run: ReviewRun, item: ReviewItem, answer: Answer) -> None:
    """Bind the answer to what was seen, which must still be so; from then on that is the item's basis."""
    now = bases(tx, holdings(tx, run.plan, run.tenant_id, Keepers()), [item.subject_id]).get(item.subject_id)
    if now is None:
        raise Stale(
            "This access has ended meanwhile, so there is nothing left to decide.", next_step="Go on.", owner="Nobody"
        )
    if answer.basis != now:
        raise Stale(
            "This access has changed since you looked at it: its end, its sponsor, or whether it is blocked.",
            next_step="Look again and decide anew.",
            owner="You",
        )
    if item.basis != now:
        item.basis, item.flags = now, int(item.marks | Flag.CHANGED)
