"""Requests: each sees their own and those they are part of; the rest of the world does not exist."""

import pytest

from selfservice.model.actor import Actor, PersonRef, Role
from selfservice.model.refusal import NotFound
from selfservice.services.overview import requests
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EVE, FABRIKAM, LEE, WES, World
from tests.services.overview.conftest import CountQueries
from tests.services.overview.journeys import begin, wait

MIA = Actor(tenant_id=FABRIKAM, object_id="a0000000-0000-4000-8000-000000000099", name="Mia Strange")
WOODGROVE_ADMIN = Actor(
    tenant_id=WES.tenant_id, object_id=WES.object_id, name=WES.name, roles=frozenset({Role.ADMIN, Role.AUDITOR})
)
FABRIKAM_ADMIN = Actor(tenant_id=FABRIKAM, object_id=MIA.object_id, name=MIA.name, roles=frozenset({Role.ADMIN}))


@pytest.mark.parametrize("viewer", [ANN, BOB, LEE, DEE, EVE, CY, FABRIKAM_ADMIN], ids=lambda actor: actor.name)
def test_whoever_is_part_of_a_request_or_oversees_it_sees_it(world: World, viewer: Actor) -> None:
    journey = begin(world, sponsor=PersonRef(tenant_id=FABRIKAM, object_id=CY.object_id))
    assert journey.page(viewer).row.id == journey.request_id


@pytest.mark.parametrize("stranger", [MIA, WES, WOODGROVE_ADMIN], ids=["colleague", "other approver", "other admin"])
def test_s22_a_stranger_finds_what_is_absent_and_what_is_forbidden_alike(world: World, stranger: Actor) -> None:
    journey = begin(world)
    with pytest.raises(NotFound) as forbidden:
        journey.page(stranger)
    with pytest.raises(NotFound) as absent:
        requests.request_page(world.rt, "0" * 32, stranger)
    assert vars(forbidden.value) == vars(absent.value)


def test_the_same_object_id_in_another_tenant_is_somebody_else(world: World) -> None:
    journey = begin(world)
    twin = Actor(tenant_id=CONTOSO, object_id=ANN.object_id, name=ANN.name)
    with pytest.raises(NotFound):
        journey.page(twin)
    assert requests.mine(world.rt, twin).rows == ()


def test_only_the_requestor_can_withdraw_and_only_approvers_can_decide(world: World) -> None:
    journey = begin(world)
    can = {actor.name: (journey.page(actor).can_withdraw, journey.page(actor).can_decide) for actor in (ANN, BOB, DEE)}
    assert can == {"Ann Lee": (True, False), "Bob Ray": (False, True), "Dee Fox": (False, False)}
    journey.agree()
    assert not journey.page(ANN).can_withdraw
    assert not journey.page(LEE).can_decide


def test_a_row_says_who_what_where_until_when_and_whom_it_waits_for(world: World) -> None:
    begin(world)
    (row,) = requests.mine(world.rt, ANN).rows
    assert (row.package_name, row.tenant.name, row.home.name) == ("Expenses", "Contoso", "Fabrikam")
    assert (row.guest_name, row.guest_address, row.sponsor_name) == ("Gus Ray", "gus@partner.example", "Ann Lee")
    assert (row.state_words, row.tone, row.waiting_for) == (
        "waiting for a decision",
        "waiting",
        ("Bob Ray", "Lee Wu"),
    )


def test_pages_of_my_requests_neither_repeat_nor_skip(world: World) -> None:
    made = []
    for number in range(60):
        journey = begin(world, form_key=f"form-{number}", guest_address=f"gus{number}@partner.example")
        made.append(journey.request_id)
        if number % 7:
            wait(world.rt, seconds=1)
        if number == 30:
            wait(world.rt, days=1)  # nobody may ask more than fifty times a day
    shown: list[str] = []
    sizes, after = [], None
    while True:
        page = requests.mine(world.rt, ANN, after)
        shown += [row.id for row in page.rows]
        sizes.append(len(page.rows))
        after = page.next_after
        if after is None:
            break
    assert sizes == [25, 25, 10]
    assert sorted(shown) == sorted(made)
    assert shown[0] in made[-2:]


@pytest.mark.parametrize("after", ["", "x", "1-", "99999999999999999-" + "0" * 32, "' OR 1=1 --", "1-zz"])
def test_a_forged_place_in_a_list_is_its_beginning(world: World, after: str) -> None:
    journey = begin(world)
    assert [row.id for row in requests.mine(world.rt, ANN, after).rows] in ([journey.request_id], [])


def test_a_request_of_one_s_own_is_asked_for_oneself(world: World) -> None:
    journey = begin(world, for_self=True, guest_address="", guest_name="")
    row = journey.page().row
    assert (row.for_self, row.guest_name, row.guest_address) == (True, "Ann Lee", "ann@fabrikam.example")
    page = journey.deliver().accept().page()
    assert page.launch_url
    assert page.row.state_words == "delivered"


def test_the_version_stands_still_while_nothing_happens(world: World) -> None:
    journey = begin(world).agree().work()
    first = journey.page().version
    assert journey.page().version == first
    journey.mail()
    assert journey.page().version != first


def test_a_page_costs_the_same_however_much_there_is(world: World, queries: CountQueries) -> None:
    first = begin(world).deliver()
    one_row = queries(lambda: requests.mine(world.rt, ANN))
    one_page = queries(first.page)
    for number in range(12):
        begin(
            world,
            form_key=f"more-{number}",
            guest_address=f"gus{number}@partner.example",
            directory=first.directory,
        ).agree()
    first.work().mail()
    assert queries(lambda: requests.mine(world.rt, ANN)) == one_row <= 5
    assert queries(first.page) == one_page <= 20
