"""The main job through the front door, as `make journey` walks it, on both databases."""

from pathlib import Path

import pytest

from selfservice.cli.journey import walk

pytestmark = pytest.mark.slow


def test_the_main_job_from_request_to_redeemed_guest_and_back(empty_database_url: str, tmp_path: Path) -> None:
    taken = walk(tmp_path / "instance", database_url=empty_database_url)
    assert "gus@partner.example followed the link and accepted" in taken
    assert "Dee Fox, an admin of Contoso" in taken[-1]
