"""One access of a guest: who may look at it, who may end it, and who is led to the guest."""

import pytest

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.refusal import NotFound
from selfservice.services import ending
from selfservice.services.overview import guests
from tests.services.making import ANN, BOB, CY, DEE, EVE, FABRIKAM, LEE, WES, World
from tests.services.overview.journeys import begin

CY_SPONSORS = PersonRef(tenant_id=FABRIKAM, object_id=CY.object_id)


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
    row = guests.guest_page(world.rt, journey.assignment_id, ANN).row
    assert (row.redemption, row.state_words, row.tone) == ("pending", "invited, not accepted yet", "waiting")
    assert guests.guest_page(world.rt, journey.assignment_id, ANN).launch_url == ""
    journey.accept()
    row = guests.guest_page(world.rt, journey.assignment_id, ANN).row
    assert (row.redemption, row.state_words, row.tone) == ("accepted", "active", "good")
    assert guests.guest_page(world.rt, journey.assignment_id, LEE).launch_url


def test_only_who_may_see_all_about_the_guest_is_led_there(world: World) -> None:
    journey = begin(world, sponsor=CY_SPONSORS).deliver()
    led = {
        who.name: guests.guest_page(world.rt, journey.assignment_id, who).guest_id != "" for who in (ANN, CY, BOB, DEE)
    }
    assert led == {"Ann Lee": False, "Cy Novak": True, "Bob Ray": False, "Dee Fox": True}
