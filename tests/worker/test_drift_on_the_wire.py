"""Somebody meddles in a simulated directory behind our back: one interval later it is found, over real HTTP and by the
worker's own parts, and nothing is ever made anew because of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from selfservice.config.settings import Intervals
from selfservice.entra.directories import GraphDirectories
from selfservice.factory import utc_now
from selfservice.model.base import new_id
from selfservice.model.drift import DriftFinding, DriftKind, DriftState
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.package import RoleKind
from selfservice.model.person import Person
from selfservice.model.planning import GivenRole
from selfservice.services import delivering, drifting, mirroring
from selfservice.services.runtime import WorkerRuntime
from selfservice.simulator.server import Settings as SimulatorSettings
from selfservice.simulator.server import start
from selfservice.store.transaction import reading, transaction
from tests.entra.world import GROUPS, TENANTS, World
from tests.services import making
from tests.services.drift.making import Held, end, enforce, finding, findings, grant

CONTOSO = TENANTS["Contoso"]
GROUP = GROUPS["Expenses Users"]
ROLE = GivenRole(kind=RoleKind.GROUP, resource_id=GROUP, app_role_id=None, label="member of Expenses Users")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a simulated Entra without lag."""
    with start(SimulatorSettings()) as sim:
        yield World(sim, tmp_path)


@pytest.fixture
def kept(world: World, sqlite_url: str) -> Iterator[making.World]:
    """Return what we keep: a package of Contoso that gives a group, and a worker over the simulator."""
    rt = replace(
        making.make_runtime(sqlite_url, clock=making.HandClock(utc_now())),
        settings=replace(world.settings, database_url=sqlite_url, intervals=Intervals()),
        directories=GraphDirectories(world.settings, {}),
    )
    package = making.make_package(rt, making.CONTOSO, "Expenses", gives=GROUP)
    package.tenant_id = CONTOSO
    with transaction(rt.sessions) as tx:
        tx.add(package)
    yield making.World(rt=rt, expenses=package.id, design="")
    rt.sessions.close()


@pytest.fixture
def held(world: World, kept: making.World) -> Held:
    """Return a guest who holds the package, in the directory and by our rows."""
    directory = world.directory("Contoso")
    made = directory.invite(
        address="gus@partner.example", display_name="Gus Ray", redirect_url="https://x.example", attempt_id=new_id()
    )
    directory.add_member(GROUP, made.user_id, attempt_id=new_id())
    mirroring.mirror(kept.rt, CONTOSO)
    guest = Guest(
        id=new_id(),
        tenant_id=CONTOSO,
        object_id=made.user_id,
        origin=GuestOrigin.INVITED,
        address="gus@partner.example",
        address_key="gus@partner.example",
        display_name="Gus Ray",
        ensured_at=kept.rt.clock(),
        managed=True,
    )
    with transaction(kept.rt.sessions) as tx:
        tx.add(guest)
        person = tx.get_one(Person, (CONTOSO, made.user_id))
    return Held(
        guest_id=guest.id, object_id=made.user_id, assignment_id=grant(kept, guest.id, person, ROLE, in_mirror=False)
    )


def interval(rt: WorkerRuntime, after: timedelta = timedelta(minutes=1)) -> None:
    """Let one interval of the worker pass: the mirror reads, what differs is compared, deliveries are worked."""
    assert isinstance(rt.clock, making.HandClock)
    rt.clock.forward(after)
    mirroring.mirror(rt, CONTOSO)
    drifting.compare_due(rt)
    while delivering.pump(rt, CONTOSO):
        pass


def meddle(world: World, method: str, path: str) -> None:
    answer = requests.request(method, f"{world.sim.url}/_simulator/tenants/{CONTOSO}/{path}", timeout=10)
    assert answer.status_code < 300, answer.text


def members(world: World) -> frozenset[str]:
    return frozenset(world.directory("Contoso").group_members(GROUP, None).items)


def open_kinds(kept: making.World) -> list[DriftKind]:
    return [found.kind for found in findings(kept, tenant_id=CONTOSO) if found.guest_id is not None]


def test_expired_here_but_alive_there_is_found_repaired_and_reported(
    world: World, kept: making.World, held: Held
) -> None:
    enforce(kept, CONTOSO)
    interval(kept.rt, timedelta(minutes=10))
    assert open_kinds(kept) == []
    end(kept, held)
    interval(kept.rt, timedelta(minutes=3))
    (found,) = (each for each in findings(kept, tenant_id=CONTOSO) if each.guest_id == held.guest_id)
    assert (found.kind, found.state) == (DriftKind.ALIVE_AFTER_END, DriftState.MENDING)
    assert held.object_id not in members(world)
    interval(kept.rt)
    gone = finding(kept, found.id)
    assert (gone.state, gone.closed_why) == (DriftState.CLOSED, "It was put right.")


def test_r23_whoever_is_put_back_in_the_directory_is_out_again_within_an_interval(
    world: World, kept: making.World, held: Held
) -> None:
    enforce(kept, CONTOSO)
    end(kept, held)
    interval(kept.rt, timedelta(minutes=3))
    interval(kept.rt)
    assert held.object_id not in members(world)
    meddle(world, "PUT", f"groups/{GROUP}/members/{held.object_id}")
    assert held.object_id in members(world)
    interval(kept.rt)
    assert held.object_id not in members(world)


def test_r23_a_role_that_is_taken_away_outside_is_found_and_not_given_again(
    world: World, kept: making.World, held: Held
) -> None:
    interval(kept.rt, timedelta(minutes=3))
    meddle(world, "DELETE", f"groups/{GROUP}/members/{held.object_id}")
    interval(kept.rt)
    assert open_kinds(kept) == [DriftKind.MISSING_ROLE]
    interval(kept.rt)
    assert held.object_id not in members(world)


def test_r23_a_guest_who_is_deleted_outside_is_found_and_not_made_anew(
    world: World, kept: making.World, held: Held
) -> None:
    interval(kept.rt, timedelta(minutes=3))
    meddle(world, "DELETE", f"users/{held.object_id}")
    interval(kept.rt)
    assert open_kinds(kept) == [DriftKind.GUEST_GONE]
    for _ in range(3):
        interval(kept.rt)
    assert world.directory("Contoso").find_users_by_address("gus@partner.example") == ()
    assert len(world.written("POST", "/invitations")) == 1
    with reading(kept.rt.sessions) as tx:
        found = tx.scalar(select(func.count()).where(DriftFinding.kind == DriftKind.GUEST_GONE))
    assert found == 1
