"""An absent or null part of a partner's entry inherits the default; lists name the exceptions."""

from dataclasses import replace

import pytest

from selfservice.model.crossing.settings import Answer, Border, Direction
from selfservice.model.directory import TenantPolicies
from tests.model.crossing.making import ANN, APP, HOME, OPEN, SHUT, TEAM, part, policies, section

IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def inbound(entry: object, *, default: object = OPEN) -> TenantPolicies:
    return replace(
        policies(default={IN.value: default, "isServiceDefault": True}),
        partners={HOME: {IN.value: entry}},
    )


def border(settings: TenantPolicies) -> Border:
    return Border(policies=settings, partner_id=HOME)


@pytest.mark.parametrize(
    ("default", "entry", "answer"),
    [
        (OPEN, None, Answer.YES),
        (SHUT, None, Answer.NO),
        (SHUT, OPEN, Answer.YES),
        (OPEN, SHUT, Answer.NO),
        (SHUT, {"usersAndGroups": part("allowed", "AllUsers"), "applications": None}, Answer.YES),
        ({}, None, Answer.YES),
    ],
)
def test_an_entry_goes_before_the_default(default: object, entry: object, answer: Answer) -> None:
    settings = inbound(entry, default=default)
    assert border(settings).people(IN, {ANN}) is answer
    assert border(settings).people(OUT, {ANN}) is Answer.YES


@pytest.mark.parametrize(
    ("people", "known", "answer"),
    [
        (part("allowed", ANN), {ANN}, Answer.YES),
        (part("allowed", ANN), {"somebody"}, Answer.NO),
        (part("blocked", ANN), {ANN}, Answer.NO),
        (part("blocked", ANN), {"somebody"}, Answer.YES),
        (part("allowed", TEAM, kind="group"), {ANN, TEAM}, Answer.YES),
        (part("allowed", TEAM, kind="group"), {ANN}, Answer.PERHAPS),
        (part("blocked", TEAM, kind="group"), {ANN}, Answer.PERHAPS),
        (part("blocked", ANN), set(), Answer.PERHAPS),
        (part("allowed", ANN), set(), Answer.PERHAPS),
        (part("allowed"), {ANN}, Answer.NO),
        (part("blocked"), set(), Answer.YES),
    ],
)
def test_a_list_names_those_who_are_allowed_or_blocked(
    people: dict[str, object], known: set[str], answer: Answer
) -> None:
    assert border(inbound(section(people))).people(IN, known) is answer


def test_every_application_of_a_package_must_be_open() -> None:
    apps = part("allowed", APP, kind="application")
    told = border(inbound(section(part("allowed", "AllUsers"), apps)))
    assert told.applications(IN, {APP}) is Answer.YES
    assert told.applications(IN, {APP, "another"}) is Answer.NO
    assert told.applications(IN, frozenset()) is Answer.PERHAPS


@pytest.mark.parametrize(
    ("default", "own", "trusted"),
    [(None, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_trust_is_inherited_where_the_entry_leaves_it_open(
    default: bool | None, own: bool | None, trusted: bool
) -> None:
    settings = policies(
        default={"inboundTrust": {"isMfaAccepted": default}},
        inboundTrust=None if own is None else {"isMfaAccepted": own},
    )
    assert border(settings).trusts_mfa is trusted


def test_redemption_by_itself_is_never_inherited() -> None:
    tick = {"inboundAllowed": True, "outboundAllowed": None}
    assert not border(policies(default={"automaticUserConsentSettings": tick}, isServiceProvider=None)).redeems(IN)
    told = border(policies(automaticUserConsentSettings=tick))
    assert (told.redeems(IN), told.redeems(OUT)) == (True, False)


@pytest.mark.parametrize(
    "odd", ["no section", ["a list"], {"usersAndGroups": "everybody"}, {"usersAndGroups": None}, 3]
)
def test_what_is_no_section_counts_as_absent(odd: object) -> None:
    assert border(inbound(odd, default=SHUT)).people(IN, {ANN}) is Answer.NO
