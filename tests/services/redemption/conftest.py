"""A guest who was invited and has not accepted."""

import pytest

from tests.services.making import World
from tests.services.redemption.invited import invite


@pytest.fixture
def gus(world: World) -> str:
    """Return the id of a guest who waits behind an invitation."""
    return invite(world)
