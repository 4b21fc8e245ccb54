"""S28: an answer binds to what was seen, nobody reviews themself or what they granted, and haste is visible."""

from datetime import timedelta

import pytest

from selfservice.model.actor import Actor
from selfservice.model.assignment import AssignmentState
from selfservice.model.refusal import NotFound, Stale
from selfservice.model.review import Flag, ItemState, ReviewClosed, Verdict
from selfservice.model.review_plan import ReviewerKind
from selfservice.services import delegating
from selfservice.services.eligibility import TextRefused
from selfservice.services.overview import review_campaigns, reviews
from selfservice.services.posting import key_of
from selfservice.services.reviews import deciding, several
from selfservice.services.reviews.deciding import Answer
from selfservice.services.reviews.reach import NotYours
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, CY, DEE, WES
from tests.services.reviews.steps import (
    DAY,
    Held,
    Ward,
    answer,
    assignment_of,
    change,
    events,
    item_of,
    run_of,
    seat,
    start,
    tally_of,
    tend,
)

KEEP, REMOVE, UNSURE = Verdict.KEEP, Verdict.REMOVE, Verdict.UNSURE


def chosen(ward: Ward, run_id: str, *held: Held) -> list[tuple[str, str]]:
    return [(item.subject_id, item.basis) for item in (item_of(ward, run_id, each) for each in held)]


def test_s28_an_answer_about_what_has_changed_since_is_refused_and_counts_nothing(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward)
    change(ward, held, ends_on=ward.world.rt.clock().date() + 400 * DAY)
    with pytest.raises(Stale):
        answer(ward, run_id, held, KEEP)
    assert item_of(ward, run_id, held).state is ItemState.OPEN
    assert tally_of(ward, run_id, ANN).open == 1
    (row,) = reviews.review_page(ward.world.rt, run_id, ANN).items
    assert row.changed
    deciding.decide(ward.world.rt, run_id, Answer(item_id=row.item_id, basis=row.basis, verdict=KEEP), by=ANN)
    item = item_of(ward, run_id, held)
    assert (item.state, item.basis) == (ItemState.KEPT, row.basis)
    assert Flag.CHANGED in item.marks


def test_s28_an_access_that_has_ended_meanwhile_is_not_decided_about(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward)
    with transaction(ward.world.rt.sessions) as tx:
        tx.merge(assignment_of(ward, held)).state = AssignmentState.ENDED
    with pytest.raises(Stale):
        answer(ward, run_id, held, REMOVE)


def test_s28_a_warning_that_was_sent_makes_no_answer_stale(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward)
    with transaction(ward.world.rt.sessions) as tx:
        tx.merge(assignment_of(ward, held)).warned_days = 14
    answer(ward, run_id, held, KEEP)
    assert item_of(ward, run_id, held).state is ItemState.KEPT


def test_s28_nobody_is_asked_about_themself_and_nobody_answers_about_themself(ward: Ward) -> None:
    held = seat(ward, sponsor=CY, home=CY.ref)
    run_id = start(ward)
    assert item_of(ward, run_id, held).reviewer == key_of(BOB.ref)
    with pytest.raises(NotFound):
        answer(ward, run_id, held, KEEP, by=CY)


def test_s28_who_stands_in_for_the_reviewer_does_not_review_themself_either(ward: Ward) -> None:
    held = seat(ward, home=CY.ref)
    run_id = start(ward)
    today = ward.world.rt.clock().date()
    delegating.delegate(ward.world.rt, by=ANN, to=CY.ref, starts_on=today, ends_on=today + 5 * DAY, reason="away")
    with pytest.raises(NotYours):
        answer(ward, run_id, held, KEEP, by=CY)
    assert item_of(ward, run_id, held).state is ItemState.OPEN


def test_s28_what_somebody_granted_others_review(ward: Ward) -> None:
    held = seat(ward, granted_by=ANN)
    assert item_of(ward, start(ward), held).reviewer == key_of(BOB.ref)


def test_s28_where_the_campaign_allows_it_one_reviews_what_one_granted(ward: Ward) -> None:
    held = seat(ward, granted_by=ANN)
    run_id = start(ward, spare_own=False)
    assert item_of(ward, run_id, held).reviewer == key_of(ANN.ref)
    answer(ward, run_id, held, KEEP)
    assert item_of(ward, run_id, held).state is ItemState.KEPT


def test_s28_where_a_granter_is_the_only_one_left_nobody_is_asked_and_admins_see_it(ward: Ward) -> None:
    held = seat(ward, granted_by=DEE)
    run_id = start(ward, reviewers=(ReviewerKind.GUEST,), by=DEE)
    item = item_of(ward, run_id, held)
    # Whoever made the campaign is asked last, and is told that they may not answer what they granted.
    with pytest.raises(NotYours):
        answer(ward, run_id, held, KEEP, by=DEE)
    assert item.reviewer == key_of(DEE.ref)


