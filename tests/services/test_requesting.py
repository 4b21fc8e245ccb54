"""Asking: what is stored together, what is refused and by which name, and that pressing twice asks once."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.address import AddressRefused
from selfservice.model.approval import StageState
from selfservice.model.audit import AuditEvent
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.package import AccessPackage, PackageClosed
from selfservice.model.person import Person
from selfservice.model.refusal import NotAllowed, NotFound, Refused
from selfservice.model.request import AccessRequest, RequestState, StepNotAllowed
from selfservice.model.routing import NobodyDecides
from selfservice.services import requesting
from selfservice.services.eligibility import DuplicateRequest, EndDateRefused, SponsorRefused, TextRefused
from selfservice.services.requesting import Ask
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, LEE, START, WES, World

GUS = "gus@partner.example"


def make_ask(world: World, **changes: object) -> Ask:
    ask = Ask(
        form_key="form-1",
        package_id=world.expenses,
        for_self=False,
        guest_address=GUS,
        guest_name="Gus Ray",
        justification="month-end close",
        ends_on=START.date() + timedelta(days=20),
    )
    return replace(ask, **changes)  # type: ignore[arg-type]


def the_request(world: World, request_id: str) -> AccessRequest:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id)


def test_a_request_waits_for_its_approvers_and_they_are_told_in_the_same_commit(world: World) -> None:
    request_id = requesting.submit(world.rt, make_ask(world), by=ANN)
    with reading(world.rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id)
        mails = tx.scalars(select(OutboxMail).where(OutboxMail.request_id == request_id)).all()
        events = tx.scalars(select(AuditEvent).where(AuditEvent.object_id == request_id)).all()
    assert (request.state, request.sponsor_name, request.guest_key) == (RequestState.PENDING_APPROVAL, "Ann Lee", GUS)
    (stage,) = request.stages
    assert (stage.state, [approver.name for approver in stage.approvers]) == (StageState.OPEN, ["Bob Ray", "Lee Wu"])
    wanted = sorted(mail.to_address for mail in mails if mail.kind is MailKind.DECISION_WANTED)
    assert wanted == ["bob@contoso.example", "lee@contoso.example"]
    assert [(e.action, e.actor_object_id, e.why) for e in events] == [
        ("request.submit", ANN.object_id, "month-end close")
    ]


def test_asking_for_oneself_takes_name_and_address_from_the_mirror_and_never_from_the_form(world: World) -> None:
    ask = make_ask(world, for_self=True, guest_address="boss@fabrikam.example", guest_name="The Boss", message="hello")
    request = the_request(world, requesting.submit(world.rt, ask, by=ANN))
    assert (request.guest_address, request.guest_name) == ("ann@fabrikam.example", "Ann Lee")
    assert (request.guest_company, request.message) == ("Fabrikam", "")


def test_pressing_twice_asks_once(world: World) -> None:
    first = requesting.submit(world.rt, make_ask(world), by=ANN)
    assert requesting.submit(world.rt, make_ask(world), by=ANN) == first


def test_another_persons_form_key_finds_nothing(world: World) -> None:
    first = requesting.submit(world.rt, make_ask(world), by=ANN)
    other = make_ask(world, guest_address="ida@partner.example")
    assert requesting.submit(world.rt, other, by=CY) != first


def test_many_copies_of_one_form_at_once_are_one_request(world: World) -> None:
    answers: list[str] = []

    def press() -> None:
        answers.append(requesting.submit(world.rt, make_ask(world), by=ANN))

    presses = [threading.Thread(target=press) for _ in range(8)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()
    assert (len(answers), len(set(answers))) == (8, 1)


def test_a_second_request_for_the_same_guest_and_package_leads_to_the_first(world: World) -> None:
    first = requesting.submit(world.rt, make_ask(world), by=ANN)
    with pytest.raises(DuplicateRequest) as refusal:
        requesting.submit(world.rt, make_ask(world, form_key="form-2", guest_address="GUS@partner.example"), by=ANN)
    assert refusal.value.request_id == first


def test_someone_elses_open_request_is_not_shown_to_a_second_requestor(world: World) -> None:
    requesting.submit(world.rt, make_ask(world), by=ANN)
    with pytest.raises(DuplicateRequest) as refusal:
        requesting.submit(world.rt, make_ask(world, form_key="form-2"), by=CY)
    assert refusal.value.request_id is None
    assert "Ann" not in refusal.value.cause


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"justification": "  "}, TextRefused),
        ({"justification": "x" * 1001}, TextRefused),
        ({"message": "x" * 501}, TextRefused),
        ({"guest_name": "Gus\x00Ray"}, TextRefused),
        ({"guest_address": "gus+tag@partner.example"}, AddressRefused),
        ({"guest_address": "una@contoso.example"}, AddressRefused),
        ({"ends_on": START.date()}, EndDateRefused),
        ({"ends_on": START.date() + timedelta(days=91)}, EndDateRefused),
        ({"sponsor": BOB.ref}, SponsorRefused),
        ({"package_id": "0" * 32}, NotFound),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name_with_a_next_step(
    world: World, changes: dict[str, object], name: type[Refused]
) -> None:
    with pytest.raises(name) as refusal:
        requesting.submit(world.rt, make_ask(world, **changes), by=ANN)
    assert refusal.value.next_step
    with reading(world.rt.sessions) as tx:
        assert tx.scalars(select(AccessRequest)).all() == []


def test_the_last_allowed_day_is_allowed(world: World) -> None:
    last = START.date() + timedelta(days=90)
    assert the_request(world, requesting.submit(world.rt, make_ask(world, ends_on=last), by=ANN)).ends_on == last


def test_a_colleague_may_be_the_sponsor_and_then_does_not_decide(world: World) -> None:
    request = the_request(world, requesting.submit(world.rt, make_ask(world, sponsor=CY.ref), by=ANN))
    assert request.sponsor == CY.ref


def test_a_package_that_is_not_published_cannot_be_asked_for(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.get_one(AccessPackage, world.expenses).retire(at=START)
    with pytest.raises(PackageClosed):
        requesting.submit(world.rt, make_ask(world), by=ANN)


@pytest.mark.parametrize("stranger", [BOB, WES, Actor(tenant_id="x", object_id="y")], ids=lambda actor: actor.name)
def test_people_of_tenants_that_may_not_ask_find_no_package(world: World, stranger: Actor) -> None:
    with pytest.raises(NotFound):
        requesting.submit(world.rt, make_ask(world), by=stranger)


def test_someone_who_was_disabled_cannot_ask(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (ANN.tenant_id, ANN.object_id)).enabled = False
    with pytest.raises(NotAllowed):
        requesting.submit(world.rt, make_ask(world), by=ANN)


def test_where_no_approver_is_left_the_request_is_refused_and_not_stuck(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        for approver in (BOB, LEE):
            tx.get_one(Person, (CONTOSO, approver.object_id)).enabled = False
    with pytest.raises(NobodyDecides) as refusal:
        requesting.submit(world.rt, make_ask(world), by=ANN)
    assert refusal.value.owner == "Bob Ray"


def test_only_the_requestor_withdraws_and_only_before_a_decision(world: World) -> None:
    request_id = requesting.submit(world.rt, make_ask(world), by=ANN)
    for stranger in (CY, BOB):
        with pytest.raises(NotFound):
            requesting.withdraw(world.rt, request_id, by=stranger)
    requesting.withdraw(world.rt, request_id, by=ANN)
    assert the_request(world, request_id).state is RequestState.CANCELED
    with pytest.raises(StepNotAllowed):
        requesting.withdraw(world.rt, request_id, by=ANN)


def test_after_a_withdrawal_the_same_can_be_asked_again(world: World) -> None:
    requesting.withdraw(world.rt, requesting.submit(world.rt, make_ask(world), by=ANN), by=ANN)
    again = requesting.submit(world.rt, make_ask(world, form_key="form-2"), by=ANN)
    assert the_request(world, again).state is RequestState.PENDING_APPROVAL
