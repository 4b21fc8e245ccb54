"""Landing softly: a removal begins with a block, or with a notice, and is final only after some days.

Until then the guest can say once that they still need it, and whoever answers for them can take the removal back. What
is taken away is taken away by the same steps as everything else.
"""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import Account, event
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.refusal import NotFound
from selfservice.model.review import ItemState, ReviewClosed, ReviewItem, ReviewRun, RunState
from selfservice.services import caring, ending, posting, telling_reviews
from selfservice.services.caring import Doing, Untouchable
from selfservice.services.foreseeing import RUNNING
from selfservice.services.reviews import landing_links, reach
from selfservice.services.reviews.reasons import reason_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

BATCH = 100


def apply_due(rt: Runtime) -> int:
    """Begin the removals of closed runs, a batch at a time, and return how many."""
    begun = 0
    for run_id in _runs(rt, RunState.CLOSING):
        while ids := _items(rt, run_id, ItemState.REMOVED):
            for item_id in ids:
                with transaction(rt.sessions) as tx:
                    run, item = _locked(tx, run_id, item_id)
                    if item.state is ItemState.REMOVED:
                        begin(tx, rt, run, item)
                        begun += 1
        with transaction(rt.sessions) as tx:
            run = tx.get_one(ReviewRun, run_id, with_for_update=True)
            run.state = RunState.LANDING
    if begun:
        rt.waker.wake("mail")
    return begun


def land_due(rt: Runtime) -> int:
    """Make final what nobody took back in time, and return how many removals that were."""
    at, landed = rt.clock(), 0
    for run_id in _runs(rt, RunState.LANDING):
        for item_id in _items(rt, run_id, ItemState.LANDING, due=True):
            with transaction(rt.sessions) as tx:
                run, item = _locked(tx, run_id, item_id)
                if item.state is ItemState.LANDING and item.lands_at is not None and item.lands_at <= at:
                    _finish(tx, rt, item)
                    landed += 1
        with transaction(rt.sessions) as tx:
            run = tx.get_one(ReviewRun, run_id, with_for_update=True)
            if run.state is RunState.LANDING and not _is_landing(tx, run_id):
                run.state = RunState.DONE
                tx.add(event("review.done", run.subject, by=SYSTEM, at=at))
    return landed


def begin(tx: Session, rt: Runtime, run: ReviewRun, item: ReviewItem) -> None:
    """Begin a removal: a guest is blocked, of an access the guest is told; without days to land it is final at once."""
    at, guest = rt.clock(), tx.get_one(Guest, item.guest_id)
    held = _held(tx, item)
    if guest.standing not in (GuestStanding.ACTIVE, GuestStanding.BLOCKED) or (item.assignment_id and not held):
        item.state, item.settled_at = ItemState.OVER, at
        return
    days, run.state = run.plan.landing_days, RunState.LANDING if run.state is RunState.DONE else run.state
    if item.assignment_id is None:
        item.act_id = _block(tx, rt, guest, item, days)
    item.state, item.lands_at = ItemState.LANDING, at + timedelta(days=days)
    account = Account(why=why_of(item), details={"run": run.id, "until": item.lands_at.isoformat()})
    tx.add(event(f"{item.subject.kind}.landing", item.subject, by=remover(item), at=at, account=account))
    if days == 0:
        _finish(tx, rt, item)
    else:
        telling_reviews.landing(tx, rt, run, item, guest)


def i_still_need_this(rt: Runtime, token: str, *, why: str) -> None:
    """Take down, once, that a guest still needs what is being removed, and tell those who can take it back."""
    words = reason_of(why)
    with transaction(rt.sessions) as tx:
        run, item = _locked(tx, *landing_links.read(rt.settings, token))
        if item.state is not ItemState.LANDING or item.needed_at is not None:
            raise ReviewClosed(
                "You have said so already, or it has been decided meanwhile.",
                next_step="Write to the person who invited you.",
                owner="You",
            )
        item.needed_at = rt.clock()
        account = Account(why=words, details={"run": run.id})
        tx.add(event(f"{item.subject.kind}.stillNeeded", item.subject, by=SYSTEM, at=rt.clock(), account=account))
        telling_reviews.still_needed(tx, rt, run, item, words)
    rt.waker.wake("mail")


