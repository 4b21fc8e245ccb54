"""A fresh link: for whoever may help, to the approved address alone, without a second approval, and not too often."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.directory import UserType
from selfservice.model.guest import GuestStanding
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.person import Person
from selfservice.model.redemption import AlreadyAccepted, LinkRefused
from selfservice.model.refusal import NotFound, Refused
from selfservice.services import delivering, doctoring, redeeming
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EVE, FABRIKAM, LEE, WES, World
from tests.services.redemption.invited import GUS, accept, change, change_person, guest_of, links, wait

LINKS = select(Delivery).where(Delivery.kind == DeliveryKind.LINK)


@pytest.mark.parametrize("who", [ANN, CY, DEE], ids=["requestor", "sponsor", "admin"])
def test_whoever_may_help_sends_a_link_to_the_approved_address(world: World, gus: str, who: Actor) -> None:
    redeeming.fresh_link(world.rt, gus, by=who)
    assert links(world.rt, gus) == [GUS]


@pytest.mark.parametrize("who", [EVE, BOB, LEE, WES], ids=lambda actor: actor.name)
def test_a_stranger_to_the_guest_cannot_and_learns_nothing(world: World, gus: str, who: Actor) -> None:
    for guest_id in (gus, "0" * 32):
        with pytest.raises(NotFound) as refused:
            redeeming.fresh_link(world.rt, guest_id, by=who)
        assert str(refused.value) == str(NotFound())
    assert links(world.rt, gus) == []


def test_a_second_link_waits_ten_minutes_and_a_fourth_waits_a_day(world: World, gus: str) -> None:
    for _ in range(3):
        redeeming.fresh_link(world.rt, gus, by=CY)
        settle(world)
        with pytest.raises(LinkRefused, match="a few minutes ago"):
            redeeming.fresh_link(world.rt, gus, by=ANN)
        wait(world.rt, minutes=10)
    with pytest.raises(LinkRefused, match="within a day"):
        redeeming.fresh_link(world.rt, gus, by=DEE)
    wait(world.rt, days=1)
    redeeming.fresh_link(world.rt, gus, by=DEE)
    assert len(links(world.rt, gus)) == 4


def settle(world: World) -> None:
    """Let the link's delivery be over, so that the next is one of its own."""
    from_then = world.rt.clock()
    with transaction(world.rt.sessions) as tx:
        for delivery in tx.scalars(LINKS):
            delivery.skip_rest("done in the test", at=from_then)
            delivery.state, delivery.settled_at = delivery.judge(), from_then


@pytest.mark.parametrize("standing", [GuestStanding.BLOCKED, GuestStanding.DELETED, GuestStanding.GONE])
def test_nobody_sends_a_link_to_a_guest_who_is_blocked_or_gone(world: World, gus: str, standing: GuestStanding) -> None:
    change(world.rt, gus, standing=standing)
    with pytest.raises(LinkRefused, match="is blocked, or gone"):
        redeeming.fresh_link(world.rt, gus, by=CY)


def test_nobody_sends_a_link_where_the_directory_itself_has_blocked_the_guest(world: World, gus: str) -> None:
    change_person(world.rt, gus, enabled=False)
    with pytest.raises(LinkRefused, match="is blocked, or gone"):
        redeeming.fresh_link(world.rt, gus, by=CY)


def test_nobody_sends_a_link_to_a_leaver(world: World, gus: str) -> None:
    change(world.rt, gus, home_tenant_id=FABRIKAM, home_object_id=EVE.object_id)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (FABRIKAM, EVE.object_id)).enabled = False
    with pytest.raises(LinkRefused, match="at home"):
        redeeming.fresh_link(world.rt, gus, by=CY)


def test_nobody_sends_a_link_once_the_access_is_over(world: World, gus: str) -> None:
    with transaction(world.rt.sessions) as tx:
        for assignment in tx.query(Assignment).all():
            assignment.state = AssignmentState.ENDED
            assignment.ended_at = world.rt.clock()
    with pytest.raises(LinkRefused, match="nothing to accept"):
        redeeming.fresh_link(world.rt, gus, by=DEE)


def test_nobody_sends_a_link_after_the_last_day_though_the_access_is_not_taken_away_yet(world: World, gus: str) -> None:
    with transaction(world.rt.sessions) as tx:
        for assignment in tx.query(Assignment).all():
            assignment.ends_on = world.rt.clock().date() - timedelta(days=1)
    with pytest.raises(LinkRefused, match="nothing to accept"):
        redeeming.fresh_link(world.rt, gus, by=DEE)


def test_a_guest_who_has_accepted_needs_no_link(world: World, gus: str) -> None:
    accept(world.rt, gus)
    with pytest.raises(AlreadyAccepted):
        redeeming.fresh_link(world.rt, gus, by=CY)


def test_a_guest_who_was_not_invited_by_us_gets_no_link(world: World, gus: str) -> None:
    change(world.rt, gus, managed=False)
    with pytest.raises(Refused, match="not invited"):
        redeeming.fresh_link(world.rt, gus, by=CY)


def test_a_link_is_not_kept_anywhere_in_the_clear(world: World, gus: str) -> None:
    change_person(world.rt, gus, user_type=UserType.GUEST)
    redeeming.fresh_link(world.rt, gus, by=CY)
    with transaction(world.rt.sessions) as tx:
        delivery = tx.scalars(LINKS).one()
        assert (delivery.redeem_link, delivery.order) == (None, {"to_address": GUS})


def test_the_link_reaches_the_guest_by_mail_and_the_latest_counts(world: World, gus: str) -> None:
    redeeming.fresh_link(world.rt, gus, by=CY)
    delivering.pump(world.rt, CONTOSO)
    wait(world.rt, minutes=10)
    redeeming.fresh_link(world.rt, gus, by=ANN)
    delivering.pump(world.rt, CONTOSO)
    with transaction(world.rt.sessions) as tx:
        mails = tx.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.FRESH_LINK)).all()
        assert [mail.to_address for mail in mails] == [GUS, GUS]
        assert all(mail.sealed_link and "https" not in mail.sealed_link for mail in mails)
        assert doctoring.case_of(tx, world.rt, guest_of(world.rt, gus)).linked_at == world.rt.clock()
