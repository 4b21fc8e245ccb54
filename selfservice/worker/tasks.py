"""The tasks: each takes a lease and works what the rows say. Asked for twice, it finds nothing the second time."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from huey import Huey

from selfservice.mail.rendering import compose
from selfservice.services import delivering, doctoring, escalating, leasing, looking_up, mailing, mirroring, reminding
from selfservice.services.rules import replaying, stuck
from selfservice.services.runtime import WorkerRuntime
from selfservice.worker import chores
from selfservice.worker.outages import OUTAGES, words

log = structlog.get_logger()


class Hands:
    """What this process is working at, by the names of the leases, so that it can let go when it is told to stop."""

    def __init__(self, rt: WorkerRuntime) -> None:
        self._rt = rt
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()

    @contextmanager
    def at(self, lease: str) -> Iterator[None]:
        """Note that work under this lease is in hand; two threads may be at the same one, until one finds it taken."""
        with self._lock:
            self._held[lease] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[lease] -= 1

    def let_go(self) -> None:
        """Give up the leases: each task finishes the step that it has in hand, finds its lease gone, and stops."""
        with self._lock:
            held = sorted(lease for lease, hands in self._held.items() if hands)
        for lease in held:
            leasing.revoke(self._rt, lease)


def register(huey: Huey, rt: WorkerRuntime, hands: Hands) -> None:
    """Teach huey the tasks."""

    def pump(tenant_id: str) -> None:
        with hands.at(f"pump:{tenant_id}"):
            _work("pump", lambda: delivering.pump(rt, tenant_id), tenant=tenant_id)

    def mail() -> None:
        with hands.at(mailing.LEASE):
            _work("mail", lambda: mailing.send_due(rt, compose))

    def lookup(tenant_id: str) -> None:
        with hands.at(looking_up.lease_of(tenant_id)):
            _work("lookup", lambda: looking_up.work(rt, tenant_id), tenant=tenant_id)
        with hands.at(doctoring.lease_of(tenant_id)):
            _work("lookup", lambda: doctoring.work(rt, tenant_id), tenant=tenant_id)

    def mirror(tenant_id: str) -> None:
        with hands.at(mirroring.lease_of(tenant_id)):
            _work("mirror", lambda: mirroring.mirror(rt, tenant_id), tenant=tenant_id)

    def tend() -> None:
        with hands.at(escalating.LEASE):
            _work("tend", lambda: escalating.escalate_due(rt))
        with hands.at(reminding.LEASE):
            _work("tend", lambda: reminding.send_digests(rt))

    def chore(name: str) -> None:
        with hands.at(chores.lease_of(name)):
            _work("chore", lambda: chores.do(rt, name), chore=name)

    for task in (pump, mail, lookup, tend, chore, mirror, *_tasks_of_rules(rt, hands)):
        huey.task(name=task.__name__)(task)


def _tasks_of_rules(rt: WorkerRuntime, hands: Hands) -> tuple[Callable[[], None], ...]:
    def replay() -> None:
        with hands.at(replaying.LEASE):
            _work("replay", lambda: replaying.work_due(rt))

    def watch() -> None:
        _work("watch", lambda: stuck.warn_of_stuck_requests(rt))

    return (replay, watch)


def _work(name: str, do: Callable[[], object], **about: str) -> None:
    """Do it. Whatever goes wrong is logged; the rows still say that it is due, and the next sweep finds them."""
    try:
        do()
    except OUTAGES as outage:
        log.warning("the database is away", task=name, failure=words(outage), **about)
    except Exception:
        log.exception("task failed", task=name, **about)
