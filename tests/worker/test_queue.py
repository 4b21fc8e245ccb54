"""The queue: it carries names and ids and nothing that runs, keeps the same work once, and may be away."""

import json
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from huey.registry import Message

from selfservice.worker.queue import HueyWaker, JsonSerializer, Queue, QueueRefused, encode

TENANT = "c0000000-0000-4000-8000-000000000001"


def queue_url(database_url: str) -> str:
    """Return the address of a queue next to a database."""
    return database_url.replace("selfservice.db", "queue.db").replace("postgresql+psycopg://", "postgresql://")


@pytest.fixture
def make_queue(database_url: str) -> Iterator[Callable[[], Queue]]:
    """Return what connects to this test's queue, as each process does for itself."""
    queues: list[Queue] = []

    def make() -> Queue:
        queues.append(Queue(queue_url(database_url)))
        return queues[-1]

    yield make
    for queue in queues:
        queue.close()


def waiting(queue: Queue) -> list[list[str]]:
    return [json.loads(bytes(message)) for message in queue.huey.storage.enqueued_items()]


def test_what_one_process_asks_for_waits_for_another(make_queue: Callable[[], Queue]) -> None:
    HueyWaker(make_queue()).wake("pump", TENANT)
    assert waiting(make_queue()) == [["pump", TENANT]]


def test_processes_that_start_at_once_on_an_empty_database_all_get_the_queue(make_queue: Callable[[], Queue]) -> None:
    queues = [make_queue() for _ in range(6)]
    together = threading.Barrier(len(queues))

    def start(queue: Queue) -> int:
        together.wait()
        size = int(queue.huey.storage.queue_size())
        queue.close()
        return size

    with ThreadPoolExecutor(len(queues)) as pool:
        assert list(pool.map(start, queues)) == [0] * len(queues)


def test_the_same_work_waits_once_however_often_it_is_asked_for(make_queue: Callable[[], Queue]) -> None:
    web, worker = make_queue(), make_queue()
    assert [web.put("pump", TENANT), worker.put("pump", TENANT), worker.put("mail"), web.put("mail")] == [
        True,
        False,
        True,
        False,
    ]
    assert waiting(web) == [["pump", TENANT], ["mail"]]


def test_what_somebody_waits_for_goes_before_the_mirror(make_queue: Callable[[], Queue]) -> None:
    queue = make_queue()
    for task in (("mirror", TENANT), ("mail",), ("pump", TENANT)):
        queue.put(*task)
    assert [task for task, *_args in waiting(queue)] == ["mail", "pump", "mirror"]


def test_a_queue_is_not_connected_before_it_is_used(tmp_path: Path) -> None:
    HueyWaker(Queue(f"sqlite:///{tmp_path / 'queue.db'}"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["sqlite:////nowhere/queue.db", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_queue_that_is_away_is_no_reason_to_fail(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    HueyWaker(Queue(url)).wake("mail")
    written = capsys.readouterr()
    assert "the queue is away" in written.out + written.err


def test_s69_a_message_is_json_and_nothing_but_names_of_ours_and_texts_is_read() -> None:
    serializer = JsonSerializer()
    message = serializer.deserialize(b'["pump","t1"]')
    assert (message.name, message.args) == ("selfservice.worker.tasks.pump", ("t1",))
    assert serializer.serialize(Message(name=message.name, args=("t1",))) == b'["pump","t1"]'


@pytest.mark.parametrize(
    "planted",
    [
        pickle.dumps(["pump", "t1"]),
        b'["os.system","true"]',
        b'["pump",{"a":1}]',
        b'["pump",["t1"]]',
        b'{"task":"pump"}',
        b"[]",
        b"",
        b"null",
        b"\xff\xfe",
    ],
)
def test_s69_whatever_else_lies_in_the_queue_is_refused(planted: bytes) -> None:
    with pytest.raises(QueueRefused):
        JsonSerializer().deserialize(planted)


def test_a_task_that_does_not_exist_cannot_be_asked_for() -> None:
    with pytest.raises(QueueRefused):
        encode("delete-everything")
