"""Why a guest does not come in: found out of our rows at once, and of the directory by the worker alone."""

import pytest
from sqlalchemy import select

from selfservice.model.crossing.finding import Level
from selfservice.model.delivery import Delivery, DeliveryKind, StepKind, StepState
from selfservice.model.diagnosis import Cure, Diagnosis, Seen
from selfservice.model.directory import DirectoryUser, UserType
from selfservice.model.domain_lookup import DomainLookup, LookupState
from selfservice.model.guest import GuestStanding
from selfservice.model.mail import MailState, OutboxMail
from selfservice.model.mirror import TenantPolicy
from selfservice.model.person import Person
from selfservice.model.policy import AskPolicy
from selfservice.model.redemption import Examination
from selfservice.model.refusal import NotFound
from selfservice.model.unable import UnableTo
from selfservice.services import doctoring, noticing, policing, redeeming
from selfservice.services.overview.redemption import redemption_page
from selfservice.store.transaction import reading, transaction
from tests.services.fakes import FakeDirectory
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EVE, FABRIKAM, FakeDirectories, World
from tests.services.redemption.invited import GUS, accept, change, change_person, guest_of, wait


def diagnosis(world: World, guest_id: str) -> Diagnosis:
    with reading(world.rt.sessions) as tx:
        return doctoring.examine(tx, world.rt, guest_of(world.rt, guest_id))


def next_step(world: World, guest_id: str) -> str:
    return diagnosis(world, guest_id).next_step.finding.text


def directory_of(world: World) -> FakeDirectory:
    assert isinstance(world.rt.directories, FakeDirectories)
    directory = world.rt.directories.by_tenant[CONTOSO]
    assert isinstance(directory, FakeDirectory)
    return directory


def look(world: World, guest_id: str) -> Examination:
    """Have the directory asked, and return what it said."""
    doctoring.ask(world.rt, guest_id, by=CY)
    doctoring.work(world.rt, CONTOSO)
    with reading(world.rt.sessions) as tx:
        return tx.get_one(Examination, guest_id)


def mail_of(world: World, guest_id: str, **facts: object) -> None:
    """Let the mail with the link be otherwise."""
    with transaction(world.rt.sessions) as tx:
        mail = tx.scalars(select(OutboxMail).where(OutboxMail.to_address == GUS)).one()
        for name, value in facts.items():
            setattr(mail, name, value)


def test_a_guest_with_nothing_in_the_way_gets_a_fresh_link(world: World, gus: str) -> None:
    wait(world.rt, days=2)
    found = diagnosis(world, gus)
    assert (found.next_step.finding.level, found.next_step.cure, found.owner) == (Level.OK, Cure.LINK, "You")


def test_a_domain_that_was_blocked_since_is_found(world: World, gus: str) -> None:
    policing.set_policy(world.rt, CONTOSO, AskPolicy(denied_domains=("partner.example",)), by=DEE)
    noticing.notice_blocked(world.rt, CONTOSO)
    assert "partner.example are not let into Contoso" in next_step(world, gus)
    assert diagnosis(world, gus).owner == "the help desk of Contoso"


def test_a_guest_who_is_blocked_or_deleted_is_found(world: World, gus: str) -> None:
    change_person(world.rt, gus, enabled=False)
    assert "Sign-in is blocked" in next_step(world, gus)
    change(world.rt, gus, standing=GuestStanding.DELETED)
    assert "not in Contoso's directory" in next_step(world, gus)


def test_an_employee_who_signs_in_by_another_name_is_found_by_id_and_by_mail(world: World, gus: str) -> None:
    with transaction(world.rt.sessions) as tx:
        eve = tx.get_one(Person, (FABRIKAM, EVE.object_id))
        eve.user_principal_name = "stone@fabrikam.example"
    change(world.rt, gus, address="eve@fabrikam.example", address_key="eve@fabrikam.example")
    assert "signs in at Fabrikam as stone@fabrikam.example" in next_step(world, gus)
    assert diagnosis(world, gus).next_step.cure is Cure.RESET
    change(world.rt, gus, home_tenant_id=FABRIKAM, home_object_id=CY.object_id)
    assert "signs in at Fabrikam as cy@fabrikam.example" in next_step(world, gus)


def test_an_account_at_home_that_is_switched_off_is_found(world: World, gus: str) -> None:
    change(world.rt, gus, home_tenant_id=FABRIKAM, home_object_id=EVE.object_id)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (FABRIKAM, EVE.object_id)).enabled = False
    assert "account at Fabrikam" in next_step(world, gus)


