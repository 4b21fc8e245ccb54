"""The databases that tests are given are what the fixtures say they are."""

from sqlalchemy import inspect

from selfservice.model.tables import metadata
from selfservice.store.engine import create_sessions
from selfservice.store.schema import is_current, upgrade


def test_a_test_is_given_a_database_with_every_table(database_url: str) -> None:
    sessions = create_sessions(database_url)
    try:
        tables = inspect(sessions.engines[0]).get_table_names()
    finally:
        sessions.close()
    assert set(metadata.tables) <= set(tables)


def test_an_empty_database_becomes_current_by_upgrading(empty_database_url: str) -> None:
    assert not is_current(empty_database_url)
    upgrade(empty_database_url)
    assert is_current(empty_database_url)
