"""A simulator per test, in memory, without lag unless a test asks for it."""

from collections.abc import Iterator

import pytest

from selfservice.simulator.server import start
from tests.simulator.clients import Graph, Simulated


@pytest.fixture
def sim() -> Iterator[Simulated]:
    """Return a running simulator of the demo world."""
    with start() as running:
        made = Simulated(running)
        for tenant in running.world.everywhere.values():
            tenant.behaviour.lag_seconds = 0.0
        yield made
        made.close()


@pytest.fixture
def contoso(sim: Simulated) -> Graph:
    """Return the Graph client of Contoso's directory app."""
    return sim.graph("Contoso")
