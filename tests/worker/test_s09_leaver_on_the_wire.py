"""An account is disabled at home: one interval later the guest is blocked in the other directory, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from selfservice.config.settings import Intervals
from selfservice.entra.directories import GraphDirectories
from selfservice.factory import utc_now
from selfservice.model.base import new_id
from selfservice.model.guest import ActCause, Guest, GuestOrigin, GuestStanding
from selfservice.model.lifecycle import KeptLifecycle, lifecycle_to_data
from selfservice.services import caring, delivering, mirroring
from selfservice.services.runtime import WorkerRuntime
from selfservice.simulator.server import Settings as SimulatorSettings
from selfservice.simulator.server import start
from selfservice.store.transaction import reading, transaction
from tests.entra.world import PEOPLE, TENANTS, World
from tests.services.making import DEE, HandClock, make_runtime
from tests.services.mirror_steps import MINUTE
from tests.services.timely.making import ENFORCED

CONTOSO, FABRIKAM = TENANTS["Contoso"], TENANTS["Fabrikam"]
ANN = PEOPLE["ann@fabrikam.example"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a simulated Entra without lag."""
    with start(SimulatorSettings()) as sim:
        yield World(sim, tmp_path)


@pytest.fixture
def rt(world: World, sqlite_url: str) -> Iterator[WorkerRuntime]:
    """Return a worker over the simulator."""
    rt = replace(
        make_runtime(sqlite_url, clock=HandClock(utc_now())),
        settings=replace(world.settings, database_url=sqlite_url, intervals=Intervals()),
        directories=GraphDirectories(world.settings, {}),
    )
    yield rt
    rt.sessions.close()


def make_ann(rt: WorkerRuntime, world: World) -> str:
    """Invite Ann to Contoso, where guests are really blocked."""
    made = world.directory("Contoso").invite(
        address="ann@fabrikam.example", display_name="Ann Lee", redirect_url="https://x.example", attempt_id=new_id()
    )
    guest = Guest(
        id=new_id(),
        tenant_id=CONTOSO,
        object_id=made.user_id,
        origin=GuestOrigin.INVITED,
        address="ann@fabrikam.example",
        address_key="ann@fabrikam.example",
        display_name="Ann Lee",
        home_tenant_id=FABRIKAM,
        home_object_id=ANN,
        ensured_at=rt.clock(),
        managed=True,
    )
    with transaction(rt.sessions) as tx:
        tx.add(guest)
        tx.add(KeptLifecycle(tenant_id=CONTOSO, body=lifecycle_to_data(ENFORCED), changed_at=rt.clock()))
    return guest.id


def interval(rt: WorkerRuntime) -> None:
    assert isinstance(rt.clock, HandClock)
    rt.clock.forward(MINUTE)
    for tenant_id in (FABRIKAM, CONTOSO):
        mirroring.mirror(rt, tenant_id)
    while delivering.pump(rt, CONTOSO):
        pass


def is_enabled(world: World, rt: WorkerRuntime, guest_id: str) -> bool:
    """Return what the directory says, not our rows."""
    with reading(rt.sessions) as tx:
        user = world.directory("Contoso").get_user(tx.get_one(Guest, guest_id).object_id)
    assert user is not None
    return bool(user.enabled)


def test_s09_whoever_is_disabled_at_home_is_blocked_within_one_interval_and_one_click_brings_them_back(
    world: World, rt: WorkerRuntime
) -> None:
    guest_id = make_ann(rt, world)
    interval(rt)
    assert is_enabled(world, rt, guest_id)
    world.sim.world.tenants[FABRIKAM].users.change(ANN, {"accountEnabled": False})
    interval(rt)
    assert not is_enabled(world, rt, guest_id)
    with reading(rt.sessions) as tx:
        guest = tx.get_one(Guest, guest_id)
        block = caring.last_act(tx, guest)
    assert (guest.standing, guest.standing_cause) == (GuestStanding.BLOCKED, ActCause.LEAVER)
    assert block is not None
    caring.undo(rt, block.id, by=replace(DEE, tenant_id=CONTOSO))
    for _ in range(3):
        interval(rt)
    assert is_enabled(world, rt, guest_id), "although the account at home is still disabled"
