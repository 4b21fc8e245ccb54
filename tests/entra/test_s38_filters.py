"""S38: no value can end the string that it stands in, whatever is in it."""

from urllib.parse import parse_qs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from selfservice.entra import paths
from selfservice.entra.filters import by_address, literal, query
from selfservice.simulator.graph.odata import AnyOf, Compare, Either, parse
from tests.entra.world import World

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def on_the_wire(text: str) -> str:
    [value] = parse_qs(query({"$filter": text}).removeprefix("?"), strict_parsing=True)["$filter"]
    return value


@given(TEXT)
@example("x' or userType eq 'Member")
@example("''")
@example("a+b&c=d#e%27%20f")
@example("o'neil@x.example")
def test_s38_a_text_comes_back_as_the_one_value_it_was(text: str) -> None:
    assert parse(on_the_wire(f"mail eq {literal(text)}")) == Compare("mail", "eq", text)


@given(TEXT)
@example("a@x.example') or (userType eq 'Member")
def test_s38_an_address_stays_an_address_in_every_part_of_the_filter(address: str) -> None:
    found = parse(on_the_wire(by_address(address)))
    assert found == Either(
        (
            Compare("mail", "eq", address),
            AnyOf("otherMails", "o", Compare("o", "eq", address)),
            AnyOf(
                "proxyAddresses",
                "p",
                Either((Compare("p", "eq", f"SMTP:{address}"), Compare("p", "eq", f"smtp:{address}"))),
            ),
        )
    )


@pytest.mark.parametrize("address", ["o'neil@partner.example", "nobody' or mail ne 'x", "a&$select=id", "%27", "*"])
def test_s38_an_attack_finds_nobody(world: World, address: str) -> None:
    assert world.directory("Contoso").find_users_by_address(address) == ()


def test_s38_an_apostrophe_finds_its_owner(world: World) -> None:
    contoso = world.directory("Contoso")
    tenant = world.sim.world.tenants["22222222-bbbb-4bbb-8bbb-222222222222"]
    oid = next(iter(tenant.users.live))
    tenant.users.change(oid, {"otherMails": ["o'neil@partner.example"]})
    assert [user.object_id for user in contoso.find_users_by_address("O'Neil@partner.example")] == [oid]


@pytest.mark.parametrize("value", ["", "me", "../groups", "11111111-aaaa-4aaa-8aaa-111111111111/x", "x" * 36, "1 or 1"])
def test_s38_an_id_is_a_guid_or_nothing(value: str) -> None:
    with pytest.raises(ValueError, match="id"):
        paths.guid(value)


@pytest.mark.parametrize("value", ["", "..", "a b", "a?b", "a#b", "a%2Fb"])
def test_s38_an_opaque_id_has_no_odd_letters(value: str) -> None:
    with pytest.raises(ValueError, match="id"):
        paths.opaque(value)


def test_an_opaque_id_is_one_segment() -> None:
    assert paths.opaque("AAMk/x+y=") == "AAMk%2Fx%2By%3D"
