"""The queue: it tells workers that there is work, sooner than they would find out. The rows themselves are the truth.

A message is JSON: the name of a task and ids, never code (pickle would let whoever writes the queue run theirs).
"""

import json
import threading

import psycopg
import structlog
from huey import Huey, PostgresHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy.engine import make_url

from selfservice.config.settings import Settings
from selfservice.worker.outages import OUTAGES, words

log = structlog.get_logger()

PRIORITIES = {"pump": 10, "mail": 10, "lookup": 10, "tend": 5, "chore": 4, "replay": 2, "watch": 1, "mirror": 0}
"""The tasks there are. What somebody waits for goes before what keeps a mirror fresh."""

NAMESPACE = "selfservice.worker.tasks"
"""The module whose functions do the tasks, which is part of their names in huey's registry."""

MOST_LOOKED_AT = 100

MOST_CLASHES = 8
"""How often the making of the queue's tables may clash with another process: once for each table and index."""


class QueueRefused(Exception):
    """A message in the queue is not one of ours."""


class JsonSerializer(Serializer):  # type: ignore[misc]  # huey ships no types
    """Tasks as JSON. The same work has the same bytes, so that it is seen whether it waits already."""

    def _serialize(self, data: Message) -> bytes:
        return encode(data.name.rpartition(".")[2], *data.args)

    def _deserialize(self, data: bytes) -> Message:
        try:
            task, *args = json.loads(bytes(data))
        except (ValueError, TypeError) as failure:
            raise QueueRefused("a message is not a JSON list") from failure
        if task not in PRIORITIES or not all(isinstance(arg, str) for arg in args):
            raise QueueRefused("a message names no task of ours")
        return Message(id=None, name=f"{NAMESPACE}.{task}", args=tuple(args), kwargs={})


class Queue:
    """The queue of an installation. It connects when first used, so that a process starts while the queue is away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._huey: Huey | None = None

    @property
    def huey(self) -> Huey:
        """Return huey, connected."""
        with self._lock:
            if self._huey is None:
                self._huey = _connect(self._url)
            return self._huey

    def put(self, task: str, *args: str) -> bool:
        """Ask for a task; False where the same waits already, since whoever takes it will see our rows as well."""
        message = encode(task, *args)
        storage = self.huey.storage
        if message in (bytes(waiting) for waiting in storage.enqueued_items(MOST_LOOKED_AT)):
            return False
        storage.enqueue(message, PRIORITIES[task])
        return True

    def close(self) -> None:
        """Close the connection of this thread."""
        with self._lock:
            if self._huey is not None:
                self._huey.storage.close()


class HueyWaker:
    """Wakes workers through the queue. A queue that is away costs a second, since workers sweep, and is only logged."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def wake(self, task: str, *args: str) -> None:
        """Ask for a task soon."""
        try:
            self._queue.put(task, *args)
        except OUTAGES as failure:
            log.warning("the queue is away", task=task, failure=words(failure))


def create_queue(settings: Settings) -> Queue:
    """Return the queue that the settings name, not connected yet."""
    return Queue(settings.queue_url)


def encode(task: str, *args: str) -> bytes:
    """Return the message that asks for a task."""
    if task not in PRIORITIES:
        raise QueueRefused(f"there is no task {task!r}")
    return json.dumps([task, *args], separators=(",", ":")).encode()


def _connect(url: str) -> Huey:
    parsed = make_url(url)
    options = {"name": "selfservice", "results": False, "serializer": JsonSerializer()}
    if parsed.get_backend_name() == "sqlite":
        return SqliteHuey(filename=parsed.database, **options)
    dsn = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    for _ in range(MOST_CLASHES):
        try:
            return PostgresHuey(dsn=dsn, **options)
        except psycopg.errors.UniqueViolation:
            # Another process makes the same tables at this moment; "if not exists" does not keep the two apart.
            log.info("the queue is being made by another process")
    return PostgresHuey(dsn=dsn, **options)
