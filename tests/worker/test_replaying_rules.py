"""A running worker replays what an admin asks for, and a worker that is told to stop leaves it to the next."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from selfservice.model.rulebook import ReplayState, RuleReplay
from selfservice.services import leasing
from selfservice.services.overview.rules import replay_page
from selfservice.services.rules import replaying
from selfservice.services.runtime import Clock, Runtime
from selfservice.store.transaction import reading
from selfservice.worker.queue import HueyWaker, Queue
from tests.services.mailbox import Relay
from tests.services.making import CONTOSO, DEE, FakeDirectories, World, make_runtime, make_world
from tests.services.rules.seeding import seed_requests
from tests.services.rules.writing import new
from tests.services.telling import TellingDirectory
from tests.worker.test_queue import queue_url
from tests.worker.test_running import NoMembers, eventually, running


@pytest.fixture
def company(database_url: str) -> Iterator[World]:
    """Return the small company with a real queue, and directories that know nobody."""
    rt = make_runtime(database_url, queue_url=queue_url(database_url))
    queue = Queue(rt.settings.queue_url)
    company = make_world(replace(rt, waker=HueyWaker(queue), mailer=Relay()))
    assert isinstance(rt.directories, FakeDirectories)
    for tenant in rt.settings.tenants.values():
        telling = TellingDirectory()
        telling.members = NoMembers()
        rt.directories.by_tenant[tenant.tenant_id] = telling.as_directory()
    yield company
    queue.close()
    rt.sessions.close()


def state_of(rt: Runtime, replay_id: str) -> ReplayState:
    with reading(rt.sessions) as tx:
        return tx.get_one(RuleReplay, replay_id).state


def test_a_worker_replays_what_was_asked_for(company: World) -> None:
    seed_requests(company.rt, company.expenses, 30)
    replay_id = replaying.ask_replay(company.rt, CONTOSO, [new("All")], by=DEE, months=2)
    with running(company.rt):
        assert eventually(lambda: not replay_page(company.rt, DEE, replay_id).is_running)
    assert replay_page(company.rt, DEE, replay_id).counts == {"now automatic": 30}


def test_a_worker_that_lost_its_lease_leaves_the_replay_to_the_next(company: World) -> None:
    seed_requests(company.rt, company.expenses, 30)
    replay_id = replaying.ask_replay(company.rt, CONTOSO, [new("All")], by=DEE, months=2)

    def losing() -> Iterator[None]:
        """Take the lease away once the replay has begun, as a worker does that is told to stop."""
        while True:
            if state_of(company.rt, replay_id) is ReplayState.RUNNING:
                leasing.revoke(company.rt, replaying.LEASE)
            yield

    told_to_stop = replace(company.rt, clock=_after_each(company.rt.clock, losing()))
    replaying.work_due(told_to_stop)
    assert state_of(company.rt, replay_id) is ReplayState.RUNNING
    assert replaying.is_due(company.rt)
    replaying.work_due(company.rt)
    assert replay_page(company.rt, DEE, replay_id).counts == {"now automatic": 30}


def _after_each(clock: Clock, steps: Iterator[None]) -> Clock:
    def ask() -> datetime:
        next(steps)
        return clock()

    return ask
