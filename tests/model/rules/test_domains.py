"""Domains are compared label by label, whatever their spelling; what merely looks alike is noticed."""

import random
import re

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfservice.model.rules.clause import Clause
from selfservice.model.rules.domains import (
    NotADomain,
    edits,
    first_match,
    matches,
    mixes_alphabets,
    normalise,
    normalise_pattern,
    resembles,
)
from selfservice.model.rules.facts import Attribute, RuleFacts
from selfservice.model.rules.holding import judge

LABELS = (
    "contoso",
    "evilcontoso",
    "contoso-evil",
    "com",
    "net",
    "evil",
    "sub",
    "a",
    "xn--mnchen-3ya",
    "straße",
    "münchen",
)
SPELLINGS = (str, str.upper, str.title, lambda text: f"{text}.", lambda text: text.replace(".", "。"))


def spelt(source: random.Random, labels: list[str]) -> str:
    return source.choice(SPELLINGS)(".".join(labels))


def independent(pattern: str, domain: str) -> bool:
    """Say the same by a regular expression over the labels in reverse: another way to another mistake."""
    wildcard = pattern.startswith("*.")
    wanted = _reversed(pattern[2:] if wildcard else pattern)
    expression = "".join(re.escape(label) + "/" for label in wanted) + ("([^/]+/)+" if wildcard else "")
    return re.fullmatch(expression, "".join(f"{label}/" for label in _reversed(domain))) is not None


def _reversed(domain: str) -> list[str]:
    labels = domain.replace("。", ".").lower().split(".")
    ascii_labels = [label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels]
    return list(reversed([label for label in ascii_labels if label]))


@pytest.mark.slow
def test_s57_a_hundred_thousand_pairs_match_as_an_independent_matcher_says() -> None:
    source, matched = random.Random(57), 0
    for _pair in range(100_000):
        base = [source.choice(LABELS) for _ in range(source.randint(1, 3))]
        other = [source.choice(LABELS) for _ in range(source.randint(0, 2))]
        related = source.choice(([*other, *base], [*base, *other], base, other or base, base[1:] or base))
        pattern = source.choice(("", "*.")) + spelt(source, base)
        domain = spelt(source, related)
        expected = independent(pattern, domain)
        assert matches(pattern, domain) is expected, (pattern, domain)
        matched += expected
    assert 20_000 < matched < 80_000


@pytest.mark.parametrize(
    "domain",
    [
        "evilcontoso.com",
        "contoso.com.evil",
        "contoso.com.evil.com",
        "sub.contoso.com",
        "contoso.co",
        "contoso.comm",
        "xcontoso.com",
        "contoso-com.example",
        "contoso.com.sub.contoso.net",
    ],
)
def test_s57_what_only_ends_or_begins_like_a_domain_is_not_that_domain(domain: str) -> None:
    assert not matches("contoso.com", domain)
    facts = RuleFacts(resource_tenant="t", package="p", guest_domain=domain)
    assert not judge(Clause(attribute=Attribute.GUEST_DOMAIN, values=("contoso.com",)), facts).holds


@pytest.mark.parametrize("domain", ["contoso.com", "CONTOSO.com", "contoso.com.", "contoso。com", "ｃontoso.com"])
def test_s57_spelling_makes_no_difference(domain: str) -> None:
    assert matches("contoso.com", domain)
    assert matches("Contoso.COM.", domain)
    assert not matches("*.contoso.com", domain)


def test_s57_subdomains_fall_under_a_wildcard_only() -> None:
    assert matches("*.contoso.com", "sub.contoso.com")
    assert matches("*.contoso.com", "A.b.Contoso.com.")
    assert not matches("*.contoso.com", "evilcontoso.com")
    assert not matches("*.contoso.com", "sub.contoso.com.evil")
    assert first_match(["contoso.com", "*.Contoso.com"], "sub.contoso.com") == "*.Contoso.com"
    assert first_match(["contoso.com"], "sub.contoso.com") is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("XN--MNCHEN-3YA.example.", "xn--mnchen-3ya.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        (" partner.example ", "partner.example"),
    ],
)
def test_s56_a_domain_is_kept_in_its_ascii_form(written: str, kept: str) -> None:
    assert normalise(written) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a..b",
        ".contoso.com",
        "contoso.com..",
        "con toso.com",
        "contoso_x.com",
        "-contoso.com",
        "contoso-.com",
        "xn--a.com",
        "ab--cd.com",
        "*.contoso.com",
        "contoso.*",
        "10.0.0.1",
        "[10.0.0.1]",
        "gus@contoso.com",
        "contoso.com/evil",
        "a" * 64 + ".com",
        ".".join(["abcdefgh"] * 30),
        "contoso.com\u202e",
    ],
)
def test_s57_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(NotADomain):
        normalise(text)


