"""The small company, on both databases."""

from collections.abc import Iterator

import pytest

from tests.services.making import World, make_runtime, make_world


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """Return the small company in a database of this test alone."""
    rt = make_runtime(database_url)
    yield make_world(rt)
    rt.sessions.close()
