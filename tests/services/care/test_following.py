"""Following: the mirror sees what others do to a guest of ours; it is kept and told, and nobody is made anew."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.guest import ActCause, GuestStanding
from selfservice.services import mirroring
from selfservice.store.transaction import reading
from tests.services.care.steps import begin, directory, enforce, events, guest, make_guest, object_id, pump
from tests.services.making import CONTOSO, HandClock, World


def mirror(world: World) -> None:
    assert isinstance(world.rt.clock, HandClock)
    world.rt.clock.forward(timedelta(minutes=2))
    mirroring.mirror(world.rt, CONTOSO)


def acts(world: World, guest_id: str) -> list[GuestAct]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(GuestAct).where(GuestAct.guest_id == guest_id).order_by(GuestAct.at)))


@pytest.fixture
def one(world: World) -> str:
    guest_id = make_guest(world)
    mirror(world)
    return guest_id


def test_r23_whom_others_block_stands_blocked_by_hand_and_is_let_in_again_by_them_alone(world: World, one: str) -> None:
    directory(world).change_user(object_id(1), enabled=False)
    mirror(world)
    assert guest(world, one).standing is GuestStanding.BLOCKED
    assert guest(world, one).standing_cause is ActCause.BY_HAND
    mirror(world)
    assert len(events(world, "guest.blockedOutside")) == 1
    directory(world).change_user(object_id(1), enabled=True)
    mirror(world)
    assert guest(world, one).standing is GuestStanding.ACTIVE
    assert [(each.kind, each.delivery_id) for each in acts(world, one)] == [
        (ActKind.BLOCK, None),
        (ActKind.UNBLOCK, None),
    ]


def test_r23_whom_others_delete_is_not_made_anew_and_one_whom_they_restore_is_the_same(world: World, one: str) -> None:
    directory(world).delete_user(object_id(1), attempt_id="")
    mirror(world)
    pump(world)
    assert guest(world, one).standing is GuestStanding.DELETED
    assert directory(world).invited == []
    directory(world).restore_user(object_id(1), attempt_id="")
    mirror(world)
    assert guest(world, one).standing is GuestStanding.ACTIVE
    assert [each.kind for each in acts(world, one)] == [ActKind.DELETE, ActKind.RESTORE]


def test_one_who_comes_back_blocked_stands_blocked(world: World, one: str) -> None:
    directory(world).change_user(object_id(1), enabled=False)
    mirror(world)
    directory(world).delete_user(object_id(1), attempt_id="")
    mirror(world)
    directory(world).restore_user(object_id(1), attempt_id="")
    mirror(world)
    assert guest(world, one).standing is GuestStanding.BLOCKED


def test_what_we_do_ourselves_is_not_taken_for_somebody_elses(world: World, one: str) -> None:
    enforce(world)
    begin(world, one, ActKind.BLOCK)
    directory(world).change_user(object_id(1), enabled=False)
    mirror(world)
    assert guest(world, one).standing is GuestStanding.ACTIVE, "the step says so itself, once it is done"
    pump(world)
    mirror(world)
    assert guest(world, one).standing_cause is ActCause.UNREDEEMED
    assert [each.state for each in acts(world, one)] == [ActState.DONE]
