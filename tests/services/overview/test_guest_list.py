"""My guests: one row a person, what ends first before the rest, narrowed, and cheap however many there are."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from selfservice.model.actor import Actor
from selfservice.model.assignment import AssignmentState
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.person import Person
from selfservice.model.sponsor import GuestSponsor
from selfservice.services.overview.guest_list import GuestLook, my_guests, overseen_words
from selfservice.services.overview.passport_rows import GuestPersonRow
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EVE, FABRIKAM, LEE, START, WES, WOODGROVE, World
from tests.services.overview.conftest import CountQueries
from tests.services.overview.guesting import PARTNER, Made, make_guest

GUS = (PARTNER, "e0000000-0000-4000-8000-000000000077")


def listed(world: World, by: Actor, **look: str) -> list[GuestPersonRow]:
    return list(my_guests(world.rt, by, GuestLook(**look)).rows)


def names(world: World, by: Actor, **look: str) -> list[str]:
    return [row.name for row in listed(world, by, **look)]


def leave(world: World, who: Actor) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (who.tenant_id, who.object_id)).enabled = False


def test_one_person_of_two_tenants_is_one_row(world: World) -> None:
    make_guest(world, Made(home=GUS, ends_in=20))
    make_guest(world, Made(home=GUS, tenant_id=WOODGROVE, ends_in=5))
    (row,) = listed(world, ANN)
    assert sorted(tenant.name for tenant in row.tenants) == ["Contoso", "Woodgrove"]
    assert sorted(row.holds) == ["Design studio, Woodgrove", "Expenses, Contoso"]
    assert (row.ends_in_days, len(row.guest_ids), row.state_words) == (5, 2, "active")


def test_the_same_address_alone_makes_nobody_the_same_person(world: World) -> None:
    make_guest(world, Made(number=1))
    make_guest(world, Made(number=1, tenant_id=WOODGROVE))
    assert len(listed(world, ANN)) == 2


def test_what_ends_first_comes_first_and_who_holds_nothing_last(world: World) -> None:
    for number, ends_in in ((1, 30), (2, 3), (4, 10)):
        make_guest(world, Made(number=number, ends_in=ends_in))
    make_guest(world, Made(number=3, ends_in=-9, state=AssignmentState.ENDED))
    assert names(world, ANN) == ["Gus 2", "Gus 4", "Gus 1", "Gus 3"]
    assert listed(world, ANN)[-1].state_words == "holds nothing any more"


def test_pages_neither_repeat_nor_skip(world: World) -> None:
    for number in range(60):
        make_guest(world, Made(number=number, ends_in=number % 7))
    one = my_guests(world.rt, ANN, GuestLook())
    two = my_guests(world.rt, ANN, GuestLook(after=one.next_after or ""))
    three = my_guests(world.rt, ANN, GuestLook(after=two.next_after or ""))
    shown = [row.guest_id for page in (one, two, three) for row in page.rows]
    assert (len(one.rows), len(two.rows), len(three.rows), three.next_after) == (25, 25, 10, None)
    assert len(set(shown)) == 60


def test_the_list_costs_the_same_however_many_guests_there_are(world: World, queries: CountQueries) -> None:
    for number in range(2):
        make_guest(world, Made(number=number))
    few = queries(lambda: my_guests(world.rt, ANN, GuestLook()))
    for number in range(2, 120):
        make_guest(world, Made(number=number))
    assert queries(lambda: my_guests(world.rt, ANN, GuestLook())) == few <= 10


def test_each_choice_shows_those_it_names(world: World) -> None:
    make_guest(world, Made(number=1, ends_in=12))
    make_guest(world, Made(number=2, ends_in=80))
    make_guest(world, Made(number=3, ends_in=80, redeemed=False))
    blocked = make_guest(world, Made(number=4, ends_in=-1, state=AssignmentState.ENDED))
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Guest, blocked.id).stand(GuestStanding.BLOCKED, cause=ActCause.ACCESS_ENDED, at=START)
    found = {show: names(world, ANN, show=show) for show in ("ending", "notAccepted", "blocked", "nobody")}
    assert found == {"ending": ["Gus 1"], "notAccepted": ["Gus 3"], "blocked": ["Gus 4"], "nobody": []}
    (row,) = listed(world, ANN, show="blocked")
    assert row.state_words == "blocked, because the last access is over"
    assert row.next is not None
    assert row.next.words == "Would be deleted at Contoso on"


@pytest.mark.parametrize(("search", "found"), [("gus 1", 1), ("GUS1@", 1), ("partner", 2), ("%", 0), ("nobody", 0)])
def test_a_guest_is_found_by_name_or_address(world: World, search: str, found: int) -> None:
    make_guest(world, Made(number=1))
    make_guest(world, Made(number=2))
    assert len(listed(world, ANN, search=search)) == found


def test_a_search_in_one_tenant_finds_only_its_guests(world: World) -> None:
    make_guest(world, Made(number=1))
    make_guest(world, Made(number=2, tenant_id=WOODGROVE))
    assert names(world, ANN, tenant="woodgrove") == ["Gus 2"]
    assert names(world, ANN, tenant="nowhere") == []


@pytest.mark.parametrize("other", [CY, EVE, BOB, LEE, DEE, WES], ids=lambda actor: actor.name)
def test_s23_nobody_lists_the_guests_of_another(world: World, other: Actor) -> None:
    make_guest(world, Made(number=1))
    make_guest(world, Made(number=2, tenant_id=WOODGROVE))
    assert listed(world, other) == []


def test_s23_who_oversees_lists_their_own_tenant_and_no_other(world: World) -> None:
    make_guest(world, Made(number=1, home=GUS))
    make_guest(world, Made(number=1, home=GUS, tenant_id=WOODGROVE))
    make_guest(world, Made(number=2, home=(FABRIKAM, CY.object_id)))
    (one, two) = listed(world, DEE, whose="all")
    assert {tenant.name for row in (one, two) for tenant in row.tenants} == {"Contoso"}
    assert names(world, EVE, whose="all") == ["Gus 2"]
    assert (listed(world, ANN, whose="all"), listed(world, WES, whose="all")) == ([], [])
    assert [overseen_words(world.rt, who) for who in (DEE, EVE, ANN)] == [
        "All guests of Contoso",
        "Fabrikam's people as guests",
        "",
    ]


def test_the_owner_answers_for_who_asked_for_themself_and_for_whom_nobody_answers(world: World) -> None:
    make_guest(world, Made(number=1, home=(FABRIKAM, ANN.object_id), for_self=True))
    make_guest(world, Made(number=2, sponsor=CY))
    assert names(world, BOB) == ["Gus 1"]
    assert listed(world, ANN) == []
    leave(world, CY)
    assert sorted(names(world, BOB)) == ["Gus 1", "Gus 2"]
    assert names(world, BOB, show="nobody") == ["Gus 2"]


def test_a_named_sponsor_answers_until_somebody_else_is_the_last(world: World) -> None:
    guest = make_guest(world, Made(number=1, ends_in=None))
    with transaction(world.rt.sessions) as tx:
        tx.add(
            GuestSponsor(
                guest_id=guest.id, tenant_id=CY.tenant_id, object_id=CY.object_id, since=START - timedelta(days=1)
            )
        )
    assert (names(world, CY), names(world, ANN)) == (["Gus 1"], [])
    make_guest(world, Made(number=2, ends_in=-3, state=AssignmentState.ENDED))
    assert names(world, ANN) == ["Gus 2"]
    with transaction(world.rt.sessions) as tx:
        tx.execute(update(GuestSponsor).values(object_id=EVE.object_id))
    assert names(world, CY) == []


def test_the_tenant_of_a_guest_is_where_they_are_and_not_where_they_come_from(world: World) -> None:
    make_guest(world, Made(number=1, home=(FABRIKAM, EVE.object_id)))
    (row,) = listed(world, DEE, whose="all")
    assert [tenant.tenant_id for tenant in row.tenants] == [CONTOSO]
