"""Becoming a member: an admin who did not ask agrees, the address list comes first, and only then the type changes."""

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor, Role
from selfservice.model.application import RoleHolder
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.directory import UserType
from selfservice.model.guest import GuestStanding
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.treatment import Treatment, TreatmentRefused, TreatmentState
from selfservice.services import agreeing, treating
from selfservice.services.overview.treatment import TreatmentPage, treatment_page
from selfservice.services.treating import Wish
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, LEE, WES, World
from tests.services.redemption.invited import accept, change, change_person, guest_of

MEMBER = Wish(user_type=UserType.MEMBER, wants_list=False, why="works here every day")
LISTED = Wish(user_type=UserType.MEMBER, wants_list=True, why="people must find them")
GUEST_AGAIN = Wish(user_type=UserType.GUEST, wants_list=False, why="the project is over")
LEE_AS_ADMIN = Actor(tenant_id=LEE.tenant_id, object_id=LEE.object_id, name=LEE.name, roles=frozenset({Role.ADMIN}))


@pytest.fixture
def there(world: World, gus: str) -> str:
    """Return the id of a guest who has accepted."""
    accept(world.rt, gus)
    return gus


def treated(world: World) -> list[str]:
    with reading(world.rt.sessions) as tx:
        ordered = select(Delivery).where(Delivery.kind == DeliveryKind.TREAT)
        return [str(each.order["user_type"]) for each in tx.scalars(ordered)]


def treatment(world: World) -> Treatment:
    with reading(world.rt.sessions) as tx:
        return tx.scalars(select(Treatment)).one()


def page(world: World, guest_id: str, by: Actor = CY) -> TreatmentPage:
    return treatment_page(world.rt, guest_id, by)


def test_an_admin_agrees_and_the_type_changes(world: World, there: str) -> None:
    proposal = treating.ask(world.rt, there, MEMBER, by=CY)
    assert (treated(world), bool(page(world, there).open_proposal)) == ([], True)
    agreeing.accept(world.rt, proposal, by=DEE)
    assert treated(world) == ["Member"]
    assert treatment(world).state is TreatmentState.ORDERED


@pytest.mark.parametrize("who", [ANN, BOB, LEE, WES], ids=lambda actor: actor.name)
def test_nobody_but_a_sponsor_or_an_admin_asks(world: World, there: str, who: Actor) -> None:
    with pytest.raises(NotFound):
        treating.ask(world.rt, there, MEMBER, by=who)


@pytest.mark.parametrize("who", [CY, ANN, BOB, LEE_AS_ADMIN], ids=["sponsor", "requestor", "owner", "not asked"])
def test_nobody_agrees_who_was_not_asked(world: World, there: str, who: Actor) -> None:
    proposal = treating.ask(world.rt, there, MEMBER, by=CY)
    with pytest.raises(NotFound):
        agreeing.accept(world.rt, proposal, by=who)
    assert treated(world) == []


def test_somebody_who_was_asked_and_is_an_admin_no_more_cannot_agree(world: World, there: str) -> None:
    proposal = treating.ask(world.rt, there, MEMBER, by=CY)
    demoted = Actor(tenant_id=DEE.tenant_id, object_id=DEE.object_id, name=DEE.name)
    with pytest.raises(NotFound):
        agreeing.accept(world.rt, proposal, by=demoted)


def test_the_only_admin_cannot_ask_and_agree(world: World, there: str) -> None:
    with pytest.raises(NotAllowed, match="nobody who could agree"):
        treating.ask(world.rt, there, MEMBER, by=DEE)
    with transaction(world.rt.sessions) as tx:
        tx.add(RoleHolder(tenant_id=CONTOSO, object_id=LEE.object_id, role=Role.ADMIN))
    proposal = treating.ask(world.rt, there, MEMBER, by=DEE)
    agreeing.accept(world.rt, proposal, by=LEE_AS_ADMIN)
    assert treated(world) == ["Member"]