def test_a_domain_without_a_tenant_where_no_codes_are_sent_is_found(world: World, gus: str) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.merge(TenantPolicy(tenant_id=CONTOSO, allow_invites_from="everyone", email_one_time_passcode="disabled"))
        domain = DomainLookup(tenant_id=CONTOSO, domain="partner.example", asked_at=world.rt.clock())
        domain.answer(None, at=world.rt.clock())
        tx.add(domain)
        assert domain.state is LookupState.UNKNOWN
    assert "sends no codes by mail" in next_step(world, gus)


def test_a_mail_that_never_left_is_found(world: World, gus: str) -> None:
    mail_of(world, gus, state=MailState.FAILED, failure="No such mailbox.", next_step="Check the address.")
    assert next_step(world, gus) == "The mail with the link never left: No such mailbox."


def test_a_link_that_could_not_be_made_is_found(world: World, gus: str) -> None:
    wait(world.rt, minutes=1)
    redeeming.fresh_link(world.rt, gus, by=CY)
    with transaction(world.rt.sessions) as tx:
        delivery = tx.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.LINK)).one()
        step = next(each for each in delivery.steps if each.kind is StepKind.INVITE)
        step.state, step.cause = StepState.FAILED, "Invitations are blocked."
    assert next_step(world, gus) == "No link could be made: Invitations are blocked."


def test_the_worker_asks_the_directory_and_finds_a_deleted_twin(world: World, gus: str) -> None:
    directory = directory_of(world)
    directory.put_user(twin("d" * 36))
    directory.delete_user("d" * 36, attempt_id="a")
    kept = look(world, gus)
    assert kept.answered_at == world.rt.clock()
    assert "deleted guest with the address gus@partner.example" in next_step(world, gus)


def twin(object_id: str) -> DirectoryUser:
    return DirectoryUser(object_id=object_id, display_name="Gus", mail=GUS, user_type=UserType.GUEST, enabled=True)


def test_the_worker_asks_the_directory_and_finds_another_account_with_the_address(world: World, gus: str) -> None:
    directory_of(world).put_user(twin("d" * 36))
    look(world, gus)
    assert "Another account" in next_step(world, gus)


def test_the_worker_finds_a_guest_who_is_gone_before_the_mirror_does(world: World, gus: str) -> None:
    directory_of(world).users.pop(guest_of(world.rt, gus).object_id)
    look(world, gus)
    assert "not in Contoso's directory" in next_step(world, gus)


def test_a_directory_without_trouble_says_so(world: World, gus: str) -> None:
    kept = look(world, gus)
    assert Seen(**kept.found) == Seen(mail=GUS)  # type: ignore[arg-type]
    assert not any("has not been asked" in each.finding.text for each in diagnosis(world, gus).others)


def test_a_directory_that_does_not_answer_is_said_and_keeps_nobody_waiting(world: World, gus: str) -> None:
    directory_of(world).fail("get_user", UnableTo("The directory did not answer.", code="network", transient=True))
    kept = look(world, gus)
    assert (kept.failure, kept.found) == ("The directory did not answer.", {})
    shown = redemption_page(world.rt, gus, CY)
    assert (shown.is_asking, shown.ask_failure) == (False, "The directory did not answer.")
    assert doctoring.due_tenants(world.rt) == ()


def test_a_page_asks_once_in_two_minutes_and_only_who_may_help(world: World, gus: str) -> None:
    for who in (BOB, EVE):
        with pytest.raises(NotFound):
            doctoring.ask(world.rt, gus, by=who)
    assert doctoring.due_tenants(world.rt) == ()
    doctoring.ask(world.rt, gus, by=ANN)
    assert doctoring.due_tenants(world.rt) == (CONTOSO,)
    assert redemption_page(world.rt, gus, CY).is_asking
    doctoring.work(world.rt, CONTOSO)
    doctoring.ask(world.rt, gus, by=CY)
    assert doctoring.due_tenants(world.rt) == ()
    wait(world.rt, minutes=2)
    doctoring.ask(world.rt, gus, by=CY)
    assert doctoring.due_tenants(world.rt) == (CONTOSO,)


def test_a_guest_who_has_accepted_is_not_stuck(world: World, gus: str) -> None:
    accept(world.rt, gus)
    shown = redemption_page(world.rt, gus, CY)
    assert (shown.words, shown.next_step.level, shown.reminders) == ("accepted", Level.OK, ())


def test_the_page_tells_what_was_tried_and_which_reminders_are_over(world: World, gus: str) -> None:
    redeeming.fresh_link(world.rt, gus, by=CY)
    change(world.rt, gus, reminded_days=3)
    shown = redemption_page(world.rt, gus, ANN)
    assert [(each.words, each.who) for each in shown.tried] == [("a fresh link", "Cy Novak")]
    assert shown.reminders == ((3, True), (10, False), (20, False))
    assert "a few minutes ago" in shown.why_no_link
    assert (shown.may_help, shown.may_change) == (True, False)
