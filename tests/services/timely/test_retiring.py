"""Guests who have nothing left, never came or stopped coming: what is done, when, and what is only reported."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.directory import UserType
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.lifecycle import DEFAULT, KeptLifecycle, Mode
from selfservice.model.mail import MailKind
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound, Stale
from selfservice.services import braking, regulating, retiring
from selfservice.services.regulating import NotConfirmed, Overdue
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, CONTOSO, DEE, EVE, START, WES, World
from tests.services.timely.making import ENFORCED, acts, enforce, guest_of, hold, mails, over

LATER = START.date() + timedelta(days=60)


def blocks(world: World) -> int:
    with reading(world.rt.sessions) as tx:
        return tx.scalar(select(func.count()).where(Delivery.kind == DeliveryKind.BLOCK)) or 0


def change(world: World, assignment_id: str, **facts: object) -> None:
    with transaction(world.rt.sessions) as tx:
        guest = tx.get_one(Guest, guest_of(world, assignment_id).id)
        for name, value in facts.items():
            setattr(guest, name, value)


def pass_days(world: World, days: int) -> None:
    for _ in range(days):
        world.forward(timedelta(days=1))
        retiring.retire_due(world.rt)


def test_a_guest_is_blocked_when_the_last_access_is_over_and_not_before(world: World) -> None:
    enforce(world)
    first = hold(world, "Gus", LATER)
    second = hold(world, "Gus", LATER, package_id=world.expenses, guest_id=guest_of(world, first).id, by=WES)

    over(world, first)
    retiring.retire_due(world.rt)
    assert acts(world) == []
    over(world, second)
    retiring.retire_due(world.rt)

    assert acts(world) == [("block", "accessEnded", "begun")]
    assert blocks(world) == 1
    retiring.retire_due(world.rt)
    assert blocks(world) == 1


def test_a_new_tenant_only_reports_each_thing_once_and_what_is_over_is_called_off(world: World) -> None:
    held = hold(world, "Gus", LATER)
    over(world, held)

    retiring.retire_due(world.rt)
    pass_days(world, 3)

    assert (acts(world), blocks(world)) == ([("block", "accessEnded", "reported")], 0)
    hold(world, "Gus", LATER, guest_id=guest_of(world, held).id, by=WES)
    pass_days(world, 1)
    assert acts(world) == [("block", "accessEnded", "calledOff")]


@pytest.mark.parametrize("change_of", [{"managed": False}, {"standing": GuestStanding.GONE}])
def test_nobody_is_touched_whom_we_do_not_look_after(world: World, change_of: dict[str, object]) -> None:
    enforce(world)
    held = hold(world, "Gus", LATER)
    over(world, held)
    change(world, held, **change_of)

    pass_days(world, 3)

    assert acts(world) == []


def test_a_member_is_never_touched(world: World) -> None:
    enforce(world)
    held = hold(world, "Gus", LATER)
    over(world, held)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (CONTOSO, guest_of(world, held).object_id)).user_type = UserType.MEMBER

    pass_days(world, 3)

    assert acts(world) == []


def test_an_access_that_could_not_be_taken_away_keeps_its_guest(world: World) -> None:
    enforce(world)
    hold(world, "Gus", START.date() - timedelta(days=3))

    pass_days(world, 2)

    assert acts(world) == []


def test_sponsors_are_warned_before_an_unredeemed_guest_is_blocked(world: World) -> None:
    enforce(world)
    held = hold(world, "Gus", LATER)
    change(world, held, redeemed_at=None)

    pass_days(world, 29)
    assert mails(world, MailKind.GUESTS_LAPSING) == []
    pass_days(world, 1)
    (to_ann,) = mails(world, MailKind.GUESTS_LAPSING)
    assert to_ann.to_address == "ann@fabrikam.example"
    assert to_ann.facts["ending"].startswith("Gus (gus@partner.example) at Contoso on 16 Feb 2027")
    pass_days(world, 6)
    assert acts(world) == []
    pass_days(world, 1)
    assert acts(world) == [("block", "unredeemed", "begun")]
    assert len(mails(world, MailKind.GUESTS_LAPSING)) == 1


def test_nobody_is_blocked_without_a_warning_however_late_it_was(world: World) -> None:
    held = hold(world, "Gus", LATER)
    change(world, held, redeemed_at=None)
    world.forward(timedelta(days=50))
    enforce(world)

    retiring.retire_due(world.rt)
    assert (acts(world), len(mails(world, MailKind.GUESTS_LAPSING))) == ([], 1)
    pass_days(world, 7)
    assert acts(world) == [("block", "unredeemed", "begun")]


def test_a_blocked_guest_is_deleted_after_the_days_of_the_settings(world: World) -> None:
    enforce(world)
    held = hold(world, "Gus", LATER)
    over(world, held)
    change(
        world,
        held,
        standing=GuestStanding.BLOCKED,
        standing_cause=ActCause.ACCESS_ENDED,
        standing_since=START,
    )

    pass_days(world, 29)
    assert acts(world) == []
    pass_days(world, 1)
    assert acts(world) == [("delete", "accessEnded", "begun")]
    with reading(world.rt.sessions) as tx:
        deleted = tx.scalars(select(GuestAct)).one()
    # As long as the directory keeps it, one click brings the guest back.
    assert deleted.undo_until == deleted.at + timedelta(days=30)


def test_what_somebody_undid_is_not_done_again_at_once(world: World) -> None:
    enforce(world)
    held = hold(world, "Gus", LATER)
    over(world, held)
    change(world, held, standing_cause=ActCause.UNDONE, standing_since=START)

    pass_days(world, 29)
    assert acts(world) == []
    pass_days(world, 1)
    assert acts(world) == [("block", "accessEnded", "begun")]


def test_more_than_the_brake_allows_stops_until_an_admin_lets_it_go_on(world: World) -> None:
    enforce(world)
    for number in range(25):
        over(world, hold(world, f"Gus{number}", LATER))

    retiring.retire_due(world.rt)
    assert blocks(world) == 20
    with reading(world.rt.sessions) as tx:
        kept = tx.get_one(KeptLifecycle, CONTOSO)
        assert kept.braked_at is not None
        assert "20 guests were blocked or deleted today" in kept.brake_cause
    pass_days(world, 2)
    assert blocks(world) == 20

    for nobody in (ANN, EVE, WES):
        with pytest.raises(NotFound):
            braking.release(world.rt, CONTOSO, by=nobody)
    braking.release(world.rt, CONTOSO, by=DEE)
    with transaction(world.rt.sessions) as tx:
        for guest in tx.scalars(select(Guest)):
            guest.look_at = world.rt.clock()
    retiring.retire_due(world.rt)
    assert blocks(world) == 25


def test_going_over_to_doing_gives_everybody_the_days_of_grace(world: World) -> None:
    held = hold(world, "Gus", LATER)
    over(world, held)
    retiring.retire_due(world.rt)

    with pytest.raises(NotConfirmed):
        regulating.regulate(world.rt, CONTOSO, ENFORCED, by=DEE, seen=0)
    with pytest.raises(NotConfirmed):
        regulating.regulate(world.rt, CONTOSO, ENFORCED, by=DEE, seen=0, confirmed=Overdue(blocks=2))
    regulating.regulate(world.rt, CONTOSO, ENFORCED, by=DEE, seen=0, confirmed=Overdue(blocks=1))

    pass_days(world, 6)
    assert blocks(world) == 0
    pass_days(world, 1)
    assert acts(world) == [("block", "accessEnded", "calledOff"), ("block", "accessEnded", "begun")]


def test_only_an_admin_of_the_tenant_changes_its_settings_and_not_what_another_just_changed(world: World) -> None:
    shorter = replace(DEFAULT, delete_days=10)

    for nobody in (ANN, EVE, WES):
        with pytest.raises(NotFound):
            regulating.regulate(world.rt, CONTOSO, shorter, by=nobody, seen=0)
    regulating.regulate(world.rt, CONTOSO, shorter, by=DEE, seen=0)
    with pytest.raises(Stale):
        regulating.regulate(world.rt, CONTOSO, DEFAULT, by=DEE, seen=0)
    with reading(world.rt.sessions) as tx:
        kept = tx.get_one(KeptLifecycle, CONTOSO)
        assert (kept.body["delete_days"], kept.version, kept.body["mode"]) == (10, 1, Mode.REPORT)


def test_a_guest_who_cannot_be_looked_after_holds_up_no_other(world: World) -> None:
    enforce(world)
    first, second = hold(world, "Ada", LATER), hold(world, "Gus", LATER)
    over(world, first)
    over(world, second)
    with transaction(world.rt.sessions) as tx:
        guest = tx.get_one(Guest, guest_of(world, first).id)
        act = GuestAct(
            tenant_id=CONTOSO,
            guest_id=guest.id,
            kind=ActKind.UNBLOCK,
            cause=ActCause.UNDONE,
            state=ActState.BEGUN,
            why="under way",
            at=world.rt.clock(),
        )
        tx.add(act)

    retiring.retire_due(world.rt)

    assert ("block", "accessEnded", "begun") in acts(world)
    assert blocks(world) == 1


@pytest.mark.parametrize(("managed", "most"), [(0, 20), (199, 20), (209, 20), (210, 21), (1000, 100)])
def test_the_brake_takes_a_tenth_of_the_guests_and_never_less_than_twenty(managed: int, most: int) -> None:
    assert braking.most_acts(managed, DEFAULT) == most
