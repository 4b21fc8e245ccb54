"""Running a worker: threads that do what the queue asks for, and one that asks the rows every second what is due."""

import threading
import time

import structlog
from huey import Huey
from huey.api import Task
from huey.consumer import Consumer, Scheduler, Worker
from huey.exceptions import HueyException

from selfservice.services.runtime import WorkerRuntime
from selfservice.worker.outages import OUTAGES, words
from selfservice.worker.queue import Queue, QueueRefused, create_queue
from selfservice.worker.sweeping import Sweep
from selfservice.worker.tasks import Hands, register

log = structlog.get_logger()

HEALTH_SECONDS = 10.0
STOP_SECONDS = 8.0
LOOK_SECONDS = 0.1
AWAY_SECONDS = 5.0
MOST_THREADS = 16


class Sweeper(Scheduler):  # type: ignore[misc]  # huey ships no types
    """The thread that sweeps, in the place of huey's scheduler: nothing is scheduled, rows know when they are due."""

    process_name = "Sweeper"

    def __init__(self, huey: Huey, stop_flag: threading.Event, sweep: Sweep) -> None:
        super().__init__(huey, stop_flag, interval=1, periodic=False)
        self._sweep = sweep

    def loop(self, now: object = None) -> None:
        """Sweep once, then wait."""
        started = time.monotonic()
        wait = self._sweep.once()
        self.sleep_for_interval(started, wait)


class Hand(Worker):  # type: ignore[misc]  # huey ships no types
    """One thread that does what the queue asks for. A queue that is away is a line in the log and a pause, no flood."""

    def loop(self, now: object = None) -> None:
        """Take one task and do it, or wait for one."""
        try:
            task = self.huey.dequeue()
        except OUTAGES as outage:
            log.warning("the queue is away", failure=words(outage))
            self.stop_flag.wait(AWAY_SECONDS)
        except (QueueRefused, HueyException) as refusal:
            log.warning("a message was thrown away", why=str(refusal))
        else:
            self._do(task)

    def _do(self, task: Task | None) -> None:
        if task is not None:
            self.delay = self.default_delay
            self.huey.execute(task)
        elif not self.huey.storage.blocking:
            self.sleep()


class Workers(Consumer):  # type: ignore[misc]  # huey ships no types
    """huey's consumer with our threads. The process's signals belong to whoever started it."""

    worker_class = Hand

    def __init__(self, huey: Huey, sweep: Sweep, *, threads: int) -> None:
        self._sweep = sweep
        super().__init__(
            huey,
            workers=threads,
            periodic=False,
            initial_delay=0.05,
            max_delay=0.5,
            shutdown_timeout=1,
        )

    def are_busy(self) -> bool:
        """Say whether a thread is still at work."""
        return any(thread.is_alive() for _worker, thread in self.worker_threads)

    def _create_scheduler(self) -> Sweeper:
        return Sweeper(self.huey, self.stop_flag, self._sweep)

    def _set_signal_handlers(self) -> None:
        """Leave the signals alone."""


def run(rt: WorkerRuntime, *, stop: threading.Event) -> None:
    """Work until `stop` is set; then finish the steps in hand, give the leases back, and return within ten seconds."""
    queue, hands = create_queue(rt.settings), Hands(rt)
    if not _connect(queue, stop):
        return
    huey = queue.huey
    register(huey, rt, hands)
    huey.on_shutdown(name="close")(queue.close)
    workers = Workers(huey, Sweep(rt, queue), threads=_threads(rt))
    workers.start()
    log.info("worker started", threads=workers.workers)
    while not stop.wait(HEALTH_SECONDS):
        workers.check_worker_health()
    _end(workers, hands)
    queue.close()
    rt.sessions.close()
    log.info("worker stopped")


def _threads(rt: WorkerRuntime) -> int:
    """Enough that every tenant can be pumped and mirrored while mail leaves: no slow tenant holds up another."""
    return min(MOST_THREADS, 2 * len(rt.settings.tenants) + 2)


def _connect(queue: Queue, stop: threading.Event) -> bool:
    """Wait until the queue is there; False where we are told to stop before."""
    wait = 0.5
    while not stop.is_set():
        try:
            queue.huey.storage.queue_size()
        except OUTAGES as failure:
            log.warning("the queue is away", failure=words(failure))
            stop.wait(wait)
            wait = min(wait * 2, HEALTH_SECONDS)
        else:
            return True
    return False


def _end(workers: Workers, hands: Hands) -> None:
    """Stop the threads. One may have taken a lease after we looked, so we look until all have ended."""
    workers.stop_flag.set()
    patience = time.monotonic() + STOP_SECONDS
    while workers.are_busy() and time.monotonic() < patience:
        _let_go(hands)
        time.sleep(LOOK_SECONDS)
    workers.stop(graceful=True)


def _let_go(hands: Hands) -> None:
    try:
        hands.let_go()
    except OUTAGES as failure:
        # The leases run out by themselves.
        log.warning("leases could not be given back", failure=words(failure))
