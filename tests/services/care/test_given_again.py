"""Given again: whom time alone has blocked or deleted comes back by being given an access; nobody else does."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.act import ActKind, ActState
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.request import RequestState
from selfservice.services import caring, requesting
from selfservice.store.transaction import reading, transaction
from tests.services.care.steps import act, begin, directory, enforce, events, guest, make_guest, object_id, pump
from tests.services.copying import copy_directory
from tests.services.making import ANN, BOB, CONTOSO, DEE, EXPENSES_USERS, START, FakeDirectories, World
from tests.services.test_requesting import make_ask
from tests.services.waiting.steps import approve, the_request


@pytest.fixture
def strict(world: World) -> World:
    assert isinstance(world.rt.directories, FakeDirectories)
    world.rt.directories.by_tenant[CONTOSO] = copy_directory(world.rt)
    enforce(world)
    return world


def ask(world: World) -> str:
    wanted = make_ask(
        world, guest_address="g1@partner.example", guest_name="Guest 1", ends_on=START.date() + timedelta(days=60)
    )
    return requesting.submit(world.rt, wanted, by=ANN)


def give(world: World) -> RequestState:
    request_id = ask(world)
    approve(world, request_id, by=BOB)
    pump(world)
    return the_request(world, request_id).state


def test_whom_we_blocked_because_of_time_can_sign_in_again(strict: World) -> None:
    one = make_guest(strict)
    begin(strict, one, ActKind.BLOCK)
    pump(strict)
    assert give(strict) is RequestState.DELIVERED
    assert directory(strict).users[object_id(1)].enabled is True
    assert guest(strict, one).standing is GuestStanding.ACTIVE
    assert guest(strict, one).standing_cause is ActCause.ACCESS_GIVEN
    assert len(events(strict, "guest.unblocked")) == 1


def test_whom_we_deleted_because_of_time_comes_back_as_the_same_object(strict: World) -> None:
    one = make_guest(strict, there={"enabled": False})
    stand(strict, one, GuestStanding.BLOCKED, days=31)
    begin(strict, one, ActKind.DELETE)
    pump(strict)
    assert guest(strict, one).standing is GuestStanding.DELETED
    assert give(strict) is RequestState.DELIVERED
    assert directory(strict).done == [("delete", object_id(1)), ("restore", object_id(1))]
    assert directory(strict).users[object_id(1)].enabled is True
    assert object_id(1) in directory(strict).members_of(EXPENSES_USERS)


@pytest.mark.parametrize("cause", [ActCause.LEAVER, ActCause.REVIEW, ActCause.BY_HAND])
def test_whom_somebody_has_decided_to_block_is_refused_by_name(strict: World, cause: ActCause) -> None:
    one = make_guest(strict, there={"enabled": False})
    stand(strict, one, GuestStanding.BLOCKED, cause=cause)
    assert give(strict) is RequestState.DELIVERY_FAILED
    assert guest(strict, one).standing is GuestStanding.BLOCKED
    assert directory(strict).users[object_id(1)].enabled is False


def test_whom_somebody_has_deleted_by_decision_is_not_made_anew(strict: World) -> None:
    one = make_guest(strict)
    begin(strict, one, ActKind.DELETE, ActCause.BY_HAND, by=DEE)
    pump(strict)
    assert give(strict) is RequestState.DELIVERY_FAILED
    assert directory(strict).invited == []
    assert object_id(1) in directory(strict).deleted


def test_an_access_that_is_being_given_calls_a_deletion_off(strict: World) -> None:
    one = make_guest(strict, there={"enabled": False})
    stand(strict, one, GuestStanding.BLOCKED, days=31)
    deletion = begin(strict, one, ActKind.DELETE)
    request_id = ask(strict)
    approve(strict, request_id, by=BOB)
    pump(strict)
    assert act(strict, deletion).state is ActState.CALLED_OFF
    assert directory(strict).done == []
    assert the_request(strict, request_id).state is RequestState.DELIVERED
    assert guest(strict, one).standing is GuestStanding.ACTIVE


def test_whoever_is_deleted_by_hand_loses_what_they_hold_first(strict: World) -> None:
    one = make_guest(strict)
    assert give(strict) is RequestState.DELIVERED
    deletion = begin(strict, one, ActKind.DELETE, ActCause.BY_HAND, by=DEE)
    pump(strict)
    assert act(strict, deletion).state is ActState.DONE
    assert object_id(1) not in directory(strict).members_of(EXPENSES_USERS)
    with reading(strict.rt.sessions) as tx:
        (access,) = tx.scalars(select(Assignment)).all()
    assert access.state is AssignmentState.ENDED
    assert "because" in access.end_reason
    caring.undo(strict.rt, deletion, by=DEE)
    pump(strict)
    assert object_id(1) not in directory(strict).members_of(EXPENSES_USERS)


def stand(world: World, guest_id: str, standing: GuestStanding, *, days: int = 1, **facts: ActCause) -> None:
    from_then = world.rt.clock() - timedelta(days=days)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Guest, guest_id).stand(standing, cause=facts.get("cause", ActCause.UNREDEEMED), at=from_then)
