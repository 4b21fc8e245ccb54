"""A simulator of its own for each test, or a service that follows a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from selfservice.simulator.server import Settings as SimulatorSettings
from selfservice.simulator.server import start
from tests.entra.scripted import Graph, ScriptedServer
from tests.entra.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a simulated Entra, without lag, and our adapter over it."""
    with start(SimulatorSettings()) as sim:
        yield World(sim, tmp_path)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Return a service that answers what the test tells it."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def graph(server: ScriptedServer) -> Graph:
    """Return a transport to that service."""
    return Graph(server)