@pytest.mark.parametrize("stranger", [CY, WES, BOB])
def test_s28_a_stranger_cannot_answer_or_look(ward: Ward, stranger: Actor) -> None:
    held = seat(ward)
    run_id = start(ward)
    with pytest.raises(NotFound):
        answer(ward, run_id, held, REMOVE, by=stranger)
    with pytest.raises(NotFound):
        reviews.review_page(ward.world.rt, run_id, stranger)


def test_s28_a_removal_needs_a_reason_and_a_keep_does_not(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward)
    item = item_of(ward, run_id, held)
    given = Answer(item_id=item.subject_id, basis=item.basis, verdict=REMOVE, why="  ")
    with pytest.raises(TextRefused):
        deciding.decide(ward.world.rt, run_id, given, by=ANN)
    answer(ward, run_id, held, KEEP)


def test_s28_a_change_of_mind_counts_until_the_run_closes_and_not_afterwards(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward)
    for verdict in (REMOVE, UNSURE, KEEP):
        answer(ward, run_id, held, verdict)
    tally = tally_of(ward, run_id, ANN)
    assert (tally.open, tally.kept, tally.removed, tally.unsure) == (0, 1, 0, 0)
    assert [each.details["verdict"] for each in events(ward, "guest.reviewed")] == ["remove", "unsure", "keep"]
    tend(ward, after=15 * DAY)
    with pytest.raises(ReviewClosed):
        answer(ward, run_id, held, REMOVE)


def test_s28_a_delegate_answers_and_the_trail_says_for_whom(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward)
    today = ward.world.rt.clock().date()
    delegating.delegate(ward.world.rt, by=ANN, to=CY.ref, starts_on=today, ends_on=today + 5 * DAY, reason="away")
    assert [(task.open, task.on_behalf_of) for task in reviews.my_tasks(ward.world.rt, CY)] == [(1, "Ann Lee")]
    answer(ward, run_id, held, KEEP, by=CY)
    (event,) = events(ward, "guest.reviewed")
    assert (event.actor_name, event.details["for"]) == ("Cy Novak", key_of(ANN.ref))


def test_s28_many_are_answered_only_after_their_number_and_names_were_shown(ward: Ward) -> None:
    held = [seat(ward) for _ in range(3)]
    run_id = start(ward)
    page = several.prepare_many(ward.world.rt, run_id, chosen(ward, run_id, *held), KEEP, by=ANN)
    assert (page.count, page.guest_names) == (3, ("Guest 1", "Guest 2", "Guest 3"))
    assert {item_of(ward, run_id, each).state for each in held} == {ItemState.OPEN}
    assert several.decide_many(ward.world.rt, run_id, page.token, why="", by=ANN) == 3
    assert {item_of(ward, run_id, each).state for each in held} == {ItemState.KEPT}


def test_s28_a_confirmation_is_good_once_for_a_while_and_for_one_person(ward: Ward) -> None:
    held = seat(ward)
    run_id, rt = start(ward), ward.world.rt
    page = several.prepare_many(rt, run_id, chosen(ward, run_id, held), KEEP, by=ANN)
    with pytest.raises(NotFound):
        several.decide_many(rt, run_id, page.token, why="", by=CY)
    several.decide_many(rt, run_id, page.token, why="", by=ANN)
    with pytest.raises(Stale):
        several.decide_many(rt, run_id, page.token, why="", by=ANN)
    late = several.prepare_many(rt, run_id, chosen(ward, run_id, held), REMOVE, by=ANN)
    ward.forward(timedelta(minutes=16))
    with pytest.raises(Stale):
        several.decide_many(rt, run_id, late.token, why="gone", by=ANN)
    assert item_of(ward, run_id, held).state is ItemState.KEPT


def test_s28_where_one_of_many_has_changed_none_is_answered(ward: Ward) -> None:
    calm, changed = seat(ward), seat(ward)
    run_id, rt = start(ward), ward.world.rt
    page = several.prepare_many(rt, run_id, chosen(ward, run_id, calm, changed), KEEP, by=ANN)
    change(ward, changed, ends_on=rt.clock().date() + 400 * DAY)
    with pytest.raises(Stale):
        several.decide_many(rt, run_id, page.token, why="", by=ANN)
    assert item_of(ward, run_id, calm).state is ItemState.OPEN
    assert tally_of(ward, run_id, ANN).open == 2


def test_s28_many_answers_in_seconds_are_visible_to_whoever_runs_the_review(ward: Ward) -> None:
    held = [seat(ward) for _ in range(12)]
    run_id = start(ward)
    for each in held:
        answer(ward, run_id, each, KEEP)
        ward.forward(timedelta(seconds=0.5))
    (row,) = review_campaigns.campaign_page(ward.world.rt, run_of(ward, run_id).campaign_id, DEE).reviewers
    assert (row.is_striking, row.pace_words) == (True, "12 decided in 5 s")


def test_s28_answers_with_time_to_look_are_not_striking(ward: Ward) -> None:
    held = [seat(ward) for _ in range(12)]
    run_id = start(ward)
    for each in held:
        answer(ward, run_id, each, KEEP)
        ward.forward(timedelta(seconds=20))
    assert not tally_of(ward, run_id, ANN).is_striking
