"""Another address for a guest: only a second person makes it so, and it is checked as an invitation is."""

import pytest
from sqlalchemy import delete, select

from selfservice.model.actor import Actor
from selfservice.model.address import AddressRefused
from selfservice.model.application import RoleHolder
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.guest import GuestStanding
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.person import Person
from selfservice.model.policy import AskPolicy, DomainRefused
from selfservice.model.proposal import Proposal, ProposalKind
from selfservice.model.redemption import LinkRefused
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.sponsor import GuestSponsor
from selfservice.services import agreeing, delivering, policing, redeeming, resetting
from selfservice.services.proposing import AlreadyProposed
from selfservice.services.resetting import ResetAsk, ResetRefused
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EVE, FABRIKAM, LEE, World
from tests.services.redemption.invited import GUS, accept, change, change_person, guest_of, links, wait

NEW = "gus.ray@partner.example"
ASK = ResetAsk(address=NEW, why="the old address is gone")


def resets(world: World) -> list[str]:
    with reading(world.rt.sessions) as tx:
        ordered = select(Delivery).where(Delivery.kind == DeliveryKind.RESET)
        return [str(each.order["address"]) for each in tx.scalars(ordered)]


def mails(world: World) -> set[str]:
    with reading(world.rt.sessions) as tx:
        moved = select(OutboxMail).where(OutboxMail.kind == MailKind.INVITATION_MOVED)
        return {mail.to_address for mail in tx.scalars(moved)}


def asked(world: World, proposal_id: str) -> set[str]:
    with reading(world.rt.sessions) as tx:
        return {each.name for each in tx.get_one(Proposal, proposal_id).asked}


def test_a_sponsor_asks_and_the_owner_or_an_admin_is_asked(world: World, gus: str) -> None:
    proposal = resetting.ask(world.rt, gus, ASK, by=CY)
    assert asked(world, proposal) == {"Bob Ray", "Dee Fox"}
    assert (guest_of(world.rt, gus).address, resets(world), mails(world)) == (GUS, [], set())


def test_an_admin_who_asks_is_not_the_second_person(world: World, gus: str) -> None:
    proposal = resetting.ask(world.rt, gus, ASK, by=DEE)
    assert asked(world, proposal) == {"Bob Ray"}
    with pytest.raises(NotFound):
        agreeing.accept(world.rt, proposal, by=DEE)


@pytest.mark.parametrize("who", [ANN, EVE, BOB, LEE], ids=lambda actor: actor.name)
def test_nobody_else_asks_for_it(world: World, gus: str, who: Actor) -> None:
    with pytest.raises(NotFound):
        resetting.ask(world.rt, gus, ASK, by=who)


@pytest.mark.parametrize("who", [BOB, DEE], ids=lambda actor: actor.name)
def test_with_the_second_person_the_invitation_moves_and_everybody_is_told(world: World, gus: str, who: Actor) -> None:
    accept(world.rt, gus)
    wait(world.rt, days=2)
    agreeing.accept(world.rt, resetting.ask(world.rt, gus, ASK, by=CY), by=who)
    guest = guest_of(world.rt, gus)
    assert (guest.ensured_at, guest.reminded_days) == (world.rt.clock(), None)
    assert (resets(world), mails(world)) == ([NEW], {GUS, "cy@fabrikam.example"})
    with reading(world.rt.sessions) as tx:
        event = tx.scalars(select(AuditEvent).where(AuditEvent.action == "guest.moveInvitation")).one()
    assert (event.actor_name, event.why, event.details["from"], event.details["to"]) == (who.name, ASK.why, GUS, NEW)


def test_the_guest_has_the_new_address_once_the_directory_has_taken_it(world: World, gus: str) -> None:
    accept(world.rt, gus)
    before = guest_of(world.rt, gus)
    agreeing.accept(world.rt, resetting.ask(world.rt, gus, ASK, by=CY), by=BOB)
    assert guest_of(world.rt, gus).address == GUS
    delivering.pump(world.rt, CONTOSO)
    after = guest_of(world.rt, gus)
    assert (after.object_id, after.address, after.address_key) == (before.object_id, NEW, NEW)
    assert after.redeemed_at is None
    with reading(world.rt.sessions) as tx:
        person = tx.get_one(Person, (CONTOSO, after.object_id))
        mailed = tx.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.FRESH_LINK)).all()
    assert person.redemption_state is RedemptionState.PENDING
    assert [mail.to_address for mail in mailed] == [NEW]


@pytest.mark.parametrize("who", [CY, ANN, EVE, LEE], ids=lambda actor: actor.name)
def test_s48_nobody_agrees_who_was_not_asked_the_sponsor_least_of_all(world: World, gus: str, who: Actor) -> None:
    proposal = resetting.ask(world.rt, gus, ASK, by=CY)
    with pytest.raises(NotFound):
        agreeing.accept(world.rt, proposal, by=who)
    assert (guest_of(world.rt, gus).address, resets(world)) == (GUS, [])


def test_s48_whoever_became_a_sponsor_meanwhile_cannot_agree(world: World, gus: str) -> None:
    proposal = resetting.ask(world.rt, gus, ASK, by=CY)
    with transaction(world.rt.sessions) as tx:
        tx.add(GuestSponsor(guest_id=gus, tenant_id=CONTOSO, object_id=BOB.object_id, since=world.rt.clock()))
    with pytest.raises(NotFound):
        agreeing.accept(world.rt, proposal, by=BOB)
    assert resets(world) == []


