"""Finding colleagues: enough to name a sponsor, too little to copy a directory."""

import pytest

from selfservice.model.directory import UserType
from selfservice.model.person import Person
from selfservice.services.overview.people import find_people, sponsor_by_address
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, FABRIKAM, START, World


def add(world: World, number: int, name: str, **changes: object) -> None:
    facts: dict[str, object] = {
        "tenant_id": FABRIKAM,
        "object_id": f"a1000000-0000-4000-8000-{number:012d}",
        "display_name": name,
        "name_key": name.casefold(),
        "mail": f"p{number}@fabrikam.example",
        "mail_key": f"p{number}@fabrikam.example",
        "user_type": UserType.MEMBER,
    }
    with transaction(world.rt.sessions) as tx:
        tx.add(Person(**{**facts, **changes}))  # type: ignore[arg-type]


def found(world: World, search: str) -> list[str]:
    return [person.name for person in find_people(world.rt, ANN, search=search)]


@pytest.mark.parametrize("search", ["Cy N", "cy novak", "NOV", "  novak ", "cy@fabrikam.example"])
def test_a_colleague_is_found_by_part_of_a_name_or_the_whole_address(world: World, search: str) -> None:
    assert found(world, search) == ["Cy Novak"]


@pytest.mark.parametrize(
    "search", ["", "  ", "cy", "c y"[:2], "%%%", "___", "ovak", "cy@fabrikam", "@fabrikam.example"]
)
def test_s62_too_little_or_a_fragment_or_a_wildcard_finds_nobody(world: World, search: str) -> None:
    assert found(world, search) == []


def test_s62_at_most_ten_are_shown(world: World) -> None:
    for number in range(15):
        add(world, number, f"Sam Hill {number:02d}")
    assert len(found(world, "sam")) == 10


def test_s62_no_address_is_shown(world: World) -> None:
    add(world, 1, "Sam Hill", job_title="Buyer", department="Purchasing")
    (person,) = find_people(world.rt, ANN, search="sam hill")
    assert "@" not in repr(person)
    assert person.detail == "Buyer, Purchasing"


def test_s23_nobody_of_another_tenant_is_found(world: World) -> None:
    assert found(world, "bob ray") == []
    assert find_people(world.rt, ANN, search="bob ray", tenant_id=CONTOSO) == ()
    assert find_people(world.rt, BOB, search="ann lee") == ()


def test_leavers_guests_and_oneself_are_not_offered(world: World) -> None:
    add(world, 1, "Sam Gone", removed_at=START)
    add(world, 2, "Sam Off", enabled=False)
    add(world, 3, "Sam Guest", user_type=UserType.GUEST)
    add(world, 4, "Sam Here")
    assert found(world, "sam") == ["Sam Here"]
    assert found(world, "ann lee") == []


def test_a_sponsor_is_found_by_the_whole_address_of_one_s_own_tenant(world: World) -> None:
    cy = sponsor_by_address(world.rt, ANN, address=" CY@fabrikam.example ")
    assert cy is not None
    assert cy.object_id == CY.object_id
    assert sponsor_by_address(world.rt, ANN, address="bob@contoso.example") is None
    assert sponsor_by_address(world.rt, ANN, address="nobody@fabrikam.example") is None
