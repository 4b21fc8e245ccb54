"""Only addresses that Microsoft would invite are taken, and two spellings of one mailbox are one."""

import pytest

from selfservice.model.address import AddressRefused, address_key, domain_of, invitable


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("gus@partner.example", "gus@partner.example"),
        ("  Gus.Ray@Partner.Example ", "Gus.Ray@partner.example"),
        ("o'neil@partner.example", "o'neil@partner.example"),
        ("gus@bücher.example", "gus@xn--bcher-kva.example"),
    ],
)
def test_an_ordinary_address_is_taken_with_its_domain_in_ascii(written: str, taken: str) -> None:
    assert invitable(written) == taken


@pytest.mark.parametrize(
    "written",
    [
        "",
        "gus",
        "gus@",
        "@partner.example",
        "gus+tag@partner.example",
        "gus ray@partner.example",
        "gus@partner.example\r\nBcc: everybody@partner.example",
        '"a@allowed.example"@evil.example',
        "gus@[127.0.0.1]",
        "gus@localhost",
        "gus@partner.example,ida@partner.example",
        "gus@partner.example>",
        "a" * 250 + "@partner.example",
        "gus\u200b@partner.example",
    ],
)
def test_an_address_that_could_not_be_invited_is_refused_with_a_next_step(written: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        invitable(written)
    assert refusal.value.next_step


def test_capitals_make_no_second_guest() -> None:
    assert address_key("Gus@Partner.Example") == address_key("gus@partner.example")
    assert domain_of("Gus@Partner.Example") == "partner.example"