def test_s48_whoever_is_an_admin_no_more_cannot_agree(world: World, gus: str) -> None:
    proposal = resetting.ask(world.rt, gus, ASK, by=CY)
    with transaction(world.rt.sessions) as tx:
        tx.execute(delete(RoleHolder))
    with pytest.raises(NotFound):
        agreeing.accept(world.rt, proposal, by=DEE)
    assert resets(world) == []


def test_s48_no_link_overtakes_a_move_and_no_second_move_begins(world: World, gus: str) -> None:
    agreeing.accept(world.rt, resetting.ask(world.rt, gus, ASK, by=CY), by=BOB)
    with pytest.raises(LinkRefused, match="being moved"):
        redeeming.fresh_link(world.rt, gus, by=CY)
    with pytest.raises(ResetRefused, match="being moved"):
        resetting.ask(world.rt, gus, ResetAsk(address="g.ray@partner.example", why="no, this one"), by=CY)
    delivering.pump(world.rt, CONTOSO)
    redeeming.fresh_link(world.rt, gus, by=CY)
    assert links(world.rt, gus) == [NEW]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (GUS.upper(), "already"),
        ("gus@contoso.example", "belongs to Contoso itself"),
        ("gus+1@partner.example", "Microsoft refuses"),
        ("not an address", "Microsoft refuses|not an e-mail"),
        ("gus@p\u0430rtner.example", "look alike"),
    ],
)
def test_an_address_that_could_not_be_invited_is_refused(world: World, gus: str, address: str, words: str) -> None:
    with pytest.raises(AddressRefused, match=words):
        resetting.ask(world.rt, gus, ResetAsk(address=address, why="why not"), by=CY)


def test_the_address_of_somebody_else_there_is_refused(world: World, gus: str) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(Person(tenant_id=CONTOSO, object_id="e" * 36, mail=NEW, mail_key=NEW, user_type=UserType.GUEST))
    with pytest.raises(AddressRefused, match="Another account"):
        resetting.ask(world.rt, gus, ASK, by=CY)


def test_a_domain_that_the_policy_denies_is_refused_and_looked_at_again_when_it_is_agreed_to(
    world: World, gus: str
) -> None:
    elsewhere = ResetAsk(address="gus@rival.example", why="new employer")
    proposal = resetting.ask(world.rt, gus, elsewhere, by=CY)
    policing.set_policy(world.rt, CONTOSO, AskPolicy(denied_domains=("rival.example",)), by=DEE)
    with pytest.raises(DomainRefused):
        agreeing.accept(world.rt, proposal, by=BOB)
    assert (guest_of(world.rt, gus).address, resets(world)) == (GUS, [])
    agreeing.decline(world.rt, proposal, by=BOB, why="no")
    agreeing.decline(world.rt, proposal, by=DEE, why="no")
    with pytest.raises(DomainRefused):
        resetting.ask(world.rt, gus, elsewhere, by=CY)


def test_a_domain_that_looks_like_a_known_one_is_said_to_the_second_person(world: World, gus: str) -> None:
    proposal = resetting.ask(world.rt, gus, ResetAsk(address="gus@fabr1kam.example", why="moved"), by=CY)
    with reading(world.rt.sessions) as tx:
        body = tx.get_one(Proposal, proposal).body
    assert body == {"address": "gus@fabr1kam.example", "old_address": GUS, "looks_like": "fabrikam.example"}


def test_an_employee_of_ours_keeps_an_address_of_their_home(world: World, gus: str) -> None:
    change(world.rt, gus, home_tenant_id=FABRIKAM, home_object_id=EVE.object_id)
    with pytest.raises(AddressRefused, match="employee of Fabrikam"):
        resetting.ask(world.rt, gus, ASK, by=CY)
    assert resetting.ask(world.rt, gus, ResetAsk(address="eve@fabrikam.example", why="alias"), by=CY)


@pytest.mark.parametrize("standing", [GuestStanding.BLOCKED, GuestStanding.DELETED])
def test_a_guest_who_is_blocked_or_gone_is_not_moved(world: World, gus: str, standing: GuestStanding) -> None:
    proposal = resetting.ask(world.rt, gus, ASK, by=CY)
    change(world.rt, gus, standing=standing)
    with pytest.raises(ResetRefused, match="blocked"):
        agreeing.accept(world.rt, proposal, by=BOB)


def test_s29_a_member_is_never_moved(world: World, gus: str) -> None:
    change_person(world.rt, gus, user_type=UserType.MEMBER)
    with pytest.raises(ResetRefused, match="member"):
        resetting.ask(world.rt, gus, ASK, by=CY)


def test_a_leaver_is_not_moved(world: World, gus: str) -> None:
    change(world.rt, gus, home_tenant_id=FABRIKAM, home_object_id=EVE.object_id)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (FABRIKAM, EVE.object_id)).enabled = False
    with pytest.raises(ResetRefused, match="at home"):
        resetting.ask(world.rt, gus, ResetAsk(address="eve2@fabrikam.example", why="back"), by=CY)


def test_two_moves_are_not_asked_at_once(world: World, gus: str) -> None:
    resetting.ask(world.rt, gus, ASK, by=CY)
    with pytest.raises(AlreadyProposed):
        resetting.ask(world.rt, gus, ResetAsk(address="g.ray@partner.example", why="no, this one"), by=CY)


def test_without_a_second_person_nothing_can_be_asked(world: World, gus: str) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (CONTOSO, BOB.object_id)).enabled = False
    with pytest.raises(NotAllowed, match="nobody who could agree"):
        resetting.ask(world.rt, gus, ASK, by=DEE)
    with reading(world.rt.sessions) as tx:
        assert tx.scalar(select(Proposal.id).where(Proposal.kind == ProposalKind.RESET)) is None
