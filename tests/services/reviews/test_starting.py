"""A run's snapshot: who is asked about whom, what is striking, and what rolls over."""

from selfservice.model.directory import RedemptionState
from selfservice.model.review import Flag, ItemState, ReviewCampaign, RunState, Verdict, recommended
from selfservice.model.review_plan import Every, NamedReviewer, ReviewerKind, ScopeKind
from selfservice.services.overview import review_campaigns
from selfservice.services.posting import key_of
from selfservice.services.reviews import campaigning, starting
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, CY, DEE
from tests.services.reviews.steps import (
    DAY,
    WHOLE,
    Ward,
    change,
    item_of,
    leave,
    run_of,
    seat,
    start,
    tally_of,
    tend,
    the_runs,
)


def reviewer(ward: Ward, run_id: str, number: int = 0) -> tuple[str, str]:
    item = item_of(ward, run_id, ward.held[number])
    return item.reviewer, item.because


def test_sponsors_are_asked_about_their_guests(ward: Ward) -> None:
    seat(ward)
    seat(ward, sponsor=CY)
    run_id = start(ward)
    assert reviewer(ward, run_id, 0) == (key_of(ANN.ref), "sponsors")
    assert reviewer(ward, run_id, 1) == (key_of(CY.ref), "sponsors")
    assert run_of(ward, run_id).state is RunState.OPEN
    assert (tally_of(ward, run_id, ANN).total, tally_of(ward, run_id, ANN).open) == (1, 1)


def test_where_the_sponsor_left_the_owner_is_asked(ward: Ward) -> None:
    seat(ward, sponsor=CY)
    leave(ward, CY)
    run_id = start(ward)
    assert reviewer(ward, run_id) == (key_of(BOB.ref), "owners")
    assert Flag.NO_SPONSOR in item_of(ward, run_id, ward.held[0]).marks


def test_named_people_are_asked_in_their_order(ward: Ward) -> None:
    seat(ward, granted_by=BOB)
    named = tuple(NamedReviewer(ref=each.ref, name=each.name) for each in (BOB, DEE))
    run_id = start(ward, reviewers=(ReviewerKind.NAMED,), named=named)
    assert reviewer(ward, run_id) == (key_of(DEE.ref), "named")


def test_a_guest_may_be_the_reviewer_by_the_plan(ward: Ward) -> None:
    seat(ward, home=CY.ref)
    run_id = start(ward, reviewers=(ReviewerKind.GUEST,))
    assert reviewer(ward, run_id) == (key_of(CY.ref), "guest")


def test_each_access_of_chosen_packages_is_an_item(ward: Ward) -> None:
    held = seat(ward)
    run_id = start(ward, scope=ScopeKind.PACKAGES, scope_ids=(ward.world.expenses,))
    item = item_of(ward, run_id, held)
    assert (item.subject_id, item.reviewer) == (held.assignment_id, key_of(ANN.ref))


def test_an_owner_makes_a_campaign_of_their_own_package(ward: Ward) -> None:
    seat(ward)
    assert start(ward, by=BOB, scope=ScopeKind.PACKAGES, scope_ids=(ward.world.expenses,))


def test_only_what_is_striking_needs_a_look_in_the_second_run(ward: Ward) -> None:
    calm, changed = seat(ward), seat(ward)
    first = start(ward, every=Every.MONTH, sample_percent=0, landing_days=0)
    assert {item_of(ward, first, each).state for each in (calm, changed)} == {ItemState.OPEN}
    tend(ward, after=20 * DAY)
    change(ward, changed, ends_on=ward.world.rt.clock().date() + 100 * DAY)
    tend(ward, after=20 * DAY)
    second = the_runs(ward)[-1].id
    assert second != first
    assert item_of(ward, second, calm).state is ItemState.ROLLED
    assert item_of(ward, second, changed).state is ItemState.OPEN
    assert Flag.CHANGED in item_of(ward, second, changed).marks


def test_a_changed_employer_is_striking_and_speaks_against_the_guest(ward: Ward) -> None:
    held = seat(ward, mail="guest1@elsewhere.example", mail_key="guest1@elsewhere.example")
    marks = item_of(ward, start(ward), held).marks
    assert Flag.EMPLOYER in marks
    assert recommended(marks) is Verdict.REMOVE


def test_a_new_name_at_the_same_employer_is_not_striking(ward: Ward) -> None:
    held = seat(ward, mail="married@partner.example", mail_key="married@partner.example")
    assert Flag.EMPLOYER not in item_of(ward, start(ward), held).marks


def test_an_ended_account_at_home_is_striking(ward: Ward) -> None:
    held = seat(ward, home=CY.ref)
    leave(ward, CY)
    marks = item_of(ward, start(ward), held).marks
    assert Flag.LEAVER in marks
    assert recommended(marks) is Verdict.REMOVE


def test_the_same_seed_draws_the_same_spot_checks(ward: Ward) -> None:
    for _ in range(30):
        seat(ward)
    rt = ward.world.rt
    run_id = start(ward, every=Every.MONTH, sample_percent=50)
    tend(ward, after=40 * DAY)
    second = the_runs(ward)[-1].id
    assert second != run_id
    drawn = {each.guest_id for each in ward.held if item_of(ward, second, each).sampled}
    assert 0 < len(drawn) < 30
    assert all((item_of(ward, second, each).state is ItemState.OPEN) is (each.guest_id in drawn) for each in ward.held)
    assert rt.clock() < run_of(ward, second).closes_at


def test_a_snapshot_goes_on_where_a_worker_died(ward: Ward) -> None:
    for _ in range(12):
        seat(ward)
    rt = ward.world.rt
    campaign_id = campaigning.create(rt, WHOLE, starts_on=rt.clock().date() + DAY, by=DEE)
    with transaction(rt.sessions) as tx:
        run = starting.begin(tx, rt, tx.get_one(ReviewCampaign, campaign_id), by=DEE)
        assert run is not None
        run.chunks = 16
    starting.fill(rt, run.id, parts=2)
    assert (run_of(ward, run.id).state, run_of(ward, run.id).chunk) == (RunState.STARTING, 2)
    tend(ward)
    assert run_of(ward, run.id).state is RunState.OPEN
    assert sorted(item_of(ward, run.id, each).guest_id for each in ward.held) == sorted(e.guest_id for e in ward.held)


def test_a_preview_counts_what_a_run_would_hold(ward: Ward) -> None:
    seat(ward)
    seat(ward, sponsor=CY)
    seat(ward, sponsor=CY)
    found = review_campaigns.preview(ward.world.rt, WHOLE, by=DEE)
    assert (found.items, found.reviewers, found.unassigned) == (3, 2, 0)
    assert [(row.name, row.total) for row in found.rows] == [("Cy Novak", 2), ("Ann Lee", 1)]


def test_who_never_accepted_is_striking_after_a_while(ward: Ward) -> None:
    held = seat(ward, redeemed=False, redemption_state=RedemptionState.PENDING)
    assert Flag.UNREDEEMED in item_of(ward, start(ward), held).marks
