"""What an asking policy has against a request, and that it is kept as it was meant."""

import pytest

from selfservice.model.policy import (
    NO_POLICY,
    AskerRefused,
    AskPolicy,
    DomainRefused,
    PolicyScope,
    PolicyUnreadable,
    Quotas,
    objections,
    policy_from_data,
    policy_to_data,
)
from selfservice.model.refusal import Refused
from selfservice.model.rules.facts import RuleFacts

SCOPE = PolicyScope(name="Expenses", owner="Bob Ray")
PATTERNS = ("partner.example", "*.xn--bcher-kva.example")


def against(policy: AskPolicy, *, at_home: bool = False, **facts: object) -> list[type[Refused]]:
    asked = RuleFacts(resource_tenant="contoso", package="p1", home_tenant="fabrikam", **facts)  # type: ignore[arg-type]
    return [type(no) for no in objections(policy, asked, SCOPE, is_home_domain=at_home)]


@pytest.mark.parametrize(
    ("domain", "fits"),
    [
        ("partner.example", True),
        ("sub.partner.example", False),
        ("evilpartner.example", False),
        ("partner.example.evil.example", False),
        ("partner.exampl", False),
        ("example", False),
        ("shop.xn--bcher-kva.example", True),
        ("deep.shop.xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", False),
        ("evilxn--bcher-kva.example", False),
    ],
)
def test_s57_a_list_of_domains_means_what_is_written_label_by_label(domain: str, fits: bool) -> None:
    denied = against(AskPolicy(denied_domains=PATTERNS), guest_domain=domain)
    allowed = against(AskPolicy(allowed_domains=PATTERNS), guest_domain=domain)
    assert (denied, allowed) == (([DomainRefused], []) if fits else ([], [DomainRefused]))


def test_what_is_denied_is_denied_though_it_is_allowed_too() -> None:
    both = AskPolicy(allowed_domains=PATTERNS, denied_domains=("partner.example",))
    assert against(both, guest_domain="partner.example") == [DomainRefused]
    assert against(both, guest_domain="partner.example", at_home=True) == [DomainRefused]


def test_home_domains_need_not_be_listed() -> None:
    assert against(AskPolicy(allowed_domains=PATTERNS), guest_domain="fabrikam.example", at_home=True) == []


@pytest.mark.parametrize(
    ("department", "fits"),
    [("Finance", True), ("finance/Accounting", True), ("Finance/A/B", True), ("Financeer", False), ("", False)],
)
def test_a_department_with_all_beneath_it_ends_at_a_slash(department: str, fits: bool) -> None:
    policy = AskPolicy(departments=("Finance/*",))
    assert against(policy, department=department) == ([] if fits else [AskerRefused])


def test_a_group_is_one_of_the_asker_s_own_tenant() -> None:
    assert against(AskPolicy(groups=("fabrikam/g1",)), groups=("g1", "g2")) == []
    assert against(AskPolicy(groups=("contoso/g1",)), groups=("g1", "g2")) == [AskerRefused]


def test_everything_that_stands_against_a_request_is_said_at_once() -> None:
    strict = AskPolicy(
        home_tenants=("northwind",), departments=("IT",), groups=("fabrikam/g9",), denied_domains=PATTERNS
    )
    assert against(strict, guest_domain="partner.example") == [AskerRefused, AskerRefused, AskerRefused, DomainRefused]


def test_an_empty_policy_restricts_nothing_and_is_kept_as_nothing() -> None:
    assert against(NO_POLICY, guest_domain="anybody.example") == []
    assert policy_to_data(NO_POLICY) == {}


def test_a_policy_is_read_back_as_it_was_written() -> None:
    policy = AskPolicy(
        home_tenants=("fabrikam",),
        groups=("fabrikam/g1",),
        departments=("Finance/*",),
        allowed_domains=PATTERNS,
        denied_domains=("evil.example",),
        quotas=Quotas(person=0, tenant=7),
    )
    assert policy_from_data(policy_to_data(policy)) == policy


@pytest.mark.parametrize(
    "data",
    [
        {"domains": []},
        {"allowed_domains": "partner.example"},
        {"denied_domains": ["*.*.example"]},
        {"departments": [" "]},
        {"quotas": {"person": -1}},
        {"quotas": {"person": True}},
        {"quotas": {"everybody": 1}},
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(data: dict[str, object]) -> None:
    with pytest.raises(PolicyUnreadable) as refusal:
        policy_from_data(data)
    assert next(iter(data)) in refusal.value.cause
