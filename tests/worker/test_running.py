"""A running worker: it finds what is due by itself, does it once, survives outages, and lets go when told to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import select

from selfservice.model.directory import DirectoryUser, TenantInformation
from selfservice.model.mail import MailState, OutboxMail
from selfservice.model.mirror import MirrorKind, MirrorState
from selfservice.services import leasing, looking_up, mirroring, requesting
from selfservice.services.runtime import WorkerRuntime
from selfservice.store.engine import Sessions, create_sessions
from selfservice.store.transaction import reading
from selfservice.worker.chores import CHORES
from selfservice.worker.queue import HueyWaker, Queue
from selfservice.worker.running import run
from selfservice.worker.sweeping import LONGEST_WAIT, Sweep
from tests.services.leaving.steps import employee
from tests.services.mailbox import Relay
from tests.services.making import (
    ANN,
    CONTOSO,
    CY,
    EVE,
    FABRIKAM,
    WOODGROVE,
    FakeDirectories,
    RecordingWaker,
    World,
    make_runtime,
    make_world,
)
from tests.services.mirror_steps import telling_contoso
from tests.services.telling import TellingDirectory
from tests.services.test_requesting import make_ask
from tests.worker.test_queue import queue_url

PATIENCE = 15.0


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Return the small company, with a real queue, a relay, and directories that tell."""
    rt = make_runtime(database_url, queue_url=queue_url(database_url))
    queue = Queue(rt.settings.queue_url)
    world = make_world(replace(rt, waker=HueyWaker(queue), mailer=Relay()))
    telling_contoso(world)
    assert isinstance(rt.directories, FakeDirectories)
    for tenant_id in (FABRIKAM, WOODGROVE):
        telling = TellingDirectory()
        telling.members = NoMembers()
        # Whoever asks has not left: what a leaver asked for would be taken back.
        telling.users.put(*(employee(world, each) for each in (ANN, CY, EVE) if each.tenant_id == tenant_id))
        rt.directories.by_tenant[tenant_id] = telling.as_directory()
    yield world
    queue.close()
    rt.sessions.close()


class NoMembers(dict[str, list[str]]):
    """Every group has no members."""

    def __missing__(self, group_id: str) -> list[str]:
        return []


@contextmanager
def running(*runtimes: WorkerRuntime) -> Iterator[None]:
    """Run a worker of each runtime in a thread; they have to end when they are told to."""
    stop = threading.Event()
    threads = [threading.Thread(target=run, args=(rt,), kwargs={"stop": stop}) for rt in runtimes]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def ask(world: World, n: int = 1) -> None:
    requesting.submit(world.rt, make_ask(world, form_key=f"f{n}", guest_address=f"g{n}@partner.example"), by=ANN)


def unsent(world: World) -> int:
    with reading(world.rt.sessions) as tx:
        return len(tx.scalars(select(OutboxMail.id).where(OutboxMail.state != MailState.SENT)).all())


def mirrored(world: World) -> set[tuple[str, MirrorKind]]:
    with reading(world.rt.sessions) as tx:
        found = tx.scalars(select(MirrorState).where(MirrorState.synced_at.is_not(None)))
        return {(state.tenant_id, state.kind) for state in found}


def relay_of(world: World) -> Relay:
    assert isinstance(world.rt.mailer, Relay)
    return world.rt.mailer


def test_a_worker_finds_by_itself_what_is_due(world: World) -> None:
    ask(world)
    everything = {(tenant_id, kind) for tenant_id in (CONTOSO, FABRIKAM, WOODGROVE) for kind in MirrorKind}
    with running(world.rt):
        assert eventually(lambda: unsent(world) == 0 and mirrored(world) == everything)
    assert sorted(mail.to for mail in relay_of(world).left) == [
        "ann@fabrikam.example",
        "bob@contoso.example",
        "lee@contoso.example",
    ]


def test_a_worker_answers_whose_domain_it_is(world: World) -> None:
    telling = telling_contoso(world)
    telling.tenants["partner.example"] = TenantInformation(tenant_id="0" * 36, display_name="Partner Ltd")

    def name() -> str:
        with reading(world.rt.sessions) as tx:
            return looking_up.known(tx, CONTOSO, "partner.example").name

    with running(world.rt):
        assert looking_up.ask(world.rt, CONTOSO, "partner.example", by=ANN).is_checking
        assert eventually(lambda: name() == "Partner Ltd")
    assert telling.asked("domain") == ["partner.example"]


