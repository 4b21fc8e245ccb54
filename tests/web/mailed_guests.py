"""Mails about the life of guests, each written by the function that writes it, to people whom it concerns."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, GuestAct
from selfservice.model.assignment import Assignment
from selfservice.model.drift import DriftCheck
from selfservice.model.guest import ActCause, Guest
from selfservice.model.mail import MailKind
from selfservice.model.proposal import Proposal
from selfservice.model.request import AccessRequest
from selfservice.model.review import ReviewItem, ReviewRun
from selfservice.model.review_tally import ReviewTally
from selfservice.services import (
    agreeing,
    handing,
    posting,
    telling_care,
    telling_drift,
    telling_leavers,
    telling_reviews,
    telling_time,
    warning,
)
from selfservice.services.runtime import WebRuntime
from selfservice.services.telling_time import Line, Notice
from selfservice.store.transaction import reading, transaction
from tests.web.cast import CAST
from tests.web.guested import take_in
from tests.web.world import World, actor_of


def write_mails_about_guests(rt: WebRuntime, world: World) -> None:
    """Let everything that is told about guests be told to people of the cast."""
    _hand_over(rt)
    with transaction(rt.sessions) as tx:
        tx.get_one(Assignment, world.assignment).ends_on = rt.clock().date() + timedelta(days=1)
    assert warning.warn_due(rt)
    with transaction(rt.sessions) as tx:
        _acts(tx, rt, tx.get_one(GuestAct, world.act))
        _times(tx, rt, world)
        _reviews(tx, rt, world)
        check = tx.get(DriftCheck, tx.get_one(Guest, world.guest).tenant_id)
        assert telling_drift.tell_admins(tx, rt, check or DriftCheck(tenant_id=CAST["dee"].tenant_id))


def _hand_over(rt: WebRuntime) -> None:
    guest, cy, eve = take_in(rt, "Rhea Sol"), actor_of(CAST["cy"]), actor_of(CAST["eve"])
    (proposal_id,) = handing.hand_over(rt, [guest], to=eve.ref, why="new job", by=cy)
    agreeing.accept(rt, proposal_id, by=eve)
    with reading(rt.sessions) as tx:
        assert tx.get_one(Proposal, proposal_id).answered_by_name == eve.name


def _acts(tx: Session, rt: WebRuntime, act: GuestAct) -> None:
    """Tell of a leaver who was blocked and is back, and of acts of the other kinds."""
    guest = tx.get_one(Guest, act.guest_id)
    telling_leavers.has_left(tx, rt, guest, act)
    telling_leavers.is_back(tx, rt, guest, act)
    cy = posting.person(tx, actor_of(CAST["cy"]).ref)
    telling_leavers.answers_meanwhile(tx, rt, [guest], cy, "Ann Lee has left.")
    for kind in (ActKind.BLOCK, ActKind.DELETE, ActKind.RESTORE):
        done = GuestAct(
            tenant_id=act.tenant_id,
            guest_id=act.guest_id,
            kind=kind,
            cause=ActCause.INACTIVE,
            state=act.state,
            why="no sign-in",
            at=act.at,
        )
        tx.add(done)
        tx.flush()
        telling_care.act_done(tx, rt, guest, done)


def _times(tx: Session, rt: WebRuntime, world: World) -> None:
    request, held = tx.get_one(AccessRequest, world.delivered), tx.get_one(Assignment, world.assignment)
    telling_time.extended(tx, rt, request, held)
    lapsing = Notice(
        kind=MailKind.GUESTS_LAPSING,
        tenant_id=held.tenant_id,
        link=f"{rt.settings.base_url}/guests",
        lines=(Line(about=world.guest, words="Gus is blocked on 1 March"),),
        facts={},
    )
    sponsor = posting.person(tx, held.sponsor)
    assert sponsor is not None
    telling_time.list_to(tx, rt, lapsing, to=sponsor)


def _reviews(tx: Session, rt: WebRuntime, world: World) -> None:
    run = tx.get_one(ReviewRun, world.run)
    for tally in tx.scalars(select(ReviewTally).where(ReviewTally.run_id == run.id, ReviewTally.reviewer != "")):
        telling_reviews.asked(tx, rt, run, tally)
        telling_reviews.reminded(tx, rt, run, tally, 1)
    item = tx.get_one(ReviewItem, (run.id, world.item))
    telling_reviews.still_needed(tx, rt, run, item, "I still need this")
    telling_reviews.closed(tx, rt, run, {})
