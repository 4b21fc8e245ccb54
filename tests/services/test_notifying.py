"""Notifying: who is told what, once each, with links of our own address."""

from datetime import date

from sqlalchemy import delete, select

from selfservice.model.approval import Outcome
from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.services import announcing, notifying, requesting
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, START, World
from tests.services.test_requesting import GUS, make_ask

GUS_ID = "e0000000-0000-4000-8000-000000000001"


def ask(world: World, **changes: object) -> str:
    return requesting.submit(world.rt, make_ask(world, **changes), by=ANN)


def mails(world: World, kind: MailKind) -> list[OutboxMail]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.to_address)))


def recipients(world: World, kind: MailKind) -> list[str]:
    return [mail.to_address for mail in mails(world, kind)]


def make_guest(world: World) -> Guest:
    guest = Guest(
        tenant_id=CONTOSO,
        object_id=GUS_ID,
        origin=GuestOrigin.INVITED,
        address=GUS,
        address_key=GUS,
        display_name="Gus Ray",
        ensured_at=START,
    )
    with transaction(world.rt.sessions) as tx:
        tx.add(guest)
    return guest


def test_every_approver_is_asked_once_although_the_stage_is_told_of_twice(world: World) -> None:
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        notifying.request_submitted(tx, world.rt, tx.get_one(AccessRequest, request_id))
    assert recipients(world, MailKind.DECISION_WANTED) == ["bob@contoso.example", "lee@contoso.example"]
    assert recipients(world, MailKind.REQUEST_RECEIVED) == ["ann@fabrikam.example"]


def test_a_sponsor_is_told_only_where_it_is_somebody_else(world: World) -> None:
    ask(world)
    assert recipients(world, MailKind.SPONSOR_NAMED) == []
    ask(world, form_key="form-2", guest_address="ivy@partner.example", sponsor=CY.ref)
    assert recipients(world, MailKind.SPONSOR_NAMED) == ["cy@fabrikam.example"]


def test_an_approver_whose_account_was_disabled_gets_no_mail(world: World) -> None:
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (BOB.tenant_id, BOB.object_id)).enabled = False
        tx.execute(delete(OutboxMail))
        notifying.request_submitted(tx, world.rt, tx.get_one(AccessRequest, request_id))
    assert recipients(world, MailKind.DECISION_WANTED) == ["lee@contoso.example"]


def test_s64_links_and_message_ids_are_made_of_the_configured_address_alone(world: World) -> None:
    request_id = ask(world)
    (received,) = mails(world, MailKind.REQUEST_RECEIVED)
    assert received.facts["link"] == f"http://localhost:8080/requests/{request_id}"
    assert received.message_id == f"<{received.id}@localhost>"
    assert {mail.facts["link"] for mail in mails(world, MailKind.DECISION_WANTED)} == {
        f"http://localhost:8080/decide/{request_id}"
    }


def test_a_decision_is_told_with_its_decider_and_reason(world: World) -> None:
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id)
        notifying.request_decided(tx, world.rt, request, Outcome.DENY, "Bob Ray", "not this year")
    (mail,) = mails(world, MailKind.REQUEST_DECIDED)
    assert (mail.to_address, mail.facts["decider"], mail.facts["reason"], mail.facts["outcome"]) == (
        "ann@fabrikam.example",
        "Bob Ray",
        "not this year",
        "deny",
    )


def test_an_invited_guest_gets_the_sealed_link_and_no_second_mail_that_all_is_ready(world: World) -> None:
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id)
        announcing.invitation(tx, world.rt, request, "sealed", "d1")
        announcing.access_ready(tx, world.rt, request, "d1")
    (invitation,) = mails(world, MailKind.INVITATION)
    (ready,) = mails(world, MailKind.ACCESS_READY)
    assert (invitation.to_address, invitation.sealed_link, invitation.facts["link"]) == (GUS, "sealed", "")
    assert (ready.to_address, ready.facts["reader"], ready.facts["invited"]) == (
        "ann@fabrikam.example",
        "requestor",
        "yes",
    )


def test_a_guest_who_needs_no_invitation_is_told_that_the_access_is_there(world: World) -> None:
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        announcing.access_ready(tx, world.rt, tx.get_one(AccessRequest, request_id), "d1")
    to_requestor, to_guest = mails(world, MailKind.ACCESS_READY)
    assert (to_guest.to_address, to_guest.facts["reader"]) == (GUS, "guest")
    assert to_guest.facts["link"] == f"https://myapplications.microsoft.com/?tenantid={CONTOSO}"
    assert (to_requestor.to_address, to_requestor.facts["invited"]) == ("ann@fabrikam.example", "")


def test_who_asked_for_themself_is_told_once_and_where_they_read_mail(world: World) -> None:
    request_id = ask(world, for_self=True, guest_address="", guest_name="")
    with transaction(world.rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id)
        announcing.invitation(tx, world.rt, request, "sealed", "d1")
        announcing.access_ready(tx, world.rt, request, "d1")
        announcing.access_ready(tx, world.rt, request, "d2")
    assert recipients(world, MailKind.INVITATION) == ["ann@fabrikam.example"]
    assert recipients(world, MailKind.ACCESS_READY) == ["ann@fabrikam.example"]


def test_each_failure_of_a_delivery_is_told_once(world: World) -> None:
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id)
        announcing.delivery_failed(tx, world.rt, request, "The group is gone.", "Change the package.")
        announcing.delivery_failed(tx, world.rt, request, "The group is gone.", "Change the package.")
        request.changed_at = START.replace(hour=12)
        announcing.delivery_failed(tx, world.rt, request, "The group is gone.", "Change the package.")
    told = mails(world, MailKind.DELIVERY_FAILED)
    assert [mail.facts["next_step"] for mail in told] == ["Change the package."] * 2


def test_requestor_and_sponsor_hear_once_that_the_guest_accepted(world: World) -> None:
    guest = make_guest(world)
    request_id = ask(world, sponsor=CY.ref)
    delivery = Delivery(
        tenant_id=CONTOSO,
        kind=DeliveryKind.GRANT,
        request_id=request_id,
        guest_object_id=GUS_ID,
        created_at=START,
        due_at=START,
    )
    with transaction(world.rt.sessions) as tx:
        tx.add(delivery)
        announcing.guest_accepted(tx, world.rt, guest)
        announcing.guest_accepted(tx, world.rt, guest)
    assert recipients(world, MailKind.GUEST_ACCEPTED) == ["ann@fabrikam.example", "cy@fabrikam.example"]


def test_the_end_of_an_access_is_told_to_requestor_and_sponsor_with_its_reason(world: World) -> None:
    guest, request_id = make_guest(world), ask(world, sponsor=CY.ref)
    assignment = Assignment(
        tenant_id=CONTOSO,
        package_id=world.expenses,
        package_name="Expenses",
        request_id=request_id,
        guest_id=guest.id,
        sponsor_tenant_id=CY.tenant_id,
        sponsor_object_id=CY.object_id,
        sponsor_name=CY.name,
        starts_at=START,
        ends_on=date(2027, 1, 30),
        end_reason="the end date has come",
    )
    with transaction(world.rt.sessions) as tx:
        tx.add(assignment)
        tx.flush()
        announcing.access_ended(tx, world.rt, assignment, guest)
    told = mails(world, MailKind.ACCESS_ENDED)
    assert [mail.to_address for mail in told] == ["ann@fabrikam.example", "cy@fabrikam.example"]
    assert {mail.facts["link"] for mail in told} == {f"http://localhost:8080/guests/{assignment.id}"}
    assert {mail.facts["reason"] for mail in told} == {"the end date has come"}
