"""Mirroring: what the directory says is ours to read; it is resumed, it forgets leavers, and no failure spreads."""

from datetime import timedelta

import pytest

from selfservice.model.directory import DeltaPage, DirectoryGroup, Removed, TenantPolicies
from selfservice.model.group import Group
from selfservice.model.mirror import MirrorKind, TenantPolicy
from selfservice.services import leasing, mirroring, settling
from selfservice.store.transaction import reading
from tests.services.making import CONTOSO, EXPENSES_USERS, FABRIKAM, START, WOODGROVE, World
from tests.services.mirror_steps import (
    DAY,
    IDS,
    MINUTE,
    later,
    mirror_again,
    people,
    put,
    state,
    statements,
    telling_contoso,
    user,
)
from tests.services.telling import AWAY, FORBIDDEN, SLOW_DOWN, TellingDirectory

contoso = pytest.fixture(telling_contoso)


def test_a_first_round_reads_every_page_and_drops_whom_the_directory_does_not_name(
    world: World, contoso: TellingDirectory
) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    assert contoso.asked("users") == [None, "next:2:5", "next:4:5"]
    assert people(world).keys() == set(IDS[:5])


def test_later_rounds_ask_for_changes_alone_and_take_them_over(world: World, contoso: TellingDirectory) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    contoso.users.put(user(1, department="Sales"), user(5))
    contoso.users.remove(IDS[0])
    mirror_again(world)
    known = people(world)
    assert contoso.asked("users")[3:] == ["delta:0:5"]
    assert known.keys() == set(IDS[1:6])
    assert known[IDS[1]].department == "Sales"


def test_a_person_who_is_restored_is_there_again(world: World, contoso: TellingDirectory) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    contoso.users.remove(IDS[0])
    mirror_again(world)
    assert IDS[0] not in people(world)
    contoso.users.put(user(0))
    mirror_again(world)
    assert IDS[0] in people(world)


def test_nothing_is_read_before_it_is_due(world: World, contoso: TellingDirectory) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    asked = len(contoso.calls)
    mirror_again(world, timedelta(seconds=59))
    assert len(contoso.calls) == asked
    assert CONTOSO not in mirroring.due_tenants(world.rt)
    later(world, timedelta(seconds=1))
    assert CONTOSO in mirroring.due_tenants(world.rt)


def test_a_killed_round_goes_on_at_the_page_it_had_reached(world: World, contoso: TellingDirectory) -> None:
    contoso.before["users"] = lambda: _die_at(contoso, 3)
    with pytest.raises(KeyboardInterrupt):
        mirroring.mirror(world.rt, CONTOSO)
    assert set(IDS[:4]) <= people(world).keys()
    contoso.before.clear()
    mirror_again(world)
    assert contoso.asked("users") == [None, "next:2:5", "next:4:5", "next:4:5"]
    assert people(world).keys() == set(IDS[:5])


def _die_at(contoso: TellingDirectory, call: int) -> None:
    if len(contoso.asked("users")) == call:
        raise KeyboardInterrupt  # as a killed process: nothing of ours catches it


def test_whom_a_delta_did_not_tell_of_is_dropped_by_the_next_full_round(
    world: World, contoso: TellingDirectory
) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    del contoso.users.objects[IDS[2]]
    mirror_again(world)
    assert IDS[2] in people(world)
    mirror_again(world, DAY)
    assert IDS[2] not in people(world)


def test_a_forgotten_link_starts_a_round_over_everything_at_once(world: World, contoso: TellingDirectory) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    contoso.users.remove(IDS[3])
    contoso.users.forget_links()
    mirror_again(world)
    assert people(world).keys() == set(IDS[:5]) - {IDS[3]}
    assert state(world, MirrorKind.USERS).failure == ""


def test_a_page_that_calls_somebody_changed_and_removed_makes_us_look(world: World, contoso: TellingDirectory) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    contoso.next_users_page = DeltaPage(
        changed=(user(0), user(1)),
        removed=tuple(Removed(object_id=i, permanently=False) for i in IDS[:2]),
        delta_link="delta:0:5",
    )
    contoso.users.remove(IDS[1])
    mirror_again(world)
    assert set(contoso.asked("user")) == {IDS[0], IDS[1]}
    assert IDS[0] in people(world)
    assert IDS[1] not in people(world)


def test_groups_are_taken_over_as_they_are(world: World, contoso: TellingDirectory) -> None:
    contoso.groups.put(DirectoryGroup(object_id=EXPENSES_USERS, display_name="Renamed", dynamic=True))
    mirroring.mirror(world.rt, CONTOSO)
    with reading(world.rt.sessions) as tx:
        group = tx.get_one(Group, (CONTOSO, EXPENSES_USERS))
    assert (group.display_name, group.dynamic, group.removed_at) == ("Renamed", True, None)


def test_the_settings_of_a_tenant_are_taken_over_and_follow_its_changes(
    world: World, contoso: TellingDirectory
) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    contoso.settings = TenantPolicies(allow_invites_from="none", partners={FABRIKAM: {"inboundTrust": None}})
    mirror_again(world)
    with reading(world.rt.sessions) as tx:
        policy = tx.get_one(TenantPolicy, CONTOSO)
    assert (policy.allow_invites_from, policy.partners) == ("none", {FABRIKAM: {"inboundTrust": None}})


