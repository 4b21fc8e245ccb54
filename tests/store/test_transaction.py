"""A transaction does all or nothing, and of two that change the same row at once the later is refused."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from selfservice.model.refusal import Stale
from selfservice.model.request import AccessRequest, RequestState
from selfservice.store.engine import Sessions, create_sessions
from selfservice.store.transaction import reading, transaction
from tests.model.making import BOB, NOW, make_package, make_request


@pytest.fixture
def sessions(database_url: str) -> Iterator[Sessions]:
    sessions = create_sessions(database_url)
    yield sessions
    sessions.close()


def store_request(sessions: Sessions) -> str:
    with transaction(sessions) as tx:
        package = make_package()
        request = make_request(package_id=package.id)
        tx.add(package)
        tx.flush()
        tx.add(request)
    return request.id


def test_a_failure_inside_leaves_nothing_behind(sessions: Sessions) -> None:
    def fail() -> None:
        with transaction(sessions) as tx:
            tx.add(make_package())
            tx.flush()
            raise RuntimeError("the power went out")

    with pytest.raises(RuntimeError):
        fail()
    with reading(sessions) as tx:
        assert tx.scalars(select(AccessRequest)).all() == []


def test_a_row_that_someone_else_changed_meanwhile_is_not_overwritten(sessions: Sessions) -> None:
    request_id = store_request(sessions)
    with reading(sessions) as tx:
        seen_early = tx.get_one(AccessRequest, request_id)
        tx.expunge(seen_early)
    with transaction(sessions) as tx:
        tx.get_one(AccessRequest, request_id).take("deny", by=BOB, at=NOW)

    def too_late() -> None:
        with transaction(sessions) as tx:
            tx.add(seen_early)
            seen_early.take("approve", by=BOB, at=NOW)

    with pytest.raises(Stale):
        too_late()
    with reading(sessions) as tx:
        assert tx.get_one(AccessRequest, request_id).state is RequestState.DENIED


def test_many_writers_at_once_lose_no_update(sessions: Sessions) -> None:
    request_id = store_request(sessions)

    def add_a_word() -> None:
        for _ in range(20):
            with transaction(sessions) as tx:
                request = tx.get_one(AccessRequest, request_id, with_for_update=True)
                request.message += "x"

    writers = [threading.Thread(target=add_a_word) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with reading(sessions) as tx:
        assert tx.get_one(AccessRequest, request_id).message == "x" * 80


def test_times_keep_their_instant_whatever_zone_they_come_in(sessions: Sessions) -> None:
    request_id = store_request(sessions)
    elsewhere = datetime(2027, 3, 28, 4, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with transaction(sessions) as tx:
        tx.get_one(AccessRequest, request_id).changed_at = elsewhere
    with reading(sessions) as tx:
        stored = tx.get_one(AccessRequest, request_id).changed_at
    assert (stored, stored.tzinfo) == (datetime(2027, 3, 27, 23, 0, tzinfo=UTC), UTC)


def test_a_time_without_a_zone_cannot_be_stored(sessions: Sessions) -> None:
    request_id = store_request(sessions)

    elsewhere_unknown = NOW.replace(tzinfo=None)

    def store_naive() -> None:
        with transaction(sessions) as tx:
            tx.get_one(AccessRequest, request_id).changed_at = elsewhere_unknown
            tx.flush()

    with pytest.raises(Exception, match="without a zone"):
        store_naive()