def test_the_address_list_comes_first_and_an_admin_says_when_it_is_done(world: World, there: str) -> None:
    agreeing.accept(world.rt, treating.ask(world.rt, there, LISTED, by=CY), by=DEE)
    assert (treated(world), treatment(world).state) == ([], TreatmentState.AWAITING_LIST)
    command = "Set-MailUser -Identity 'gus_partner.example#EXT#@contoso.example' -HiddenFromAddressListsEnabled $false"
    shown = page(world, there)
    assert (shown.awaited, shown.command) == (treatment(world).id, command)
    with reading(world.rt.sessions) as tx:
        mail = tx.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.ADDRESS_LIST_WANTED)).one()
    assert (mail.to_address, mail.facts["command"]) == ("dee@contoso.example", command)
    treating.list_is_done(world.rt, treatment(world).id, by=DEE)
    assert (treated(world), treatment(world).listed_by_name) == (["Member"], "Dee Fox")
    with pytest.raises(TreatmentRefused, match="done already"):
        treating.list_is_done(world.rt, treatment(world).id, by=DEE)
    assert treated(world) == ["Member"]


@pytest.mark.parametrize("who", [CY, BOB, WES], ids=lambda actor: actor.name)
def test_only_an_admin_there_says_that_the_list_is_done_or_calls_it_off(world: World, there: str, who: Actor) -> None:
    agreeing.accept(world.rt, treating.ask(world.rt, there, LISTED, by=CY), by=DEE)
    for use_case in (treating.list_is_done, treating.call_off):
        with pytest.raises(NotFound):
            use_case(world.rt, treatment(world).id, by=who)
    assert treated(world) == []


def test_a_change_that_waits_for_the_list_can_be_called_off(world: World, there: str) -> None:
    agreeing.accept(world.rt, treating.ask(world.rt, there, LISTED, by=CY), by=DEE)
    with pytest.raises(TreatmentRefused, match="waits for the address list"):
        treating.ask(world.rt, there, MEMBER, by=CY)
    treating.call_off(world.rt, treatment(world).id, by=DEE)
    assert (treated(world), page(world, there).why_not) == ([], "")


def test_a_member_of_ours_becomes_a_guest_again_the_same_way(world: World, there: str) -> None:
    change_person(world.rt, there, user_type=UserType.MEMBER)
    shown = page(world, there)
    assert (shown.wanted, shown.command.endswith("$true")) == (UserType.GUEST, True)
    agreeing.accept(world.rt, treating.ask(world.rt, there, GUEST_AGAIN, by=CY), by=DEE)
    assert treated(world) == ["Guest"]


def test_s29_a_member_whom_we_do_not_look_after_is_never_changed(world: World, there: str) -> None:
    change_person(world.rt, there, user_type=UserType.MEMBER)
    change(world.rt, there, managed=False)
    with pytest.raises(TreatmentRefused, match="not invited"):
        treating.ask(world.rt, there, GUEST_AGAIN, by=CY)


def test_what_has_changed_meanwhile_is_looked_at_when_it_is_agreed_to(world: World, there: str) -> None:
    proposal = treating.ask(world.rt, there, MEMBER, by=CY)
    change(world.rt, there, standing=GuestStanding.BLOCKED)
    with pytest.raises(TreatmentRefused, match="blocked"):
        agreeing.accept(world.rt, proposal, by=DEE)
    assert treated(world) == []


def test_a_guest_who_has_not_accepted_is_made_no_member(world: World, gus: str) -> None:
    with pytest.raises(TreatmentRefused, match="not accepted"):
        treating.ask(world.rt, gus, MEMBER, by=CY)


def test_the_two_facts_are_told_apart(world: World, there: str) -> None:
    change_person(world.rt, there, issuer="mail", in_address_list=False)
    shown = page(world, there)
    assert (shown.signs_in, shown.treated_as, shown.in_list) == (
        "with a code that comes by mail",
        UserType.GUEST,
        False,
    )
    change_person(world.rt, there, user_type=UserType.MEMBER)
    shown = page(world, there)
    assert (shown.signs_in, shown.treated_as) == ("with a code that comes by mail", UserType.MEMBER)
    assert guest_of(world.rt, there).standing is GuestStanding.ACTIVE
