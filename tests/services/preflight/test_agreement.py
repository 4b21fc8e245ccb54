"""The card and the submit agree: without a stop the submit succeeds, and whatever it refuses is a stop on the card."""

import itertools
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.crossing.finding import Level
from selfservice.model.exclusion import PackageExclusion
from selfservice.model.package import AccessPackage
from selfservice.model.policy import AskPolicy, Quotas
from selfservice.model.refusal import Refused
from selfservice.model.request import OPEN_STATES, AccessRequest, RequestState
from selfservice.model.rules.outcome import Automatic, Deny
from selfservice.services import policing, terms
from selfservice.services.drafting import Ask
from selfservice.services.preflight.card import Preflight
from selfservice.services.preflight.checking import preflight
from selfservice.services.requesting import submit
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EXPENSES_USERS, LEE, START, World, make_package
from tests.services.preflight.asking import about, know, make_ask, write_rule

CASES = 120
ADDRESSES = (
    "gus@partner.example",
    "Gus@Partner.Example",
    "kim@denied.example",
    "kim@sub.denied.example",
    "lou@nobody.example",
    "max@granted.example",
    "bob@contoso.example",
    "cy@fabrikam.example",
    "a+b@partner.example",
    "ü@müller.example",
    "x@" + "l" * 64 + ".example",
    "two words@partner.example",
    "@partner.example.",
)
ENDS = (-1, 0, 1, 30, 90, 91)
REASONS = ("for the close", " ", "x" * 1001, "bell\a")
SPONSORS = (None, CY.ref, BOB.ref, PersonRef(tenant_id=ANN.tenant_id, object_id="0" * 36))
NAMES = ("Gus Ray", "n" * 121)


@pytest.fixture
def ruled(world: World) -> World:
    """Return a company with rules, a policy, questions, terms and packages that exclude each other."""
    write_rule(world.rt, Deny(reason="nobody of that domain"), about("nobody.example"))
    write_rule(world.rt, Automatic(), about("granted.example"))
    policing.set_policy(world.rt, CONTOSO, AskPolicy(denied_domains=("*.denied.example",)), by=DEE)
    other = make_package(world.rt, CONTOSO, "Audit", gives=EXPENSES_USERS)
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        package.questions = [
            {"key": "case", "kind": "text", "labels": {"en": "Case number"}, "required": False},
            {
                "key": "site",
                "kind": "choice",
                "labels": {"en": "Site"},
                "choices": [{"value": "berlin", "labels": {"en": "Berlin"}}],
            },
        ]
        terms.write(tx, package, "Be kind to the books.", by=DEE, at=START)
        tx.add(other)
        tx.flush()
        first, second = sorted((world.expenses, other.id))
        tx.add(
            PackageExclusion(
                tenant_id=CONTOSO,
                first_package_id=first,
                second_package_id=second,
                reason="who books does not audit",
                created_at=START,
                created_by_name="Dee Fox",
            )
        )
    know(world.rt)
    return world


def asks_of(world: World) -> list[Ask]:
    dice = random.Random(7)
    numbers = itertools.count()

    def one() -> Ask:
        return make_ask(
            world,
            form_key=f"form {next(numbers)}",
            for_self=dice.random() < 0.1,
            guest_address=dice.choice(ADDRESSES if dice.random() < 0.4 else ADDRESSES[:6]),
            guest_name=dice.choice(NAMES) if dice.random() < 0.2 else NAMES[0],
            justification=dice.choice(REASONS) if dice.random() < 0.2 else REASONS[0],
            ends_on=START.date() + timedelta(days=dice.choice(ENDS) if dice.random() < 0.3 else 30),
            sponsor=dice.choice(SPONSORS) if dice.random() < 0.2 else None,
            answers={"site": dice.choice(("berlin", "paris", "")) if dice.random() < 0.2 else "berlin"},
            terms_version=dice.choice((0, 1, 2)) if dice.random() < 0.2 else 1,
        )

    return [one() for _ in range(CASES)]


def outcome_of(world: World, ask: Ask, *, by: Actor) -> Refused | None:
    try:
        submit(world.rt, ask, by=by)
    except Refused as refusal:
        return refusal
    return None


def ensure_agreement(card: Preflight, refusal: Refused | None) -> None:
    said = {line.text for line in card.lines if line.level is Level.STOP} | set(card.missing)
    if refusal is None:
        assert (said, card.missing) == (set(), ())
    else:
        assert refusal.cause in said


def forget_requests(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        for request in tx.query(AccessRequest).filter(AccessRequest.state.in_(OPEN_STATES)):
            request.state = RequestState.CANCELED


def test_the_card_says_what_the_submit_does(ruled: World) -> None:
    outcomes = []
    for ask in asks_of(ruled):
        card = preflight(ruled.rt, ask, by=ANN)
        refusal = outcome_of(ruled, ask, by=ANN)
        ensure_agreement(card, refusal)
        outcomes.append(type(refusal).__name__)
        if len(outcomes) % 4:
            forget_requests(ruled)
    assert len(set(outcomes)) > 8, set(outcomes)
    assert outcomes.count("NoneType") > 10


def test_the_last_of_a_quota_is_counted_alike(ruled: World) -> None:
    policing.set_policy(ruled.rt, CONTOSO, AskPolicy(quotas=Quotas(person=2)), by=DEE)
    for number in range(4):
        ask = make_ask(
            ruled,
            form_key=f"form {number}",
            for_self=False,
            guest_address=f"gus{number}@partner.example",
            answers={"site": "berlin"},
            terms_version=1,
        )
        card = preflight(ruled.rt, ask, by=ANN)
        refusal = outcome_of(ruled, ask, by=ANN)
        ensure_agreement(card, refusal)
        assert (refusal is None) == (number < 2)
        assert any("of what one person may ask" in line.text.casefold() for line in card.lines) == (number < 2)


def test_nobody_to_decide_is_said_by_both(world: World) -> None:
    know(world.rt)
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        package.approvers.clear()
    ask = make_ask(world)
    ensure_agreement(preflight(world.rt, ask, by=ANN), outcome_of(world, ask, by=ANN))
    assert outcome_of(world, ask, by=ANN) is not None


def test_a_package_that_excludes_this_one_is_said_by_both(ruled: World) -> None:
    with transaction(ruled.rt.sessions) as tx:
        audit = tx.query(AccessPackage).filter_by(name="Audit").one()
        first = tx.get_one(AccessPackage, ruled.expenses)
        audit.approvers.extend(type(each)(kind=each.kind, object_id=each.object_id) for each in first.approvers)
        audit_id = audit.id
    expenses = make_ask(ruled, answers={"site": "berlin"}, terms_version=1)
    assert outcome_of(ruled, expenses, by=ANN) is None
    audit_ask = replace(make_ask(ruled, form_key="another"), package_id=audit_id)
    card = preflight(ruled.rt, audit_ask, by=ANN)
    refusal = outcome_of(ruled, audit_ask, by=ANN)
    assert refusal is not None
    ensure_agreement(card, refusal)


def test_those_who_decide_are_those_who_are_asked(world: World) -> None:
    know(world.rt)
    ask = make_ask(world)
    card = preflight(world.rt, ask, by=ANN)
    request_id = submit(world.rt, ask, by=ANN)
    with transaction(world.rt.sessions) as tx:
        stages = tx.get_one(AccessRequest, request_id).stages
        asked = [tuple(sorted(approver.name for approver in stage.approvers)) for stage in stages]
    assert [tuple(sorted(stage.names)) for stage in card.stages] == asked == [(BOB.name, LEE.name)]
