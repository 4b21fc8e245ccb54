"""A removal lands softly: blocked first, told, taken back within its days, and then final by the usual steps."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.assignment import AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.mail import MailKind
from selfservice.model.refusal import NotFound
from selfservice.model.review import ItemState, ReviewClosed, RunState, Verdict
from selfservice.model.review_plan import NoAnswer, ReviewPlan, ScopeKind
from selfservice.services.eligibility import TextRefused
from selfservice.services.overview import reviews
from selfservice.services.reviews import landing
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CY
from tests.services.reviews.steps import (
    DAY,
    WHOLE,
    Held,
    Ward,
    answer,
    assignment_of,
    events,
    item_of,
    mails,
    run_of,
    seat,
    start,
    tend,
)


def removed(ward: Ward, plan: ReviewPlan = WHOLE) -> tuple[str, Held]:
    """Let Ann remove a guest in a run that has closed."""
    held = seat(ward)
    run_id = start(ward, plan)
    answer(ward, run_id, held, Verdict.REMOVE, why="left the project")
    tend(ward, after=14 * DAY)
    return run_id, held


def acts(ward: Ward, held: Held) -> list[GuestAct]:
    with reading(ward.world.rt.sessions) as tx:
        return list(tx.scalars(select(GuestAct).where(GuestAct.guest_id == held.guest_id).order_by(GuestAct.at)))


def deliveries(ward: Ward, kind: DeliveryKind) -> list[Delivery]:
    with reading(ward.world.rt.sessions) as tx:
        return list(tx.scalars(select(Delivery).where(Delivery.kind == kind)))


def blocked(ward: Ward, held: Held) -> None:
    """Let the block have been done in the directory."""
    with transaction(ward.world.rt.sessions) as tx:
        guest = tx.get_one(Guest, held.guest_id)
        guest.stand(GuestStanding.BLOCKED, cause=ActCause.REVIEW, at=ward.world.rt.clock())
        for act in tx.scalars(select(GuestAct).where(GuestAct.guest_id == held.guest_id)):
            act.state = ActState.DONE


def token(ward: Ward) -> str:
    (mail,) = mails(ward, MailKind.REVIEW_LANDING)
    return mail.facts["link"].rpartition("/")[2]


def test_a_guest_who_is_removed_is_blocked_first_and_keeps_their_access_until_it_is_final(ward: Ward) -> None:
    run_id, held = removed(ward)
    (act,) = acts(ward, held)
    assert (act.kind, act.cause, act.state, act.by_name) == (ActKind.BLOCK, ActCause.REVIEW, ActState.BEGUN, "Ann Lee")
    assert act.undo_until == ward.world.rt.clock() + 14 * DAY
    assert len(deliveries(ward, DeliveryKind.BLOCK)) == 1
    assert assignment_of(ward, held).state is AssignmentState.ACTIVE
    assert run_of(ward, run_id).state is RunState.LANDING
    (mail,) = mails(ward, MailKind.REVIEW_LANDING)
    assert (mail.to_address, mail.facts["reason"]) == ("guest1@partner.example", "left the project")


def test_what_nobody_takes_back_is_final_after_its_days_and_ends_by_the_usual_steps(ward: Ward) -> None:
    run_id, held = removed(ward)
    blocked(ward, held)
    tend(ward, after=13 * DAY)
    assert item_of(ward, run_id, held).state is ItemState.LANDING
    tend(ward, after=2 * DAY)
    assert item_of(ward, run_id, held).state is ItemState.GONE
    assignment = assignment_of(ward, held)
    assert (assignment.state, assignment.end_reason) == (
        AssignmentState.ENDING,
        "removed by a review: left the project",
    )
    assert len(deliveries(ward, DeliveryKind.END)) == 1
    assert run_of(ward, run_id).state is RunState.DONE


def test_one_access_of_several_is_removed_without_a_block(ward: Ward) -> None:
    run_id, held = removed(ward, replace(WHOLE, scope=ScopeKind.PACKAGES, scope_ids=(ward.world.expenses,)))
    assert acts(ward, held) == []
    assert len(mails(ward, MailKind.REVIEW_LANDING)) == 1
    tend(ward, after=15 * DAY)
    assert item_of(ward, run_id, held).state is ItemState.GONE
    assert assignment_of(ward, held).state is AssignmentState.ENDING


def test_without_days_to_land_a_removal_is_final_at_once(ward: Ward) -> None:
    run_id, held = removed(ward, replace(WHOLE, landing_days=0))
    assert item_of(ward, run_id, held).state is ItemState.GONE
    assert assignment_of(ward, held).state is AssignmentState.ENDING
    assert mails(ward, MailKind.REVIEW_LANDING) == []


def test_a_guest_says_once_that_they_still_need_it_and_the_sponsor_takes_it_back(ward: Ward) -> None:
    run_id, held = removed(ward)
    blocked(ward, held)
    rt, word = ward.world.rt, token(ward)
    assert reviews.still_needed_page(rt, word).holds == ("Expenses",)
    landing.i_still_need_this(rt, word, why="the audit goes on")
    assert reviews.still_needed_page(rt, word).answered
    with pytest.raises(ReviewClosed):
        landing.i_still_need_this(rt, word, why="again")
    (mail,) = mails(ward, MailKind.REVIEW_STILL_NEEDED)
    assert (mail.to_name, mail.facts["reason"]) == ("Ann Lee", "the audit goes on")
    assert reviews.item_page(rt, run_id, held.guest_id, ANN).item.can_take_back
    landing.take_back(rt, run_id, held.guest_id, why="right, they stay", by=ANN)
    assert item_of(ward, run_id, held).state is ItemState.TAKEN_BACK
    assert [act.kind for act in acts(ward, held)] == [ActKind.BLOCK, ActKind.UNBLOCK]
    tend(ward, after=20 * DAY)
    assert assignment_of(ward, held).state is AssignmentState.ACTIVE
    assert run_of(ward, run_id).state is RunState.DONE
    assert [each.why for each in events(ward, "guest.removalTakenBack")] == ["right, they stay"]


@pytest.mark.parametrize("change", [lambda word: word[:-1] + "x", lambda word: "a" * len(word), lambda _word: ""])
def test_s28_a_link_that_we_did_not_sign_says_nothing(ward: Ward, change: Callable[[str], str]) -> None:
    removed(ward)
    forged = change(token(ward))
    with pytest.raises(NotFound):
        reviews.still_needed_page(ward.world.rt, forged)
    with pytest.raises(NotFound):
        landing.i_still_need_this(ward.world.rt, forged, why="please")


def test_a_block_that_was_undone_by_hand_takes_the_removal_back(ward: Ward) -> None:
    run_id, held = removed(ward)
    blocked(ward, held)
    with transaction(ward.world.rt.sessions) as tx:
        act = tx.scalars(select(GuestAct)).one()
        act.undone_by_id = act.id
    tend(ward, after=20 * DAY)
    assert item_of(ward, run_id, held).state is ItemState.TAKEN_BACK
    assert assignment_of(ward, held).state is AssignmentState.ACTIVE


def test_a_stranger_cannot_take_a_removal_back_and_nobody_can_once_it_is_final(ward: Ward) -> None:
    run_id, held = removed(ward)
    rt = ward.world.rt
    for stranger in (CY, BOB):
        with pytest.raises(NotFound):
            landing.take_back(rt, run_id, held.guest_id, why="mine", by=stranger)
    blocked(ward, held)
    with pytest.raises(TextRefused):
        landing.take_back(rt, run_id, held.guest_id, why=" ", by=ANN)
    tend(ward, after=20 * DAY)
    with pytest.raises(ReviewClosed):
        landing.take_back(rt, run_id, held.guest_id, why="too late", by=ANN)


def test_a_tenant_that_only_reports_is_told_of_a_block_that_no_person_decided(ward: Ward) -> None:
    held = seat(ward)
    start(ward, no_answer=NoAnswer.REMOVE)
    tend(ward, after=14 * DAY)
    (act,) = acts(ward, held)
    assert act.state is ActState.REPORTED
    assert deliveries(ward, DeliveryKind.BLOCK) == []


def test_s29_a_guest_that_is_not_ours_is_never_blocked_but_their_access_ends(ward: Ward) -> None:
    held = seat(ward)
    with transaction(ward.world.rt.sessions) as tx:
        tx.get_one(Guest, held.guest_id).managed = False
    run_id = start(ward)
    answer(ward, run_id, held, Verdict.REMOVE)
    tend(ward, after=14 * DAY)
    tend(ward, after=15 * DAY)
    assert acts(ward, held) == []
    assert item_of(ward, run_id, held).state is ItemState.GONE
    assert assignment_of(ward, held).state is AssignmentState.ENDING
