"""S09: a leaver is blocked in every resource tenant at once, what was undone stays undone, and too many stop it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.directory import UserType
from selfservice.model.guest import ActCause, Guest, GuestOrigin, GuestStanding
from selfservice.model.lifecycle import KeptLifecycle
from selfservice.model.mail import MailKind
from selfservice.model.person import Person
from selfservice.services import braking, caring, retiring
from selfservice.store.transaction import reading, transaction
from tests.services.care.steps import act, begin, directory, enforce, guest, mails, make_guest, object_id, pump
from tests.services.drift.making import grant
from tests.services.leaving.steps import make_ann, tell, telling_fabrikam
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, FABRIKAM, START, WOODGROVE, World
from tests.services.mirror_steps import DAY, later
from tests.services.telling import TellingDirectory

fabrikam = pytest.fixture(telling_fabrikam)


def leave(world: World, fabrikam: TellingDirectory) -> None:
    """Let Ann's account be disabled, and the worker do what follows."""
    tell(world, fabrikam, ANN, enabled=False)
    pump(world)


def blocks(world: World, guest_id: str) -> list[str]:
    """Return the blocks of a guest since they left, the first one first."""
    with reading(world.rt.sessions) as tx:
        mine = select(GuestAct.id).where(GuestAct.guest_id == guest_id, GuestAct.kind == ActKind.BLOCK)
        return list(tx.scalars(mine.where(GuestAct.cause == ActCause.LEAVER).order_by(GuestAct.at)))


def make_ann_at_woodgrove(world: World) -> str:
    there = Person(tenant_id=WOODGROVE, object_id=object_id(7), display_name=ANN.name, user_type=UserType.GUEST)
    known = Guest(
        tenant_id=WOODGROVE,
        object_id=object_id(7),
        origin=GuestOrigin.INVITED,
        managed=True,
        address="ann@fabrikam.example",
        address_key="ann@fabrikam.example",
        home_tenant_id=FABRIKAM,
        home_object_id=ANN.object_id,
        ensured_at=START,
    )
    with transaction(world.rt.sessions) as tx:
        tx.add_all([there, known, KeptLifecycle(tenant_id=WOODGROVE, body={"mode": "enforce"}, changed_at=START)])
        tx.flush()
        return known.id


def test_s09_a_leaver_is_blocked_in_every_resource_tenant_at_once(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    here, there = make_ann(world), make_ann_at_woodgrove(world)
    tell(world, fabrikam, ANN, enabled=False)
    with reading(world.rt.sessions) as tx:
        begun = tx.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.BLOCK)).all()
    assert {(each.tenant_id, each.guest_id) for each in begun} == {(CONTOSO, here), (WOODGROVE, there)}


