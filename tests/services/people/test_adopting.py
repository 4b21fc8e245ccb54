"""Guests whom others made: found, proposed to an employee, taken in with an end, or left alone for good."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from selfservice.model.directory import UserType
from selfservice.model.guest import Guest
from selfservice.model.mail import MailKind
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal
from selfservice.model.refusal import NotFound
from selfservice.services import adopting, agreeing
from selfservice.services.adopting import CannotAdopt
from selfservice.services.taking_over import CannotTakeOver
from selfservice.store.transaction import reading, transaction
from tests.services.care.steps import events, mails
from tests.services.drift.making import guest_there, hold
from tests.services.leaving.steps import sponsors
from tests.services.making import ANN, BOB, CONTOSO, DEE, LEE, START, WES, WOODGROVE, World

UNTIL = START.date() + timedelta(days=90)


def found(world: World, tenant_id: str = CONTOSO) -> list[str]:
    with reading(world.rt.sessions) as tx:
        return [person.object_id for person in tx.scalars(adopting.strangers(tenant_id).order_by(Person.object_id))]


def the_guest(world: World) -> Guest:
    with reading(world.rt.sessions) as tx:
        return tx.scalars(select(Guest)).one()


def adopt(world: World, *ids: str, ends_on: date = UNTIL) -> list[str]:
    return adopting.propose(world.rt, ids, sponsor=LEE.ref, ends_on=ends_on, by=DEE)


def test_guests_whom_nobody_here_knows_are_found_and_members_and_ours_are_not(world: World) -> None:
    stranger = guest_there(world, 1)
    guest_there(world, 2, user_type=UserType.MEMBER)
    guest_there(world, 3, removed_at=START)
    guest_there(world, 4, tenant_id=WOODGROVE)
    hold(world, 5)
    assert found(world) == [stranger.object_id]


def test_nobody_is_looked_after_until_somebody_has_agreed(world: World) -> None:
    stranger = guest_there(world)
    (proposal_id,) = adopt(world, stranger.object_id)
    assert not the_guest(world).managed
    assert found(world) == []
    assert [mail.to_name for mail in mails(world, MailKind.PROPOSAL_MADE)] == ["Lee Wu"]
    agreeing.accept(world.rt, proposal_id, by=LEE)
    guest = the_guest(world)
    assert (guest.managed, guest.ends_on) == (True, UNTIL)
    assert sponsors(world, guest.id) == {LEE.ref: False}
    assert [event.actor_name for event in events(world, "guest.takenIn")] == ["Lee Wu"]


def test_a_no_leaves_the_guest_as_they_were(world: World) -> None:
    (proposal_id,) = adopt(world, guest_there(world).object_id)
    agreeing.decline(world.rt, proposal_id, by=LEE, why="I do not know them")
    assert not the_guest(world).managed
    assert sponsors(world, the_guest(world).id) == {}


def test_one_who_has_become_a_member_meanwhile_is_not_taken_in(world: World) -> None:
    stranger = guest_there(world)
    (proposal_id,) = adopt(world, stranger.object_id)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (CONTOSO, stranger.object_id)).user_type = UserType.MEMBER
    with pytest.raises(CannotTakeOver):
        agreeing.accept(world.rt, proposal_id, by=LEE)
    assert not the_guest(world).managed


def test_whoever_is_left_alone_is_not_shown_again_and_never_looked_after(world: World) -> None:
    stranger = guest_there(world)
    assert adopting.leave_alone(world.rt, [stranger.object_id], by=DEE) == 1
    assert found(world) == []
    assert not the_guest(world).managed


def test_only_an_admin_of_that_tenant_may(world: World) -> None:
    stranger = guest_there(world)
    for by in (ANN, BOB, WES):
        with pytest.raises(NotFound):
            adopting.propose(world.rt, [stranger.object_id], sponsor=LEE.ref, ends_on=UNTIL, by=by)
        with pytest.raises(NotFound):
            adopting.leave_alone(world.rt, [stranger.object_id], by=by)
    other = guest_there(world, 2, tenant_id=WOODGROVE)
    with pytest.raises(NotFound):
        adopt(world, other.object_id)
    with reading(world.rt.sessions) as tx:
        assert tx.scalars(select(Proposal)).all() == []


def test_an_end_that_is_past_or_too_far_is_refused(world: World) -> None:
    stranger = guest_there(world)
    for ends_on in (START.date(), START.date() + timedelta(days=366)):
        with pytest.raises(CannotAdopt):
            adopt(world, stranger.object_id, ends_on=ends_on)
