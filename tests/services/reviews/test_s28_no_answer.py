"""S28: what happens without an answer is said, reminded of, passed on, and never a silent keep."""

import pytest

from selfservice.model.mail import MailKind
from selfservice.model.refusal import NotFound
from selfservice.model.review import Flag, ItemState, RunState, Verdict
from selfservice.model.review_plan import Every, NoAnswer
from selfservice.services.overview import review_campaigns
from selfservice.services.posting import key_of
from selfservice.services.reviews import campaigning, closing
from tests.services.making import ANN, BOB, CY, DEE
from tests.services.reviews.steps import (
    DAY,
    Ward,
    answer,
    item_of,
    leave,
    mails,
    run_of,
    seat,
    start,
    tally_of,
    tend,
    the_runs,
)


@pytest.mark.parametrize(
    ("policy", "calm", "striking"),
    [
        (NoAnswer.KEEP, ItemState.KEPT, ItemState.KEPT),
        (NoAnswer.REMOVE, ItemState.LANDING, ItemState.LANDING),
        (NoAnswer.RECOMMENDATION, ItemState.KEPT, ItemState.LANDING),
    ],
)
def test_s28_without_an_answer_it_goes_as_the_campaign_says(
    ward: Ward, policy: NoAnswer, calm: ItemState, striking: ItemState
) -> None:
    quiet = seat(ward)
    moved = seat(ward, mail_key="x@elsewhere.example")
    run_id = start(ward, no_answer=policy)
    tend(ward, after=14 * DAY)
    assert (item_of(ward, run_id, quiet).state, item_of(ward, run_id, moved).state) == (calm, striking)


def test_s28_not_to_be_sure_is_no_answer(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward, no_answer=NoAnswer.REMOVE, escalate_days=0)
    answer(ward, run_id, held, Verdict.UNSURE)
    tend(ward, after=14 * DAY)
    item = item_of(ward, run_id, held)
    assert (item.state, item.decided_at) == (ItemState.LANDING, None)


def test_s28_when_a_reviewer_leaves_during_the_run_the_next_one_is_asked(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward)
    leave(ward, ANN)
    tend(ward, after=DAY)
    item = item_of(ward, run_id, held)
    assert (item.reviewer, item.because) == (key_of(BOB.ref), "owners")
    assert Flag.NO_SPONSOR in item.marks
    assert (tally_of(ward, run_id, ANN).total, tally_of(ward, run_id, BOB).open) == (0, 1)
    assert {mail.to_name for mail in mails(ward, MailKind.REVIEW_ASKED)} == {"Ann Lee", "Bob Ray"}
    answer(ward, run_id, held, Verdict.KEEP, by=BOB)


@pytest.mark.parametrize("policy", [NoAnswer.KEEP, NoAnswer.RECOMMENDATION])
def test_s28_where_everybody_has_left_nothing_is_kept_in_silence(ward: Ward, policy: NoAnswer) -> None:
    held = seat(ward)
    run_id = start(ward, no_answer=policy)
    for gone in (ANN, BOB, DEE):
        leave(ward, gone)
    tend(ward, after=DAY)
    assert item_of(ward, run_id, held).reviewer == ""
    tend(ward, after=14 * DAY)
    assert item_of(ward, run_id, held).state is ItemState.LEFT
    page = review_campaigns.campaign_page(ward.world.rt, run_of(ward, run_id).campaign_id, DEE)
    assert [(row.item_id, row.can_decide) for row in page.left] == [(held.guest_id, True)]
    answer(ward, run_id, held, Verdict.REMOVE, by=DEE)
    assert item_of(ward, run_id, held).state is ItemState.LANDING


def test_s28_what_would_have_rolled_over_needs_a_look_once_its_reviewer_has_left(ward: Ward) -> None:
    from_before = seat(ward)
    first = start(ward, every=Every.MONTH, sample_percent=0)
    tend(ward, after=15 * DAY)
    campaigning.start_now(ward.world.rt, run_of(ward, first).campaign_id, by=DEE)
    tend(ward)
    run_id = the_runs(ward)[-1].id
    assert item_of(ward, run_id, from_before).state is ItemState.ROLLED
    leave(ward, ANN)
    tend(ward)
    assert item_of(ward, run_id, from_before).state is ItemState.OPEN


def test_s28_who_has_not_begun_before_the_end_is_passed_over(ward: Ward) -> None:
    idle, busy, other = seat(ward, sponsor=CY), seat(ward), seat(ward)
    run_id = start(ward)
    answer(ward, run_id, busy, Verdict.KEEP)
    tend(ward, after=12 * DAY)
    assert item_of(ward, run_id, idle).reviewer == key_of(BOB.ref)
    assert item_of(ward, run_id, other).reviewer == key_of(ANN.ref)
    assert run_of(ward, run_id).state is RunState.OPEN


def test_reviewers_are_asked_once_and_reminded_on_the_days_that_the_campaign_says(ward: Ward) -> None:
    seat(ward)
    start(ward, escalate_days=0)
    for _ in range(14):
        tend(ward, after=DAY)
        tend(ward)
    assert len(mails(ward, MailKind.REVIEW_ASKED)) == 1
    assert sorted(mail.facts["days"] for mail in mails(ward, MailKind.REVIEW_REMINDER)) == ["1", "7"]


def test_who_has_answered_everything_is_not_reminded(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward)
    answer(ward, run_id, held, Verdict.KEEP)
    tend(ward, after=13 * DAY)
    assert mails(ward, MailKind.REVIEW_REMINDER) == []


def test_whoever_runs_it_closes_a_run_early_and_nobody_else(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward, no_answer=NoAnswer.KEEP)
    with pytest.raises(NotFound):
        closing.close_early(ward.world.rt, run_id, why="all said", by=ANN)
    closing.close_early(ward.world.rt, run_id, why="all said", by=DEE)
    tend(ward)
    assert item_of(ward, run_id, held).state is ItemState.KEPT
    assert run_of(ward, run_id).state is RunState.DONE
    (mail,) = mails(ward, MailKind.REVIEW_RESULT)
    assert (mail.to_name, mail.facts["kept"], mail.facts["left"]) == ("Dee Fox", "1", "0")
