"""Sweeping: every second the rows are asked what is due, so that a lost wake-up or a crash costs no more than that."""

import time

import structlog

from selfservice.services import delivering, doctoring, expiring, looking_up, mailing, mirroring
from selfservice.services.rules import replaying
from selfservice.services.runtime import WorkerRuntime
from selfservice.worker.chores import CHORES
from selfservice.worker.outages import OUTAGES, words
from selfservice.worker.queue import Queue

log = structlog.get_logger()

EVERY_SECONDS = 1.0
EXPIRE_SECONDS = 15.0
WATCH_SECONDS = 3600.0
LONGEST_WAIT = 15.0


class Sweep:
    """Asks for what is due. While the database or the queue is away it waits longer each time, and goes on."""

    def __init__(self, rt: WorkerRuntime, queue: Queue) -> None:
        self._rt, self._queue = rt, queue
        self._wait = EVERY_SECONDS
        self._expired_at: float | None = None
        self._watched_at: float | None = None
        self._chored_at: dict[str, float] = {}

    def once(self) -> float:
        """Ask for what is due, and return how many seconds to wait until the next time."""
        try:
            self._expire()
            self._ask()
            self._watch()
            self._chores()
        except OUTAGES as outage:
            self._wait = min(self._wait * 2, LONGEST_WAIT)
            log.warning("the database or the queue is away", failure=words(outage), again_in=self._wait)
        except Exception:
            self._wait = min(self._wait * 2, LONGEST_WAIT)
            log.exception("sweep failed", again_in=self._wait)
        else:
            self._wait = EVERY_SECONDS
        return self._wait

    def _ask(self) -> None:
        for tenant_id in delivering.due_tenants(self._rt):
            self._queue.put("pump", tenant_id)
        if mailing.is_due(self._rt):
            self._queue.put("mail")
        for tenant_id in {*looking_up.due_tenants(self._rt), *doctoring.due_tenants(self._rt)}:
            self._queue.put("lookup", tenant_id)
        if replaying.is_due(self._rt):
            self._queue.put("replay")
        for tenant_id in mirroring.due_tenants(self._rt):
            self._queue.put("mirror", tenant_id)

    def _watch(self) -> None:
        """Once an hour, look for requests that wait for nobody."""
        now = time.monotonic()
        if self._watched_at is None or now - self._watched_at >= WATCH_SECONDS:
            self._queue.put("watch")
            self._watched_at = now

    def _chores(self) -> None:
        now = time.monotonic()
        for name, chore in CHORES.items():
            last = self._chored_at.get(name)
            if last is None or now - last >= chore.every:
                self._queue.put("chore", name)
                self._chored_at[name] = now

    def _expire(self) -> None:
        now = time.monotonic()
        if self._expired_at is not None and now - self._expired_at < EXPIRE_SECONDS:
            return
        expiring.expire_requests(self._rt)
        self._queue.put("tend")
        self._expired_at = now