def test_s09_nobody_else_is_blocked(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    make_ann(world)
    other = make_guest(world, 2, home_tenant_id=FABRIKAM, home_object_id=CY.object_id, redeemed_at=START)
    leave(world, fabrikam)
    assert guest(world, other).standing is GuestStanding.ACTIVE
    assert blocks(world, other) == []


def test_s09_what_one_click_undid_stays_so_although_they_are_still_away(
    world: World, fabrikam: TellingDirectory
) -> None:
    enforce(world)
    guest_id = make_ann(world)
    leave(world, fabrikam)
    (block,) = blocks(world, guest_id)
    caring.undo(world.rt, block, by=BOB)
    pump(world)
    tell(world, fabrikam, ANN, enabled=False, department="Gone")
    for _ in range(9):
        later(world, 5 * DAY)
        retiring.retire_due(world.rt)
        pump(world)
    fabrikam.users.remove(ANN.object_id)
    tell(world, fabrikam, CY)
    pump(world)
    assert guest(world, guest_id).standing is GuestStanding.ACTIVE
    assert directory(world).users[object_id(1)].enabled is True
    assert blocks(world, guest_id) == [block]


def test_s09_whoever_came_back_and_leaves_anew_is_blocked_anew(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    guest_id = make_ann(world)
    leave(world, fabrikam)
    later(world)
    caring.undo(world.rt, blocks(world, guest_id)[0], by=BOB)
    pump(world)
    tell(world, fabrikam, ANN, enabled=True)
    leave(world, fabrikam)
    assert len(blocks(world, guest_id)) == 2
    assert guest(world, guest_id).standing is GuestStanding.BLOCKED


def test_s09_whoever_is_not_ours_loses_what_was_given_and_keeps_their_account(
    world: World, fabrikam: TellingDirectory
) -> None:
    enforce(world)
    guest_id = make_ann(world, managed=False)
    with reading(world.rt.sessions) as tx:
        person = tx.get_one(Person, (CONTOSO, object_id(1)))
    assignment_id = grant(world, guest_id, person)
    leave(world, fabrikam)
    with reading(world.rt.sessions) as tx:
        assert tx.get_one(Assignment, assignment_id).state is not AssignmentState.ACTIVE
    assert directory(world).users[object_id(1)].enabled is True
    told = mails(world, MailKind.LEAVER_NOTICED)
    assert {mail.facts["did"] for mail in told} == {"alone"}
    assert {"Bob Ray", "Cy Novak"} <= {mail.to_name for mail in told}


def test_s09_somebody_who_is_blocked_already_is_left_as_they_are(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    guest_id = make_ann(world)
    begin(world, guest_id, ActKind.BLOCK, ActCause.BY_HAND, by=DEE)
    pump(world)
    leave(world, fabrikam)
    assert blocks(world, guest_id) == []
    assert guest(world, guest_id).standing_cause is ActCause.BY_HAND


@pytest.mark.parametrize("before", [None, ActCause.UNDONE])
def test_s09_more_leavers_than_may_be_stop_until_an_admin_has_looked(
    world: World, fabrikam: TellingDirectory, before: ActCause | None
) -> None:
    enforce(world)
    guest_id = make_ann(world, standing_cause=before, standing_since=START)
    for n in range(braking.NEVER_BRAKED):
        begin(world, make_guest(world, 10 + n), ActKind.BLOCK)
    tell(world, fabrikam, ANN, enabled=False)
    assert blocks(world, guest_id) == []
    with reading(world.rt.sessions) as tx:
        assert tx.get_one(KeptLifecycle, CONTOSO).braked_at is not None
    braking.release(world.rt, CONTOSO, by=DEE)
    retiring.retire_due(world.rt)
    (block,) = blocks(world, guest_id)
    assert act(world, block).state is ActState.BEGUN
    assert [mail.to_name for mail in mails(world, MailKind.LEAVER_NOTICED)] == ["Bob Ray"]


def test_s09_whoever_is_back_is_not_unblocked_by_itself_but_by_one_click(
    world: World, fabrikam: TellingDirectory
) -> None:
    enforce(world)
    guest_id = make_ann(world)
    leave(world, fabrikam)
    tell(world, fabrikam, ANN, enabled=True)
    pump(world)
    assert guest(world, guest_id).standing is GuestStanding.BLOCKED
    (mail,) = mails(world, MailKind.LEAVER_BACK)
    assert mail.facts["link"].endswith(f"/guests/person/{guest_id}")
    caring.undo(world.rt, blocks(world, guest_id)[0], by=BOB)
    pump(world)
    assert guest(world, guest_id).standing is GuestStanding.ACTIVE


def test_s09_whoever_is_back_before_the_block_was_done_is_not_blocked(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    guest_id = make_ann(world)
    tell(world, fabrikam, ANN, enabled=False)
    tell(world, fabrikam, ANN, enabled=True)
    pump(world)
    assert guest(world, guest_id).standing is GuestStanding.ACTIVE
    assert act(world, blocks(world, guest_id)[0]).state is ActState.CALLED_OFF


def test_s09_the_sweep_tells_of_a_leaver_whom_the_mirror_missed(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    leave(world, fabrikam)
    guest_id = make_ann(world)
    later(world, timedelta(minutes=2))
    retiring.retire_due(world.rt)
    assert len(blocks(world, guest_id)) == 1
    assert [mail.to_name for mail in mails(world, MailKind.LEAVER_NOTICED)] == ["Bob Ray"]
