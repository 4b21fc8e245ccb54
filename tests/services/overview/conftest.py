"""Counts what a page asks the database."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, event

from tests.services.making import World

CountQueries = Callable[[Callable[[], object]], int]


@pytest.fixture
def queries(world: World) -> Iterator[CountQueries]:
    """Return a counter of the statements that a call sends."""
    sent: list[str] = []

    def remember(_conn: Connection, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    def count(call: Callable[[], object]) -> int:
        sent.clear()
        call()
        return len(sent)

    for engine in world.rt.sessions.engines:
        event.listen(engine, "before_cursor_execute", remember)
    yield count
    for engine in world.rt.sessions.engines:
        event.remove(engine, "before_cursor_execute", remember)