def test_two_workers_send_each_mail_once(world: World, database_url: str) -> None:
    for n in range(8):
        ask(world, n)
    second = replace(
        make_runtime(database_url, queue_url=world.rt.settings.queue_url),
        directories=world.rt.directories,
        mailer=world.rt.mailer,
    )
    with running(world.rt, second):
        assert eventually(lambda: unsent(world) == 0)
    ids = [mail.message_id for mail in relay_of(world).left]
    assert (len(ids), len(set(ids))) == (24, 24)


def test_a_worker_that_is_told_to_stop_finishes_its_page_and_gives_its_leases_back(world: World) -> None:
    slow, reached = TellingDirectory(page_size=1), threading.Event()
    slow.users.put(*(DirectoryUser(object_id=f"{n:036}") for n in range(2000)))
    slow.before["users"] = lambda: _take_a_moment(reached)
    assert isinstance(world.rt.directories, FakeDirectories)
    world.rt.directories.by_tenant[CONTOSO] = slow.as_directory()
    with running(world.rt):
        assert reached.wait(PATIENCE)
        stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < 10
    pages = len(slow.asked("users"))
    assert 0 < pages < 2000
    with reading(world.rt.sessions) as tx:
        assert not leasing.is_held(tx, mirroring.lease_of(CONTOSO), at=world.rt.clock())
        assert tx.get_one(MirrorState, (CONTOSO, MirrorKind.USERS)).link == f"next:{pages}:2000"


def _take_a_moment(reached: threading.Event) -> None:
    reached.set()
    time.sleep(0.05)


def test_what_somebody_planted_in_the_queue_stops_no_worker(world: World) -> None:
    ask(world)
    queue = Queue(world.rt.settings.queue_url)
    for junk in (b"junk", b'["pump"]', b'["no such task"]', b'["pump","no such tenant"]'):
        queue.huey.storage.enqueue(junk, 100)
    with running(world.rt):
        assert eventually(lambda: unsent(world) == 0 and queue.huey.storage.queue_size() == 0)
    queue.close()


def test_a_worker_waits_for_a_queue_that_is_away_until_it_is_told_to_stop(world: World) -> None:
    away = replace(world.rt, settings=replace(world.rt.settings, queue_url="sqlite:////nowhere/queue.db"))
    with running(away):
        time.sleep(0.2)
    assert relay_of(world).left == []


def test_a_sweep_asks_for_each_kind_of_work_once(world: World) -> None:
    ask(world)
    looking_up.ask(replace(world.rt, waker=RecordingWaker()), CONTOSO, "partner.example", by=ANN)
    queue = Queue(world.rt.settings.queue_url)
    sweep = Sweep(world.rt, queue)
    assert (sweep.once(), sweep.once()) == (1.0, 1.0)
    waiting = sorted(bytes(message) for message in queue.huey.storage.enqueued_items())
    queue.close()
    assert waiting == sorted(
        [
            b'["mail"]',
            f'["lookup","{CONTOSO}"]'.encode(),
            b'["tend"]',
            b'["watch"]',
            *(f'["chore","{name}"]'.encode() for name in CHORES),
            *(f'["mirror","{tenant}"]'.encode() for tenant in (CONTOSO, FABRIKAM, WOODGROVE)),
        ]
    )


def test_a_sweep_waits_longer_while_the_database_is_away_and_goes_on_when_it_is_back(world: World) -> None:
    queue = Queue(world.rt.settings.queue_url)
    nowhere = create_sessions("sqlite:////nowhere/selfservice.db")
    switch = Switch(nowhere, world.rt.sessions)
    sweep = Sweep(replace(world.rt, sessions=switch), queue)  # type: ignore[arg-type]
    waits = [sweep.once() for _attempt in range(6)]
    switch.on = True
    assert waits == [2.0, 4.0, 8.0, LONGEST_WAIT, LONGEST_WAIT, LONGEST_WAIT]
    assert sweep.once() == 1.0
    queue.close()


class Switch:
    """A database that is away until it is switched on."""

    def __init__(self, off: Sessions, on: Sessions) -> None:
        self._off, self._on, self.on = off, on, False

    def __getattr__(self, name: str) -> object:
        return getattr(self._on if self.on else self._off, name)
