"""My guests: those I answer for, soonest end first, and who may look at and end an access."""

from datetime import timedelta

import pytest

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.refusal import NotFound
from selfservice.services import ending
from selfservice.services.overview import guests
from tests.services.making import ANN, BOB, CY, DEE, EVE, FABRIKAM, LEE, START, WES, World
from tests.services.overview.conftest import CountQueries
from tests.services.overview.journeys import Journey, begin

CY_SPONSORS = PersonRef(tenant_id=FABRIKAM, object_id=CY.object_id)


def give(world: World, number: int, *, days: int = 20, like: Journey | None = None) -> Journey:
    return begin(
        world,
        form_key=f"give-{number}",
        guest_address=f"gus{number}@partner.example",
        ends_on=START.date() + timedelta(days=days),
        directory=like.directory if like else None,
    ).agree()


def hand_over(first: Journey) -> None:
    """Let the worker do all that was agreed to."""
    first.work().mail()


def test_the_sponsor_sees_the_guest_and_the_requestor_who_is_not_does_not(world: World) -> None:
    begin(world, sponsor=CY_SPONSORS).deliver()
    (row,) = guests.my_guests(world.rt, CY).rows
    assert (row.guest_name, row.package_name, row.tenant.name) == ("Gus Ray", "Expenses", "Contoso")
    assert (row.ends_in_days, row.can_end, row.for_self) == (20, True, False)
    assert guests.my_guests(world.rt, ANN).rows == ()


def test_one_s_own_access_is_no_guest_s(world: World) -> None:
    journey = begin(world, for_self=True, guest_address="").deliver()
    assert guests.my_guests(world.rt, ANN).rows == ()
    assert guests.guest_page(world.rt, journey.assignment_id, ANN).row.can_end


def test_what_ends_first_comes_first_and_what_is_over_last(world: World) -> None:
    first = give(world, 1, days=5)
    second = give(world, 2, days=30, like=first)
    third = give(world, 3, days=10, like=first)
    hand_over(first)
    ending.end_access(world.rt, first.assignment_id, by=ANN, why="over")
    first.work()
    rows = guests.my_guests(world.rt, ANN).rows
    assert [row.request_id for row in rows] == [third.request_id, second.request_id, first.request_id]
    assert [(row.state, row.can_end) for row in rows] == [("active", True), ("active", True), ("ended", False)]


def test_pages_of_guests_neither_repeat_nor_skip(world: World) -> None:
    first = give(world, 0)
    made = [first.request_id] + [give(world, n, days=20 + n % 3, like=first).request_id for n in range(1, 27)]
    hand_over(first)
    ending.end_access(world.rt, first.assignment_id, by=ANN, why="over")
    first.work()
    one = guests.my_guests(world.rt, ANN)
    two = guests.my_guests(world.rt, ANN, one.next_after)
    shown = [row.request_id for row in (*one.rows, *two.rows)]
    assert (len(one.rows), two.next_after, shown[-1]) == (25, None, first.request_id)
    assert sorted(shown) == sorted(made)


@pytest.mark.parametrize(("viewer", "can_end"), [(ANN, False), (CY, True), (BOB, False), (DEE, True), (EVE, False)])
def test_who_is_part_of_it_may_look_and_only_some_may_end(world: World, viewer: Actor, can_end: bool) -> None:
    journey = begin(world, sponsor=CY_SPONSORS).deliver().accept()
    page = guests.guest_page(world.rt, journey.assignment_id, viewer)
    assert (page.row.can_end, page.requestor_name, page.sponsor_name) == (can_end, "Ann Lee", "Cy Novak")
    assert page.gives == ("member of Expenses Users",)
    if not can_end:
        with pytest.raises(NotFound):
            ending.end_access(world.rt, journey.assignment_id, by=viewer, why="over")


@pytest.mark.parametrize("stranger", [WES], ids=lambda actor: actor.name)
def test_s22_a_stranger_finds_neither_what_is_absent_nor_what_is_forbidden(world: World, stranger: Actor) -> None:
    journey = begin(world).deliver()
    with pytest.raises(NotFound) as forbidden:
        guests.guest_page(world.rt, journey.assignment_id, stranger)
    with pytest.raises(NotFound) as absent:
        guests.guest_page(world.rt, "0" * 32, stranger)
    assert vars(forbidden.value) == vars(absent.value)


def test_an_invitation_that_waits_is_told_apart_from_an_accepted_one(world: World) -> None:
    journey = begin(world).deliver()
    (row,) = guests.my_guests(world.rt, ANN).rows
    assert (row.redemption, row.state_words, row.tone) == ("pending", "invited, not accepted yet", "waiting")
    assert guests.guest_page(world.rt, journey.assignment_id, ANN).launch_url == ""
    journey.accept()
    (row,) = guests.my_guests(world.rt, ANN).rows
    assert (row.redemption, row.state_words, row.tone) == ("accepted", "active", "good")
    assert guests.guest_page(world.rt, journey.assignment_id, LEE).launch_url


def test_the_list_costs_the_same_however_many_guests_there_are(world: World, queries: CountQueries) -> None:
    first = give(world, 0)
    hand_over(first)
    few = queries(lambda: guests.my_guests(world.rt, ANN))
    for number in range(1, 9):
        give(world, number, like=first)
    hand_over(first)
    assert queries(lambda: guests.my_guests(world.rt, ANN)) == few <= 5
