"""Who may ask, and for whose addresses: said by one function to the form, at the submit and at delivery."""

from dataclasses import replace

import pytest

from selfservice.model.delivery import StepState
from selfservice.model.directory import UserType
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.policy import AskerRefused, AskPolicy, DomainRefused, PolicyUnreadable
from selfservice.model.refusal import NotFound, Refused
from selfservice.services import admitting, policing, requesting
from selfservice.services.drafting import Ask, sketch
from selfservice.services.routing import facts_of
from selfservice.store.transaction import reading, transaction
from tests.services.asking.asking import (
    approve,
    ask,
    events,
    package_draft,
    recheck,
    set_policy,
    stored,
    write_package,
)
from tests.services.making import ANN, BOB, CONTOSO, DEE, FABRIKAM, WES, World
from tests.services.test_requesting import make_ask

GROUP = "92000000-0000-4000-8000-000000000001"
PATTERNS = ("partner.example", "*.bücher.example")
LISTED = {
    "gus@PARTNER.Example": True,
    "gus@evilpartner.example": False,
    "gus@partner.example.evil.example": False,
    "gus@shop.bücher.example": True,
    "gus@bücher.example": False,
}


def card(world: World, asked: Ask) -> list[type[Refused]]:
    """Return what the form would say against this: the same as the card before asking."""
    with reading(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, asked.package_id)
        request = sketch(tx, world.rt, asked, package, ANN).request
        facts = facts_of(tx, world.rt, package, request)
        return [type(no) for no in admitting.objections(tx, world.rt, package, request, facts, by=ANN)]


def says_no(world: World, asked: Ask) -> bool:
    try:
        requesting.submit(world.rt, asked, by=ANN)
    except DomainRefused:
        return True
    return False


def test_s60_every_way_in_gives_the_same_answer(world: World) -> None:
    asked = {address: make_ask(world, guest_address=address, form_key=address) for address in LISTED}
    waiting = {address: requesting.submit(world.rt, each, by=ANN) for address, each in asked.items()}
    set_policy(world, denied_domains=PATTERNS)
    for address, denied in LISTED.items():
        approve(world, waiting[address])
        at_delivery = recheck(world, waiting[address]).state is StepState.FAILED
        other = make_ask(world, form_key=f"again {address}", guest_address=address.replace("gus", "ida"))
        on_the_card = DomainRefused in card(world, other)
        assert (at_delivery, on_the_card, says_no(world, other)) == (denied, denied, denied), address


def test_s60_a_package_s_own_policy_and_the_tenant_s_hold_together(world: World) -> None:
    draft = package_draft(world)
    write_package(world, replace(draft, policy=AskPolicy(allowed_domains=("partner.example", "other.example"))))
    set_policy(world, denied_domains=("partner.example",))
    for address in ("gus@partner.example", "gus@third.example"):
        with pytest.raises(DomainRefused):
            ask(world, guest_address=address)
    assert ask(world, guest_address="gus@other.example")


def test_s60_a_denied_home_domain_is_denied_to_its_own_people_as_well(world: World) -> None:
    set_policy(world, denied_domains=("fabrikam.example",))
    with pytest.raises(DomainRefused):
        ask(world, for_self=True)
    with pytest.raises(DomainRefused):
        ask(world, guest_address="cy@fabrikam.example")


def test_s60_home_domains_need_not_be_among_those_allowed_whoever_asks(world: World) -> None:
    set_policy(world, allowed_domains=("partner.example",))
    assert ask(world, 1, for_self=True)
    assert ask(world, 2, guest_address="cy@fabrikam.example")


@pytest.mark.parametrize(
    ("departments", "may"),
    [
        (("Finance",), True),
        (("finance/*",), True),
        (("Fin",), False),
        (("Finance/Accounting",), False),
        (("IT",), False),
    ],
)
def test_only_people_of_the_named_departments_may_ask(world: World, departments: tuple[str, ...], may: bool) -> None:
    set_policy(world, departments=departments)
    if may:
        assert ask(world)
        return
    with pytest.raises(AskerRefused) as refusal:
        ask(world)
    assert refusal.value.owner == "the help desk of Contoso"
    assert stored(world.rt) == 0