def take_back(rt: Runtime, run_id: str, item_id: str, *, why: str, by: Actor) -> None:
    """Take a removal back before it is final: a guest who was blocked may sign in again."""
    words = reason_of(why)
    with transaction(rt.sessions) as tx:
        run, item = _locked(tx, run_id, item_id)
        if not reach.may_take_back(tx, rt, run, item, by=by):
            raise NotFound
        if item.state is not ItemState.LANDING:
            raise ReviewClosed(
                "This removal is final, or was taken back already.", next_step="Ask for access again.", owner="You"
            )
        _unblock(tx, rt, item, by=by)
        item.state, item.settled_at = ItemState.TAKEN_BACK, rt.clock()
        account = Account(why=words, details={"run": run.id})
        tx.add(event(f"{item.subject.kind}.removalTakenBack", item.subject, by=by, at=rt.clock(), account=account))
    rt.waker.wake("pump", run.tenant_id)


def why_of(item: ReviewItem) -> str:
    """Return why an item is removed, in words for everybody."""
    if item.decided_at is None:
        return "removed by a review: nobody answered, and its settings say to remove it then"
    return f"removed by a review: {item.why}"


def remover(item: ReviewItem) -> Actor:
    """Return whoever decided, or ourselves where nobody did."""
    if item.decided_by is None:
        return SYSTEM
    ref = posting.ref_of(item.decided_by)
    return Actor(tenant_id=ref.tenant_id, object_id=ref.object_id, name=item.decided_by_name or "")


def _finish(tx: Session, rt: Runtime, item: ReviewItem) -> None:
    """End what was removed, unless the block was undone by hand meanwhile: that takes the removal back, too."""
    at = rt.clock()
    act = tx.get(GuestAct, item.act_id) if item.act_id else None
    item.settled_at = at
    if act is not None and act.undone_by_id is not None:
        item.state = ItemState.TAKEN_BACK
        return
    held = _held(tx, item)
    for assignment in held:
        if assignment.state is AssignmentState.ACTIVE:
            ending.begin(tx, rt, assignment, by=remover(item), why=why_of(item)[:500])
    item.state = ItemState.GONE if held or item.act_id else ItemState.OVER
    if held:
        rt.waker.wake("pump", item.tenant_id)


def _block(tx: Session, rt: Runtime, guest: Guest, item: ReviewItem, days: int) -> str | None:
    doing = Doing(kind=ActKind.BLOCK, cause=ActCause.REVIEW, why=why_of(item)[:500], by=remover(item), undo_days=days)
    try:
        return caring.begin(tx, rt, guest, doing).id
    except Untouchable:
        # A member, a guest who is not ours, or one who is blocked already: what they hold ends all the same.
        return None


def _unblock(tx: Session, rt: Runtime, item: ReviewItem, *, by: Actor) -> None:
    act = tx.get(GuestAct, item.act_id) if item.act_id else None
    if act is None or act.state is ActState.REPORTED or act.undone_by_id is not None:
        return
    guest = tx.get_one(Guest, item.guest_id)
    doing = Doing(kind=ActKind.UNBLOCK, cause=ActCause.UNDONE, why=f"taken back: {act.why}"[:500], by=by)
    act.undone_by_id = caring.begin(tx, rt, guest, doing).id


def _held(tx: Session, item: ReviewItem) -> list[Assignment]:
    query = select(Assignment).where(Assignment.guest_id == item.guest_id, Assignment.state.in_(RUNNING))
    if item.assignment_id is not None:
        query = query.where(Assignment.id == item.assignment_id)
    return list(tx.scalars(query.order_by(Assignment.id).with_for_update()))


def _locked(tx: Session, run_id: str, item_id: str) -> tuple[ReviewRun, ReviewItem]:
    run = tx.get(ReviewRun, run_id)
    item = tx.get(ReviewItem, (run_id, item_id), with_for_update=True)
    if run is None or item is None:
        raise NotFound
    return run, item


def _runs(rt: Runtime, *states: RunState) -> list[str]:
    with reading(rt.sessions) as tx:
        return list(tx.scalars(select(ReviewRun.id).where(ReviewRun.state.in_(states)).order_by(ReviewRun.closes_at)))


def _items(rt: Runtime, run_id: str, state: ItemState, *, due: bool = False) -> list[str]:
    with reading(rt.sessions) as tx:
        query = select(ReviewItem.subject_id).where(ReviewItem.run_id == run_id, ReviewItem.state == state)
        if due:
            query = query.where(ReviewItem.lands_at <= rt.clock())
        return list(tx.scalars(query.limit(BATCH)))


def _is_landing(tx: Session, run_id: str) -> bool:
    query = select(ReviewItem.subject_id).where(ReviewItem.run_id == run_id, ReviewItem.state == ItemState.LANDING)
    return tx.scalar(query.limit(1)) is not None