@pytest.mark.parametrize("pattern", ["*", "*.", "**.contoso.com", "a.*.contoso.com", "*contoso.com", "*.*.contoso.com"])
def test_s57_a_wildcard_stands_in_front_and_alone(pattern: str) -> None:
    with pytest.raises(NotADomain):
        normalise_pattern(pattern)


def test_s57_a_rule_about_no_domain_holds_for_none() -> None:
    facts = RuleFacts(resource_tenant="t", package="p", guest_domain="a..contoso.com")
    assert not judge(Clause(attribute=Attribute.GUEST_DOMAIN, values=("*.contoso.com",)), facts).holds
    odd = Clause(attribute=Attribute.GUEST_DOMAIN, values=("*contoso.com",))
    assert not judge(odd, RuleFacts(resource_tenant="t", package="p", guest_domain="contoso.com")).holds


@pytest.mark.parametrize(
    "domain",
    [
        "cοntoso.com",  # a Greek omicron
        "соntоsо.com",  # Cyrillic letters among Latin ones
        "contöso.com",
        "c0ntoso.com",
        "contoso.co",
        "contoso.cm",
        "contosso.com",
        "cnotoso.com",
        "contos.com",
        "mail.contosoo.com",
        "contoso.com.evil.example",
        "login.contoso.com.evil.example",
    ],
)
def test_s56_a_look_alike_of_a_known_domain_is_noticed(domain: str) -> None:
    assert resembles(domain, ["fabrikam.com", "contoso.com"]) == "contoso.com"
    assert resembles(idna.encode(domain, uts46=True).decode(), ["*.contoso.com"]) == "*.contoso.com"


@pytest.mark.parametrize(
    "domain", ["contoso.com", "Sub.Contoso.com", "contoso.com.", "partner.example", "visma.com", "contosoft-labs.com"]
)
def test_s56_what_is_known_or_different_is_no_look_alike(domain: str) -> None:
    assert resembles(domain, ["contoso.com", "visa.example", "hp.com"]) is None


@pytest.mark.parametrize(
    ("known", "alike"), [("modern.com", "modem.com"), ("microsoft.com", "rnicrosoft.com"), ("bank.co.uk", "bаnk.co.uk")]
)
def test_s56_letters_that_run_together_are_noticed(known: str, alike: str) -> None:
    assert resembles(alike, [known]) == known


def test_s56_mixed_alphabets_are_noticed() -> None:
    assert mixes_alphabets("pаrtner.example")
    assert mixes_alphabets("xn--cntoso-90e.com") is mixes_alphabets(idna.decode("xn--cntoso-90e.com"))
    assert not mixes_alphabets("münchen.example")
    assert not mixes_alphabets("пример.example")


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_edits_are_counted_as_people_would(one: str, other: str) -> None:
    assert edits(one, other, most=9) == _edits(one, other)
    assert edits(one, other, most=1) == min(2, _edits(one, other))


def _edits(one: str, other: str) -> int:
    """Count by plain recursion."""
    if not one or not other:
        return len(one) + len(other)
    if one[-1] == other[-1]:
        return _edits(one[:-1], other[:-1])
    ways = [_edits(one[:-1], other), _edits(one, other[:-1]), _edits(one[:-1], other[:-1])]
    if len(one) > 1 and len(other) > 1 and one[-1] == other[-2] and one[-2] == other[-1]:
        ways.append(_edits(one[:-2], other[:-2]))
    return 1 + min(ways)