def test_a_part_that_fails_says_why_and_the_other_parts_are_read(world: World, contoso: TellingDirectory) -> None:
    contoso.failures["groups"] = [FORBIDDEN]
    mirroring.mirror(world.rt, CONTOSO)
    groups, policies = state(world, MirrorKind.GROUPS), state(world, MirrorKind.POLICIES)
    assert (groups.synced_at, groups.failure, groups.failure_next_step) == (None, FORBIDDEN.cause, FORBIDDEN.next_step)
    assert (policies.synced_at, policies.failure) == (START, "")


def test_a_part_that_keeps_failing_waits_longer_each_time_but_never_for_long(
    world: World, contoso: TellingDirectory
) -> None:
    contoso.failures["groups"] = [AWAY] * 20
    waits = []
    for _attempt in range(7):
        mirroring.mirror(world.rt, CONTOSO)
        due_at = state(world, MirrorKind.GROUPS).due_at
        assert due_at is not None
        waits.append(due_at - world.rt.clock())
        later(world, waits[-1])
    assert waits == [MINUTE * n for n in (1, 2, 4, 8, 15, 15, 15)]


def test_a_part_that_succeeds_again_forgets_its_failure(world: World, contoso: TellingDirectory) -> None:
    contoso.failures["groups"] = [AWAY]
    mirroring.mirror(world.rt, CONTOSO)
    mirror_again(world)
    groups = state(world, MirrorKind.GROUPS)
    assert (groups.failure, groups.failed_at, groups.synced_at) == ("", None, START)


def test_a_fault_of_ours_in_one_part_does_not_stop_the_others(world: World, contoso: TellingDirectory) -> None:
    contoso.before["groups"] = _broken
    mirroring.mirror(world.rt, CONTOSO)
    assert state(world, MirrorKind.GROUPS).failure_next_step == "Look into the worker's log."
    assert state(world, MirrorKind.POLICIES).synced_at == START


def _broken() -> None:
    raise KeyError("no failure that a directory can have")


def test_a_tenant_that_throttles_is_left_alone_for_as_long_as_it_says(world: World, contoso: TellingDirectory) -> None:
    contoso.failures["groups"] = [SLOW_DOWN]
    mirroring.mirror(world.rt, CONTOSO)
    assert contoso.asked("policies") == []
    mirror_again(world, timedelta(seconds=39))
    assert contoso.asked("policies") == []
    assert CONTOSO not in mirroring.due_tenants(world.rt)
    with reading(world.rt.sessions) as tx:
        assert leasing.is_held(tx, settling.pause_of(CONTOSO), at=world.rt.clock())
    mirror_again(world, timedelta(seconds=1))
    assert contoso.asked("policies") == [None]


def test_one_tenant_that_fails_does_not_stop_another(world: World, contoso: TellingDirectory) -> None:
    woodgrove = TellingDirectory()
    woodgrove.users.put(user(0))
    woodgrove.members = {group: [] for group in ("91000000-0000-4000-8000-000000000001",)}
    put(world.rt, WOODGROVE, woodgrove)
    contoso.failures["users"] = [AWAY]
    for tenant_id in (CONTOSO, WOODGROVE):
        mirroring.mirror(world.rt, tenant_id)
    assert state(world, MirrorKind.USERS).failure == AWAY.cause
    assert people(world, WOODGROVE).keys() == {IDS[0]}


def test_every_configured_tenant_is_due_at_first_and_none_while_somebody_reads_it(world: World) -> None:
    assert set(mirroring.due_tenants(world.rt)) == {FABRIKAM, CONTOSO, WOODGROVE}
    leasing.claim(world.rt, mirroring.lease_of(CONTOSO), for_=MINUTE)
    assert set(mirroring.due_tenants(world.rt)) == {FABRIKAM, WOODGROVE}


def test_a_second_worker_does_not_read_what_the_first_reads(world: World, contoso: TellingDirectory) -> None:
    leasing.claim(world.rt, mirroring.lease_of(CONTOSO), for_=MINUTE)
    mirroring.mirror(world.rt, CONTOSO)
    assert contoso.calls == []


def test_a_worker_that_lost_its_lease_stops_at_the_next_page(world: World, contoso: TellingDirectory) -> None:
    contoso.before["users"] = lambda: leasing.revoke(world.rt, mirroring.lease_of(CONTOSO))
    mirroring.mirror(world.rt, CONTOSO)
    assert contoso.calls == [("users", None)]
    contoso.before.clear()
    mirroring.mirror(world.rt, CONTOSO)
    assert people(world).keys() == set(IDS[:5])


def test_rows_that_say_the_same_again_are_not_written(world: World, contoso: TellingDirectory) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    later(world, DAY)
    with statements(world.rt.sessions) as told:
        mirroring.mirror(world.rt, CONTOSO)
    assert contoso.asked("users")[-3:] == [None, "next:2:5", "next:4:5"]
    assert [sql for sql in told if sql.startswith(("UPDATE person", "INSERT INTO person", "DELETE FROM person"))] == []
