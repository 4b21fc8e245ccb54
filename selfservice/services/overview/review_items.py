"""How items of a review are read for pages: each with its guest, what they hold, and what the directory knows."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment
from selfservice.model.guest import Guest
from selfservice.model.mirror import MirrorKind, MirrorState
from selfservice.model.person import Person
from selfservice.model.refusal import Refused
from selfservice.model.review import ANSWERABLE, Flag, ItemState, ReviewItem, ReviewRun, RunState, recommended
from selfservice.services import posting
from selfservice.services.foreseeing import RUNNING
from selfservice.services.overview import review_words as words
from selfservice.services.overview.review_rows import FlagRow, ReviewItemRow
from selfservice.services.reviews import reach
from selfservice.services.reviews.deciding import WORDS
from selfservice.services.reviews.scope import Keepers, holdings
from selfservice.services.reviews.snapshot import bases
from selfservice.services.runtime import Runtime

Found = Row[ReviewItem, Guest, Person]


@dataclass(frozen=True, kw_only=True)
class Around:
    """What is read once for all items of a page."""

    held: dict[str, list[Assignment]]
    now: dict[str, str]
    names: dict[str, str]
    sign_ins: bool


def items_of(run: ReviewRun) -> Select[ReviewItem, Guest, Person]:
    """Return the query for the items of a run; the mirror may not know a guest yet."""
    return (
        select(ReviewItem, Guest, Person)
        .join(Guest, Guest.id == ReviewItem.guest_id)
        .outerjoin(Person, (Person.tenant_id == Guest.tenant_id) & (Person.object_id == Guest.object_id))
        .where(ReviewItem.run_id == run.id)
    )


def rows_of(
    tx: Session, rt: Runtime, run: ReviewRun, found: Sequence[Found], *, by: Actor
) -> tuple[ReviewItemRow, ...]:
    """Return the rows of what such a query found."""
    around = _around(tx, run, [item for item, _, _ in found])
    return tuple(_row(tx, rt, run, each, around, by=by) for each in found)


def flags_of(marks: Flag) -> tuple[FlagRow, ...]:
    """Return what is striking in words, the gravest first."""
    return tuple(
        FlagRow(key=(flag.name or "").lower(), words=said, tone=tone)
        for flag, (said, tone) in words.FLAGS.items()
        if flag in marks
    )


def _around(tx: Session, run: ReviewRun, items: Sequence[ReviewItem]) -> Around:
    query = select(Assignment).where(Assignment.guest_id.in_({item.guest_id for item in items}))
    held: dict[str, list[Assignment]] = defaultdict(list)
    for assignment in tx.scalars(query.order_by(Assignment.ends_on, Assignment.id)):
        held[assignment.guest_id].append(assignment)
    known = tx.get(MirrorState, (run.tenant_id, MirrorKind.SIGN_INS))
    return Around(
        held=held,
        now=bases(tx, holdings(tx, run.plan, run.tenant_id, Keepers()), [item.subject_id for item in items]),
        names=names_of(tx, {item.reviewer for item in items}),
        sign_ins=known is not None and known.synced_at is not None and known.failed_at is None,
    )


def names_of(tx: Session, keys: Collection[str]) -> dict[str, str]:
    """Return the names of reviewers by their keys."""
    refs = [posting.ref_of(key) for key in keys if key]
    query = select(Person).where(
        Person.tenant_id.in_({ref.tenant_id for ref in refs}), Person.object_id.in_({ref.object_id for ref in refs})
    )
    return {posting.key_of(person.ref): person.display_name for person in tx.scalars(query)}


def _row(tx: Session, rt: Runtime, run: ReviewRun, found: Found, around: Around, *, by: Actor) -> ReviewItemRow:
    item, guest, person = found
    held = [each for each in around.held.get(guest.id, ()) if _is_about(item, each)]
    now = around.now.get(item.subject_id)
    why_not = _why_not(tx, rt, run, item, now, by=by)
    state_words, tone = words.state_of(item)
    marks = item.marks | (Flag.CHANGED if now not in (None, item.basis) else Flag(0))
    landing = item.state is ItemState.LANDING
    return ReviewItemRow(
        item_id=item.subject_id,
        basis=now or item.basis,
        guest_id=guest.id,
        guest_name=guest.name,
        guest_address=guest.address,
        company=item.company,
        holds=tuple(dict.fromkeys(each.package_name for each in held)),
        ends_on=_last(held),
        last_sign_in=words.sign_in_of(person.last_sign_in_at if person else None, around.sign_ins),
        recommendation=recommended(marks),
        recommendation_words=words.recommendation_of(marks),
        flags=flags_of(marks),
        sampled=item.sampled,
        verdict=item.verdict,
        verdict_words=WORDS[item.verdict] if item.verdict else "",
        why=item.why or "",
        decided_by=item.decided_by_name or "",
        decided_at=item.decided_at,
        reviewer_name=around.names.get(item.reviewer, ""),
        reviewer_because=words.BECAUSE[item.because],
        state_words=state_words,
        tone=tone,
        can_decide=not why_not,
        can_take_back=landing and reach.may_take_back(tx, rt, run, item, by=by),
        why_not=why_not,
        changed=now not in (None, item.basis),
    )


def _is_about(item: ReviewItem, assignment: Assignment) -> bool:
    return assignment.id == item.assignment_id or (item.assignment_id is None and assignment.state in RUNNING)


def _why_not(tx: Session, rt: Runtime, run: ReviewRun, item: ReviewItem, now: str | None, *, by: Actor) -> str:
    """Say why the reader cannot answer, or nothing."""
    is_open = run.state is RunState.OPEN and rt.clock() < run.closes_at and item.state in ANSWERABLE
    if not is_open and not (item.state is ItemState.LEFT and run.state in (RunState.LANDING, RunState.DONE)):
        return "This review is closed."
    if now is None:
        return "This access has ended meanwhile."
    if not reach.may_answer(tx, rt, run, item, by=by):
        return "Somebody else is asked."
    try:
        reach.ensure_impartial(tx, run, item, by=by)
    except Refused as refused:
        return refused.cause
    return ""


def _last(held: Sequence[Assignment]) -> date | None:
    return max((each.ends_on for each in held), default=None)
