"""The catalog: what the people of a home tenant may ask for, and nothing else."""

import dataclasses

import pytest

from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.refusal import NotFound
from selfservice.services.overview import catalog
from selfservice.services.overview.home_rows import Catalog
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, TestRuntime, World, make_settings
from tests.services.overview.conftest import CountQueries
from tests.services.overview.journeys import begin, second_package


def names(world: World, search: str = "", tenant_alias: str = "") -> list[str]:
    found = catalog.catalog(world.rt, ANN, search=search, tenant_alias=tenant_alias)
    return [card.name for card in found.packages]


def change(world: World, package_id: str, **changes: object) -> None:
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, package_id)
        for name, value in changes.items():
            setattr(package, name, value)


def only_for(world: World, *aliases: str) -> TestRuntime:
    """Let Contoso be asked by these home tenants alone."""
    settings = make_settings()
    tenants = dict(settings.tenants)
    tenants["contoso"] = dataclasses.replace(tenants["contoso"], requestors_from=aliases)
    return dataclasses.replace(world.rt, settings=dataclasses.replace(settings, tenants=tenants))


def test_every_tenant_that_lets_me_ask_is_there_with_its_packages(world: World) -> None:
    found = catalog.catalog(world.rt, ANN)
    assert [tenant.name for tenant in found.tenants] == ["Contoso", "Woodgrove"]
    assert [(card.name, card.tenant.name, card.gives) for card in found.packages] == [
        ("Expenses", "Contoso", ("member of Expenses Users",)),
        ("Design studio", "Woodgrove", ("member of Design studio Users",)),
    ]


def test_a_resource_tenant_s_own_people_find_an_empty_catalog(world: World) -> None:
    assert catalog.catalog(world.rt, BOB) == Catalog(tenants=(), packages=())


def test_a_tenant_that_does_not_let_my_home_ask_is_not_there(world: World) -> None:
    rt = only_for(world, "northwind")
    assert [card.name for card in catalog.catalog(rt, ANN).packages] == ["Design studio"]
    with pytest.raises(NotFound):
        catalog.package(rt, world.expenses, ANN)


@pytest.mark.parametrize("state", [PackageState.DRAFT, PackageState.RETIRED])
def test_only_what_is_published_is_there(world: World, state: PackageState) -> None:
    change(world, world.expenses, state=state)
    assert names(world) == ["Design studio"]
    with pytest.raises(NotFound):
        catalog.package(world.rt, world.expenses, ANN)


@pytest.mark.parametrize("search", ["expenses", "EXPENSES", " pens ", "Expenses Users"])
def test_a_search_looks_at_names_and_at_what_is_given(world: World, search: str) -> None:
    assert names(world, search) == ["Expenses"]


def test_a_search_looks_at_descriptions(world: World) -> None:
    change(world, world.design, description="Drawings and more, 100% of them")
    assert names(world, "drawings") == ["Design studio"]


@pytest.mark.parametrize("search", ["%", "_", "E_penses", "%pens%", "'; DROP TABLE person --", "\\", "[a-z]"])
def test_s36_signs_of_the_database_s_language_stand_for_themselves(world: World, search: str) -> None:
    assert names(world, search) == []


def test_s36_a_percent_sign_is_found_as_one(world: World) -> None:
    change(world, world.design, description="100% of the drawings")
    assert names(world, "100%") == ["Design studio"]


def test_a_tenant_can_be_chosen(world: World) -> None:
    assert names(world, tenant_alias="woodgrove") == ["Design studio"]
    assert names(world, tenant_alias="nobody") == []


def test_what_i_asked_for_and_what_i_hold_is_marked(world: World) -> None:
    second_package(world)
    journey = begin(world, for_self=True, guest_address="")
    card = catalog.package(world.rt, world.expenses, ANN)
    assert (card.my_state, card.my_request_id) == ("open request", journey.request_id)
    journey.deliver()
    card = catalog.package(world.rt, world.expenses, ANN)
    assert (card.my_state, card.my_ends_on) == ("held", journey.page().row.ends_on)
    states = {each.name: each.my_state for each in catalog.catalog(world.rt, ANN).packages}
    assert states == {"Expenses": "held", "Month-end close": "", "Design studio": ""}
    assert catalog.package(world.rt, world.expenses, CY).my_state == ""


def test_a_guest_s_request_is_not_mine(world: World) -> None:
    begin(world).deliver()
    assert catalog.package(world.rt, world.expenses, ANN).my_state == ""


def test_a_package_says_who_decides_and_who_answers_for_it(world: World) -> None:
    page = catalog.package(world.rt, world.expenses, ANN)
    assert (page.approver_names, page.owner_name) == (("Bob Ray", "Lee Wu"), "Bob Ray")
    assert page.launch_url.endswith(CONTOSO)


def test_the_catalog_costs_the_same_however_full_it_is(world: World, queries: CountQueries) -> None:
    few = queries(lambda: catalog.catalog(world.rt, ANN))
    for _ in range(8):
        second_package(world)
    assert queries(lambda: catalog.catalog(world.rt, ANN)) == few <= 6
