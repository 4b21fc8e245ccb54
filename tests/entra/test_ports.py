"""The adapter is what the use cases ask for: each method of a port is there, with the same parameters."""

import inspect

import pytest

from selfservice.entra.directories import GraphDirectories, GraphDirectory
from selfservice.entra.graph_mailbox import GraphDraftBox
from selfservice.entra.signin import EntraSignIn
from selfservice.services.ports import Directories, Directory, DraftBox, SignIn
from tests.entra.scripted import Graph
from tests.entra.world import World

PORTS: list[tuple[type, type]] = [
    (Directory, GraphDirectory),
    (Directories, GraphDirectories),
    (SignIn, EntraSignIn),
    (DraftBox, GraphDraftBox),
]


@pytest.mark.parametrize(("port", "adapter"), PORTS)
def test_each_method_of_a_port_is_there(port: type, adapter: type) -> None:
    for name, asked in inspect.getmembers(port, inspect.isfunction):
        if name.startswith("_"):
            continue
        given = inspect.signature(getattr(adapter, name)).parameters
        wanted = inspect.signature(asked).parameters
        assert [(p.name, p.kind) for p in given.values()] == [(p.name, p.kind) for p in wanted.values()], name


def test_a_type_checker_agrees(world: World, graph: Graph) -> None:
    directory: Directory = graph.directory
    directories: Directories = GraphDirectories(world.settings, {})
    sign_in: SignIn = world.sign_in()
    box: DraftBox = GraphDraftBox(world.settings, {})
    assert None not in (directory, directories, sign_in, box)
