"""A process is ready while its database answers."""

from dataclasses import replace
from pathlib import Path

from selfservice.services.readiness import is_ready
from selfservice.store.engine import create_sessions
from tests.services.making import World


def test_a_process_is_ready_while_its_database_answers(world: World) -> None:
    assert is_ready(world.rt)


def test_a_process_whose_database_is_away_is_not_ready(world: World, tmp_path: Path, free_port: int) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such/folder.db", f"postgresql+psycopg://nobody@127.0.0.1:{free_port}/none"):
        away = create_sessions(url)
        assert not is_ready(replace(world.rt, sessions=away))
        away.close()
