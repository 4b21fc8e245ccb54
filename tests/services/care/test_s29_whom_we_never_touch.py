"""S29: only guests whom we look after are ever blocked or deleted; members, unmanaged guests and admins never."""

import random
from datetime import timedelta

import pytest

from selfservice.model.act import ActKind, ActState
from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.directory import UserType
from selfservice.model.guest import ActCause, Guest, GuestOrigin, GuestStanding
from selfservice.model.lifecycle import KeptLifecycle
from selfservice.model.person import Person
from selfservice.services.caring import Untouchable
from selfservice.store.transaction import transaction
from tests.services.care.steps import act, begin, directory, enforce, guest, make_guest, note, object_id, pump
from tests.services.making import CONTOSO, DEE, HandClock, World

MEMBER = {"user_type": UserType.MEMBER}
EVERY_CAUSE = (ActCause.UNREDEEMED, ActCause.INACTIVE, ActCause.ACCESS_ENDED, ActCause.LEAVER, ActCause.REVIEW)
TAKING = (ActKind.BLOCK, ActKind.DELETE)


@pytest.fixture
def strict(world: World) -> World:
    enforce(world)
    return world


def touched(world: World) -> list[str]:
    return [call for call in directory(world).calls if call in ("update_user", "delete_user")]


@pytest.mark.parametrize("kind", TAKING)
@pytest.mark.parametrize("by", [SYSTEM, DEE], ids=["by the system", "by an admin"])
def test_s29_a_member_is_refused_whoever_asks(strict: World, kind: ActKind, by: Actor) -> None:
    one = make_guest(strict, there=MEMBER)
    with pytest.raises(Untouchable):
        begin(strict, one, kind, ActCause.BY_HAND, by=by)


@pytest.mark.parametrize("kind", TAKING)
def test_s29_a_guest_whom_we_did_not_invite_is_refused(strict: World, kind: ActKind) -> None:
    one = make_guest(strict, managed=False, origin=GuestOrigin.ADOPTED)
    with pytest.raises(Untouchable):
        begin(strict, one, kind, ActCause.BY_HAND, by=DEE)


def test_s29_whoever_became_a_member_meanwhile_is_left_alone_though_our_mirror_is_old(strict: World) -> None:
    acts = [begin(strict, make_guest(strict, n), kind, ActCause.BY_HAND, by=DEE) for n, kind in enumerate(TAKING)]
    for n in range(len(TAKING)):
        directory(strict).change_user(object_id(n), user_type=UserType.MEMBER)
    pump(strict)
    assert touched(strict) == []
    assert {act(strict, each).state for each in acts} == {ActState.FAILED}
    assert "members are never changed" in note(strict, acts[0])


def test_s29_whoever_holds_a_role_of_the_directory_is_left_alone(strict: World) -> None:
    one = make_guest(strict)
    directory(strict).role_holders.add(object_id(1))
    act_id = begin(strict, one, ActKind.BLOCK)
    pump(strict)
    assert touched(strict) == []
    assert "holds a role" in note(strict, act_id)


def test_s29_somebody_else_behind_the_same_object_is_left_alone(strict: World) -> None:
    one = make_guest(strict)
    act_id = begin(strict, one, ActKind.BLOCK)
    directory(strict).change_user(object_id(1), mail="other@else.example", other_mails=())
    pump(strict)
    assert touched(strict) == []
    assert "does not have the address" in note(strict, act_id)


@pytest.mark.parametrize("kind", TAKING)
def test_s29_an_act_that_is_not_due_any_more_is_called_off(strict: World, kind: ActKind) -> None:
    one = make_guest(strict)
    act_id = begin(strict, one, kind)
    with transaction(strict.rt.sessions) as tx:
        tx.get_one(Guest, one).redeemed_at = strict.rt.clock()
    pump(strict)
    assert touched(strict) == []
    assert act(strict, act_id).state is ActState.CALLED_OFF
    assert guest(strict, one).standing is GuestStanding.ACTIVE


def test_s29_an_act_is_called_off_where_the_tenant_only_reports_again(strict: World) -> None:
    act_id = begin(strict, make_guest(strict), ActKind.BLOCK)
    with transaction(strict.rt.sessions) as tx:
        tx.get_one(KeptLifecycle, CONTOSO).body = {"mode": "report"}
    pump(strict)
    assert act(strict, act_id).state is ActState.CALLED_OFF
    assert touched(strict) == []


def test_s29_whom_somebody_has_unblocked_is_not_deleted_by_itself(strict: World) -> None:
    one = make_guest(strict, standing=GuestStanding.BLOCKED, standing_cause=ActCause.UNREDEEMED)
    with transaction(strict.rt.sessions) as tx:
        tx.get_one(Guest, one).standing_since = strict.rt.clock() - timedelta(days=31)
    act_id = begin(strict, one, ActKind.DELETE)
    pump(strict)
    assert directory(strict).done == []
    assert act(strict, act_id).state is ActState.CALLED_OFF


def test_s29_two_thousand_random_acts_delete_no_member_and_no_unmanaged_guest(strict: World) -> None:
    source = random.Random(29)
    ours = {make_guest(strict, n): object_id(n) for n in range(10)}
    strange = [make_guest(strict, n, managed=False, origin=GuestOrigin.ADOPTED) for n in range(10, 20)]
    members = [make_guest(strict, n, there=MEMBER) for n in range(20, 30)]
    refused = 0
    for step in range(2_000):
        one = source.choice([*ours, *strange, *members])
        cause, by = source.choice([(each, SYSTEM) for each in EVERY_CAUSE] + [(ActCause.BY_HAND, DEE)])
        try:
            begin(strict, one, source.choice(list(ActKind)), cause, by=by)
        except Untouchable:
            refused += 1
        if step % 5 == 0:
            meddle(strict, source)
        if step % 20 == 0:
            pump(strict)
    pump(strict)
    deleted = {key for what, key in directory(strict).done if what == "delete"}
    assert refused > 500
    assert deleted, "the run has really deleted some"
    assert deleted <= set(ours.values())
    untouched = {object_id(n) for n in range(10, 30)}
    assert all(directory(strict).users[key].enabled for key in untouched)


def meddle(world: World, source: random.Random) -> None:
    """Let others change the directory, or time pass."""
    key = object_id(source.randrange(30))
    choice = source.randrange(3)
    if choice == 0 and key in directory(world).users and key < object_id(10):
        type_ = source.choice(list(UserType))
        before = directory(world).users[key].user_type
        directory(world).change_user(key, user_type=type_)
        assert before is not None
    elif choice == 1:
        with transaction(world.rt.sessions) as tx:
            person = tx.get(Person, (CONTOSO, key))
            if person is not None and key < object_id(10):
                person.user_type = source.choice(list(UserType))
    else:
        assert isinstance(world.rt.clock, HandClock)
        world.rt.clock.forward(timedelta(days=source.randrange(3)))
