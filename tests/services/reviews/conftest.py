"""A world with room for guests."""

import pytest

from tests.services.making import World
from tests.services.reviews.steps import Ward


@pytest.fixture
def ward(world: World) -> Ward:
    return Ward(world=world)