def test_only_members_of_the_named_groups_may_ask_and_the_group_is_that_of_their_own_tenant(world: World) -> None:
    set_policy(world, groups=(f"{CONTOSO}/{GROUP}",))
    with pytest.raises(AskerRefused):
        ask(world)
    set_policy(world, home_tenants=(FABRIKAM,))
    assert ask(world)


def test_whoever_may_not_ask_any_more_gets_nothing_delivered(world: World) -> None:
    set_policy(world, departments=("Finance/*",))
    request_id = ask(world)
    approve(world, request_id)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (FABRIKAM, ANN.object_id)).department = "Sales"
    step = recheck(world, request_id)
    assert (step.state, step.code) == (StepState.FAILED, "refused")
    assert "Finance" in step.cause


def test_a_no_of_the_policy_is_on_record(world: World) -> None:
    set_policy(world, denied_domains=("partner.example",))
    with pytest.raises(DomainRefused):
        ask(world)
    (refused,) = events(world.rt, "request.refusedByPolicy")
    assert (refused.object_kind, refused.object_id) == ("package", world.expenses)
    assert "partner.example" in refused.why


@pytest.mark.parametrize("stranger", [ANN, BOB, WES], ids=lambda actor: actor.name)
def test_s22_only_an_admin_of_the_tenant_writes_its_policy(world: World, stranger: object) -> None:
    with pytest.raises(NotFound):
        policing.set_policy(world.rt, CONTOSO, AskPolicy(), by=stranger)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "policy",
    [
        AskPolicy(allowed_domains=("partner",) * 501),
        AskPolicy(denied_domains=("*",)),
        AskPolicy(denied_domains=("no domain",)),
        AskPolicy(departments=("",)),
    ],
    ids=["too many", "everything", "no domain", "nothing"],
)
def test_what_cannot_be_meant_is_refused(world: World, policy: AskPolicy) -> None:
    with pytest.raises(PolicyUnreadable):
        policing.set_policy(world.rt, CONTOSO, policy, by=DEE)


def test_domains_are_kept_in_one_spelling(world: World) -> None:
    set_policy(world, allowed_domains=("*.BÜCHER.example", "Partner.example.", "partner.example"))
    with reading(world.rt.sessions) as tx:
        kept = policing.policy_of(tx, CONTOSO)
    assert kept.allowed_domains == ("*.xn--bcher-kva.example", "partner.example")


def test_s58_dots_and_tags_make_another_guest_but_a_similar_one_is_found(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        for number, mail in enumerate(("g.us@partner.example", "gus+close@partner.example", "gust@partner.example")):
            tx.add(guest(number, mail))
    assert ask(world, 1, guest_address="gus@partner.example")
    assert ask(world, 2, guest_address="g.u.s@partner.example")
    with reading(world.rt.sessions) as tx:
        assert policing.similar_guests(tx, CONTOSO, "gus@partner.example") == (
            "g.us@partner.example",
            "gus+close@partner.example",
        )
        assert policing.similar_guests(tx, CONTOSO, "gus@partnerexample.example") == ()


def guest(number: int, mail: str) -> Person:
    return Person(
        tenant_id=CONTOSO,
        object_id=f"9f000000-0000-4000-8000-00000000000{number}",
        mail=mail,
        mail_key=mail,
        user_type=UserType.GUEST,
    )


def test_s56_what_belongs_to_a_partner_is_no_look_alike_of_it(world: World) -> None:
    set_policy(world, allowed_domains=("*.partner.example", "northwind.example"))
    with reading(world.rt.sessions) as tx:
        looks = {
            domain: policing.resembling(tx, world.rt, CONTOSO, domain)
            for domain in ("sub.partner.example", "northwind.example", "nortwind.example", "nοrthwind.example")
        }
    assert looks["sub.partner.example"] == looks["northwind.example"] == ""
    assert looks["nortwind.example"] == looks["nοrthwind.example"] == "northwind.example"
