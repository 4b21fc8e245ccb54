"""The first page: what waits for me, first."""

from datetime import timedelta

import pytest

from selfservice.model.actor import Actor
from selfservice.model.unable import UnableTo
from selfservice.services.overview import home
from selfservice.services.overview.home_rows import Counts
from tests.services.making import ANN, BOB, CY, DEE, EVE, LEE, START, WES, World
from tests.services.overview.conftest import CountQueries
from tests.services.overview.journeys import Journey, begin, wait


def fail(world: World) -> Journey:
    journey = begin(world)
    refusal = UnableTo("Contoso does not allow invitations.", code="invitations-off", owner="An admin of Contoso")
    journey.directory.fail("invite", refusal)
    return journey.agree().work()


def test_an_approver_sees_how_many_wait_and_since_when(world: World) -> None:
    begin(world)
    wait(world.rt, hours=5)
    begin(world, form_key="form-2", guest_address="ida@partner.example")
    shown = home.home(world.rt, BOB)
    assert (shown.to_decide, shown.oldest_waiting_since, shown.can_ask) == (2, START, False)
    assert home.home(world.rt, LEE).to_decide == 2


@pytest.mark.parametrize("other", [ANN, CY, DEE, EVE, WES], ids=lambda actor: actor.name)
def test_nobody_else_has_them_to_decide(world: World, other: Actor) -> None:
    begin(world)
    shown = home.home(world.rt, other)
    assert (shown.to_decide, shown.oldest_waiting_since) == (0, None)
    assert home.counts(world.rt, other).to_decide == 0


def test_guests_and_own_access_that_end_within_a_month_are_there(world: World) -> None:
    first = begin(world).deliver()
    begin(world, form_key="own", for_self=True, guest_address="", directory=first.directory).deliver()
    late = START.date() + timedelta(days=80)
    begin(
        world, form_key="late", guest_address="ida@partner.example", ends_on=late, directory=first.directory
    ).deliver()
    soon = home.home(world.rt, ANN).ending_soon
    assert sorted((row.guest_name, row.for_self, row.ends_in_days) for row in soon) == [
        ("Ann Lee", True, 20),
        ("Gus Ray", False, 20),
    ]
    assert home.home(world.rt, CY).ending_soon == ()


def test_a_failed_delivery_is_shown_to_whoever_asked_and_to_those_who_oversee(world: World) -> None:
    journey = fail(world)
    for viewer in (ANN, DEE, EVE):
        (failure,) = home.home(world.rt, viewer).failed_deliveries
        assert (failure.request_id, failure.guest_name, failure.tenant.name) == (
            journey.request_id,
            "Gus Ray",
            "Contoso",
        )
        assert (failure.cause, failure.owner) == ("Contoso does not allow invitations.", "An admin of Contoso")
    for stranger in (CY, BOB, WES):
        assert home.home(world.rt, stranger).failed_deliveries == ()


def test_the_navigation_counts_what_is_mine(world: World) -> None:
    first = fail(world)
    begin(world, form_key="form-2", guest_address="ida@partner.example", directory=first.directory).deliver()
    begin(world, form_key="form-3", guest_address="max@partner.example", directory=first.directory)
    assert home.counts(world.rt, ANN) == Counts(to_decide=0, my_guests=1, failures=0)
    assert home.counts(world.rt, BOB) == Counts(to_decide=1, my_guests=0, failures=0)
    assert home.counts(world.rt, DEE) == Counts(to_decide=0, my_guests=0, failures=1)


def test_counting_stops_at_a_hundred(world: World) -> None:
    for number in range(102):
        begin(world, form_key=f"many-{number}", guest_address=f"gus{number}@partner.example")
        if number % 40 == 39:
            wait(world.rt, days=1)  # nobody may ask more than fifty times a day
    assert home.counts(world.rt, BOB).to_decide == 100


def test_my_last_five_requests_are_there_newest_first(world: World) -> None:
    made = []
    for number in range(7):
        made.append(begin(world, form_key=f"last-{number}", guest_address=f"g{number}@partner.example").request_id)
        wait(world.rt, seconds=1)
    assert [row.id for row in home.home(world.rt, ANN).requests] == made[::-1][:5]


def test_roles_and_doors_follow_the_person(world: World) -> None:
    told = {who.name: home.home(world.rt, who) for who in (ANN, DEE, EVE)}
    assert {name: (each.can_ask, each.is_admin, each.is_auditor) for name, each in told.items()} == {
        "Ann Lee": (True, False, False),
        "Dee Fox": (False, True, False),
        "Eve Stone": (True, False, True),
    }


def test_the_first_page_costs_the_same_however_much_waits(world: World, queries: CountQueries) -> None:
    first = begin(world).deliver()
    begin(world, form_key="second", guest_address="ida@partner.example")
    few = (queries(lambda: home.home(world.rt, ANN)), queries(lambda: home.counts(world.rt, ANN)))
    for number in range(8):
        begin(
            world, form_key=f"m{number}", guest_address=f"gus{number}@partner.example", directory=first.directory
        ).agree()
    first.work().mail()
    assert (queries(lambda: home.home(world.rt, ANN)), queries(lambda: home.counts(world.rt, ANN))) == few
    assert few[1] <= 6
