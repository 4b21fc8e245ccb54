"""Answering several items in one go: first shown with their number and names, then done, once, by the token of that
page. So a single request, sent by accident or by somebody else's page, answers nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.guest import Guest
from selfservice.model.refusal import NotAllowed, NotFound, Refused, Stale
from selfservice.model.review import ReviewBulk, ReviewItem, ReviewRun, Verdict
from selfservice.services import posting
from selfservice.services.reviews import deciding, reach
from selfservice.services.reviews.deciding import WORDS, Answer
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

MOST = 200
GOOD_FOR = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class BulkPage:
    """What is about to be answered in one go: it happens only once its token comes back."""

    token: str
    run_id: str
    name: str
    verdict: Verdict
    verdict_words: str
    count: int
    guest_names: tuple[str, ...]
    left_out: tuple[str, ...] = ()


class TooMany(NotAllowed):
    """More than can be answered in one go, or nothing at all."""


def prepare_many(
    rt: Runtime, run_id: str, chosen: Sequence[tuple[str, str]], verdict: Verdict, *, by: Actor
) -> BulkPage:
    """Keep which items (by id and basis) are to be answered how, and return what is shown before it is done."""
    if not 0 < len(chosen) <= MOST:
        raise TooMany(f"Choose from one to {MOST} of them.", next_step="Choose again.", owner="You")
    with transaction(rt.sessions) as tx:
        run = deciding.run_to_answer(tx, run_id)
        found = list(_chosen(tx, rt, run, dict(chosen), by=by))
        left_out = tuple(f"{name}: {why}" for _, name, why in found if why)
        bulk = ReviewBulk(
            run_id=run.id,
            person=posting.key_of(by.ref),
            verdict=verdict,
            items=[list(each) for each, _, why in found if not why],
            made_at=rt.clock(),
        )
        tx.add(bulk)
        tx.flush()
        return BulkPage(
            token=bulk.id,
            run_id=run.id,
            name=run.plan.name,
            verdict=verdict,
            verdict_words=WORDS[verdict],
            count=len(bulk.items),
            guest_names=tuple(name for _, name, why in found if not why),
            left_out=left_out,
        )


def decide_many(rt: Runtime, run_id: str, token: str, *, why: str, by: Actor) -> int:
    """Give the answers that were shown, all or none, and return how many; a token is good once, for a short while."""
    with transaction(rt.sessions) as tx:
        run = deciding.run_to_answer(tx, run_id)
        bulk = tx.get(ReviewBulk, token, with_for_update=True)
        if bulk is None or bulk.run_id != run.id or bulk.person != posting.key_of(by.ref):
            raise NotFound
        if bulk.used_at is not None or rt.clock() - bulk.made_at > GOOD_FOR:
            raise Stale(
                "This was done already, or has waited for too long.", next_step="Choose and confirm again.", owner="You"
            )
        bulk.used_at = rt.clock()
        for item_id, basis in bulk.items:
            item = deciding.item_to_answer(tx, rt, run, item_id, by=by)
            answer = Answer(item_id=item_id, basis=basis, verdict=bulk.verdict, why=why)
            deciding.take(tx, rt, run, item, answer, by=by)
        count = len(bulk.items)
    rt.waker.wake("pump", run.tenant_id)
    return count


def _chosen(
    tx: Session, rt: Runtime, run: ReviewRun, chosen: dict[str, str], *, by: Actor
) -> Iterator[tuple[tuple[str, str], str, str]]:
    """Yield each item with the guest's name, and why it cannot be among them, where it cannot."""
    query = select(ReviewItem, Guest).join(Guest, Guest.id == ReviewItem.guest_id)
    wanted = query.where(ReviewItem.run_id == run.id, ReviewItem.subject_id.in_(chosen)).order_by(Guest.display_name)
    for item, guest in tx.execute(wanted):
        if not reach.may_answer(tx, rt, run, item, by=by):
            continue
        try:
            reach.ensure_impartial(tx, run, item, by=by)
        except Refused as refused:
            yield (item.subject_id, chosen[item.subject_id]), guest.name, refused.cause
        else:
            yield (item.subject_id, chosen[item.subject_id]), guest.name, ""
