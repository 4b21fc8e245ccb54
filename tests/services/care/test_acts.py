"""Acts: a guest is blocked, deleted and brought back by steps that look twice, and whose outcome is never guessed."""

from datetime import timedelta

import pytest

from selfservice.model.act import ActKind, ActState
from selfservice.model.guest import ActCause, GuestStanding
from selfservice.model.mail import MailKind
from selfservice.model.refusal import NotFound
from selfservice.model.unable import UnableTo
from selfservice.services import caring, retrying
from selfservice.services.caring import Untouchable
from tests.services.care.steps import (
    act,
    begin,
    directory,
    enforce,
    events,
    guest,
    mails,
    make_guest,
    note,
    object_id,
    pump,
)
from tests.services.making import ANN, DEE, WES, HandClock, World

LOST = UnableTo("The answer was lost.", code="network", transient=True, outcome_unknown=True)


@pytest.fixture
def strict(world: World) -> World:
    enforce(world)
    return world


def test_a_guest_is_blocked_and_stands_so_with_the_cause(strict: World) -> None:
    one = make_guest(strict)
    act_id = begin(strict, one, ActKind.BLOCK)
    assert guest(strict, one).standing is GuestStanding.ACTIVE
    pump(strict)
    assert directory(strict).users[object_id(1)].enabled is False
    assert guest(strict, one).standing is GuestStanding.BLOCKED
    assert guest(strict, one).standing_cause is ActCause.UNREDEEMED
    assert act(strict, act_id).state is ActState.DONE
    assert [event.why for event in events(strict, "guest.blocked")] == ["because"]


def test_a_tenant_that_reports_does_nothing_by_itself(world: World) -> None:
    one = make_guest(world)
    first, second = begin(world, one, ActKind.BLOCK), begin(world, one, ActKind.BLOCK)
    pump(world)
    assert first == second
    assert act(world, first).state is ActState.REPORTED
    assert directory(world).calls == []


def test_a_person_may_block_where_the_tenant_only_reports(world: World) -> None:
    one = make_guest(world)
    act_id = begin(world, one, ActKind.BLOCK, ActCause.BY_HAND, by=DEE)
    pump(world)
    assert act(world, act_id).state is ActState.DONE
    assert guest(world, one).standing is GuestStanding.BLOCKED


def test_an_act_is_begun_once_however_often_it_is_due(strict: World) -> None:
    one = make_guest(strict)
    assert begin(strict, one, ActKind.BLOCK) == begin(strict, one, ActKind.BLOCK)


def test_a_lost_answer_to_a_block_is_looked_up_and_not_repeated(strict: World) -> None:
    one = make_guest(strict)
    directory(strict).fail("update_user", LOST, after_effect=True)
    act_id = begin(strict, one, ActKind.BLOCK)
    pump(strict)
    assert directory(strict).calls.count("update_user") == 1
    assert note(strict, act_id) == "was blocked already"
    assert act(strict, act_id).state is ActState.DONE


def test_a_lost_answer_to_a_deletion_is_looked_up_and_not_repeated(strict: World) -> None:
    one = make_guest(strict)
    directory(strict).fail("delete_user", LOST, after_effect=True)
    act_id = begin(strict, one, ActKind.DELETE, ActCause.BY_HAND, by=DEE)
    pump(strict)
    assert directory(strict).done == [("delete", object_id(1))]
    assert act(strict, act_id).state is ActState.DONE
    assert guest(strict, one).standing is GuestStanding.DELETED


def test_r20_a_deleted_guest_comes_back_as_the_same_object(strict: World) -> None:
    one = make_guest(strict)
    deletion = begin(strict, one, ActKind.DELETE, ActCause.BY_HAND, by=DEE)
    pump(strict)
    caring.undo(strict.rt, deletion, by=DEE)
    directory(strict).fail("restore_user", LOST, after_effect=True)
    pump(strict)
    assert directory(strict).done == [("delete", object_id(1)), ("restore", object_id(1))]
    assert directory(strict).users[object_id(1)].enabled is True
    assert guest(strict, one).standing is GuestStanding.ACTIVE
    assert guest(strict, one).standing_cause is ActCause.UNDONE
    assert act(strict, deletion).undone_by_id is not None


def test_one_click_undoes_a_block_once_and_in_time_only(strict: World) -> None:
    one = make_guest(strict)
    block = begin(strict, one, ActKind.BLOCK)
    pump(strict)
    caring.undo(strict.rt, block, by=DEE)
    pump(strict)
    assert directory(strict).users[object_id(1)].enabled is True
    with pytest.raises(Untouchable):
        caring.undo(strict.rt, block, by=DEE)
    two = make_guest(strict, 2)
    late = begin(strict, two, ActKind.BLOCK)
    pump(strict)
    assert isinstance(strict.rt.clock, HandClock)
    strict.rt.clock.forward(timedelta(days=31))
    with pytest.raises(Untouchable):
        caring.undo(strict.rt, late, by=DEE)


@pytest.mark.parametrize("stranger", [ANN, WES])
def test_a_stranger_cannot_undo_nor_learn_that_there_is_something(strict: World, stranger: object) -> None:
    block = begin(strict, make_guest(strict), ActKind.BLOCK)
    pump(strict)
    for act_id in (block, "0" * 32):
        with pytest.raises(NotFound):
            caring.undo(strict.rt, act_id, by=stranger)  # type: ignore[arg-type]


def test_a_failed_act_waits_for_a_person_who_tries_again(strict: World) -> None:
    one = make_guest(strict)
    directory(strict).fail("update_user", UnableTo("No right.", code="permission-missing"))
    act_id = begin(strict, one, ActKind.BLOCK)
    pump(strict)
    assert act(strict, act_id).state is ActState.FAILED
    assert begin(strict, one, ActKind.BLOCK) == act_id, "the sweep begins nothing new meanwhile"
    delivery_id = act(strict, act_id).delivery_id
    assert delivery_id is not None
    retrying.retry_delivery(strict.rt, delivery_id, by=DEE)
    pump(strict)
    assert act(strict, act_id).state is ActState.DONE


def test_sponsors_are_told_of_each_act_once(strict: World) -> None:
    one = make_guest(strict)
    block = begin(strict, one, ActKind.BLOCK)
    pump(strict)
    caring.undo(strict.rt, block, by=DEE)
    pump(strict)
    told = [*mails(strict, MailKind.GUEST_BLOCKED), *mails(strict, MailKind.GUEST_BACK)]
    assert len(told) in (0, 2), "nobody answers for this guest, so at most the tenant's contact is told"


def test_a_restored_guest_who_cannot_be_unblocked_stands_blocked(strict: World) -> None:
    one = make_guest(strict)
    deletion = begin(strict, one, ActKind.DELETE, ActCause.BY_HAND, by=DEE)
    directory(strict).change_user(object_id(1), enabled=False)
    pump(strict)
    caring.undo(strict.rt, deletion, by=DEE)
    directory(strict).fail("update_user", UnableTo("No right.", code="permission-missing"))
    pump(strict)
    assert guest(strict, one).standing is GuestStanding.BLOCKED
