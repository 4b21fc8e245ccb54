"""Only addresses that Microsoft would invite are taken, and two spellings of one mailbox are one."""

import pytest

from selfservice.model.address import AddressRefused, address_key, domain_of, invitable, loose_key


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


ODD = [
    '"a@allowed.example"@evil.example',
    '"gus"@partner.example',
    '"gus ray"@partner.example',
    "gus(comment)@partner.example",
    "gus@(comment)partner.example",
    "Gus Ray <gus@partner.example>",
    "<gus@partner.example>",
    "gus@partner.example <gus@evil.example>",
    "gus@allowed.example@evil.example",
    "gus@evil.example,gus@allowed.example",
    "gus@evil.example;gus@allowed.example",
    "gus%evil.example@partner.example",
    "evil.example!gus@partner.example",
    "gus@evil.example:partner.example",
    "gus@partner.example#@evil.example",
    "gus@partner.example/evil",
    "gus\\@partner.example",
    "gus@[192.0.2.1]",
    "gus@[IPv6:2001:db8::1]",
    "gus@192.0.2.1",
    "gus@partner..example",
    "gus@.partner.example",
    "gus@partner.example.",
    "gus@-partner.example",
    "gus@partner_one.example",
    ".gus@partner.example",
    "gus.@partner.example",
    "g..us@partner.example",
    "gus\uff20partner.example",
    "gus\u202e@partner.example",
    "gus@partner.example\u202e",
    "gus@part\u00adner.example",
    "\ufeffgus@partner.example",
    "g\u00fcs@partner.example",
    "gus@p\u0430rtner.example",
    "gus@xn--prtner-3nf.example",
    "gus@partner.example\tx",
    "gus\x00@partner.example",
    "gus@partner.example\nBcc:ida@evil.example",
    "mailto:gus@partner.example",
]


@pytest.mark.parametrize("odd", ODD)
def test_s59_an_address_that_could_be_read_in_two_ways_is_refused(odd: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        invitable(odd)
    assert refusal.value.next_step


@pytest.mark.parametrize(
    "written", ["gus@partner\u3002example", "gus@\u24df\u24d0rtner.example", "gus@PARTNER.example"]
)
def test_s59_what_is_taken_has_one_at_one_spelling_and_no_odd_letter(written: str) -> None:
    assert invitable(written) == "gus@partner.example"


def test_s56_a_domain_that_mixes_alphabets_is_refused_with_what_it_really_is() -> None:
    with pytest.raises(AddressRefused) as refusal:
        invitable("gus@c\u03bfntoso.example")
    assert "xn--" in refusal.value.cause


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Gus@partner.example", "gus@PARTNER.example", True),
        ("gus@b\u00fccher.example", "gus@xn--bcher-kva.example", True),
        ("gus@partner.example", "gus@partner.example.", True),
        ("gus@partner.example", "g.us@partner.example", False),
        ("gus@partner.example", "gus+close@partner.example", False),
        ("gus@partner.example", "gus@sub.partner.example", False),
    ],
)
def test_s58_what_makes_two_spellings_one_guest(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same


@pytest.mark.parametrize(
    ("one", "other", "similar"),
    [
        ("g.us@partner.example", "gus@partner.example", True),
        ("gus+close@partner.example", "GUS@Partner.example", True),
        ("gus@partner.example", "gust@partner.example", False),
        ("gus@partner.example", "gus@partnerexample.example", False),
    ],
)
def test_s58_what_may_be_the_same_mailbox(one: str, other: str, similar: bool) -> None:
    assert (loose_key(one) == loose_key(other)) is similar
