"""Reminders: on the days that the settings say, a link of its own each time, and none once it would be pointless."""

import pytest
from sqlalchemy import update

from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.directory import RedemptionState
from selfservice.model.guest import GuestStanding
from selfservice.model.lifecycle import KeptLifecycle
from selfservice.model.policy import AskPolicy
from selfservice.services import noticing, policing, recalling, redeeming
from selfservice.store.transaction import transaction
from tests.services.making import CONTOSO, CY, DEE, World
from tests.services.redemption.invited import GUS, accept, change, change_person, guest_of, links, wait
from tests.services.redemption.test_fresh_links import settle


def remind(world: World) -> int:
    """Let a worker remind, and let whatever it ordered be over."""
    sent = recalling.remind_due(world.rt)
    settle(world)
    return sent


def test_a_guest_is_reminded_after_three_ten_and_twenty_days(world: World, gus: str) -> None:
    days = []
    for day in range(30):
        if remind(world):
            days.append(day)
        wait(world.rt, days=1)
    assert days == [3, 10, 20]
    assert links(world.rt, gus) == [GUS] * 3


def test_a_reminder_is_sent_once_however_often_the_worker_looks(world: World, gus: str) -> None:
    wait(world.rt, days=3)
    assert [remind(world) for _ in range(3)] == [1, 0, 0]


def test_what_was_missed_is_not_made_up_for_by_two_at_once(world: World, gus: str) -> None:
    wait(world.rt, days=11)
    assert [remind(world), remind(world)] == [1, 0]
    assert guest_of(world.rt, gus).reminded_days == 10


def test_a_reminder_that_is_a_week_late_is_left_out(world: World, gus: str) -> None:
    wait(world.rt, days=28)
    assert remind(world) == 0


@pytest.mark.parametrize("standing", [GuestStanding.BLOCKED, GuestStanding.DELETED, GuestStanding.GONE])
def test_nobody_who_is_blocked_or_gone_is_reminded(world: World, gus: str, standing: GuestStanding) -> None:
    change(world.rt, gus, standing=standing)
    wait(world.rt, days=3)
    assert remind(world) == 0


def test_nobody_who_has_accepted_is_reminded(world: World, gus: str) -> None:
    accept(world.rt, gus)
    wait(world.rt, days=3)
    assert remind(world) == 0


def test_nobody_is_reminded_whom_the_directory_has_seen_accept_already(world: World, gus: str) -> None:
    change_person(world.rt, gus, redemption_state=RedemptionState.ACCEPTED)
    wait(world.rt, days=3)
    assert remind(world) == 0


def test_nobody_is_reminded_of_an_access_that_is_over(world: World, gus: str) -> None:
    wait(world.rt, days=3)
    change(world.rt, gus, ends_on=None)
    with transaction(world.rt.sessions) as tx:
        tx.execute(update(Assignment).values(state=AssignmentState.ENDED))
    assert remind(world) == 0


def test_nobody_is_reminded_whose_invitation_would_be_refused_by_now(world: World, gus: str) -> None:
    policing.set_policy(world.rt, CONTOSO, AskPolicy(denied_domains=("partner.example",)), by=DEE)
    noticing.notice_blocked(world.rt, CONTOSO)
    wait(world.rt, days=3)
    assert remind(world) == 0


def test_a_link_of_today_stands_for_the_reminder(world: World, gus: str) -> None:
    wait(world.rt, days=3)
    redeeming.fresh_link(world.rt, gus, by=CY)
    assert remind(world) == 0
    wait(world.rt, days=2)
    assert remind(world) == 0


def test_the_settings_of_the_tenant_say_when(world: World, gus: str) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(KeptLifecycle(tenant_id=CONTOSO, body={"remind_days": [5]}, changed_at=world.rt.clock()))
    wait(world.rt, days=4)
    assert remind(world) == 0
    wait(world.rt, days=1)
    assert remind(world) == 1


def test_a_guest_whom_we_do_not_look_after_is_not_reminded(world: World, gus: str) -> None:
    change(world.rt, gus, managed=False)
    wait(world.rt, days=3)
    assert remind(world) == 0
