"""A database that is away is told from one that objects: the first passes, the second is a mistake."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from selfservice.model.preference import MailPreference
from selfservice.model.unable import Away
from selfservice.store.engine import Sessions, create_sessions
from selfservice.store.transaction import DatabaseAway, reading, transaction


def look(sessions: Sessions) -> None:
    with reading(sessions) as tx:
        tx.execute(text("SELECT 1"))


def change(sessions: Sessions) -> None:
    with transaction(sessions) as tx:
        tx.add(MailPreference(tenant_id="t", object_id="o"))


@pytest.mark.parametrize("door", [look, change], ids=["looking", "changing"])
@pytest.mark.parametrize("kind", ["file", "server"])
def test_a_database_that_cannot_be_reached_is_away(
    door: Callable[[Sessions], None], kind: str, tmp_path: Path, free_port: int
) -> None:
    nowhere = {
        "file": f"sqlite:///{tmp_path}/no/such/folder.db",
        "server": f"postgresql+psycopg://nobody@127.0.0.1:{free_port}/none",
    }
    sessions = create_sessions(nowhere[kind])
    with pytest.raises(DatabaseAway) as outage:
        door(sessions)
    sessions.close()
    assert isinstance(outage.value, Away)
    assert isinstance(outage.value, OperationalError)


def test_a_statement_that_is_wrong_is_not_an_outage(database_url: str) -> None:
    sessions = create_sessions(database_url)

    def ask_nonsense() -> None:
        with reading(sessions) as tx:
            tx.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(DBAPIError) as mistake:
        ask_nonsense()
    sessions.close()
    assert not isinstance(mistake.value, Away)


def test_a_row_that_is_there_already_is_not_an_outage(database_url: str) -> None:
    sessions = create_sessions(database_url)
    change(sessions)
    with pytest.raises(IntegrityError) as clash:
        change(sessions)
    sessions.close()
    assert not isinstance(clash.value, Away)


def test_a_connection_that_the_server_ends_is_an_outage_and_the_next_one_works(postgres_url: str) -> None:
    sessions = create_sessions(postgres_url)

    def lose_the_connection() -> None:
        with transaction(sessions) as tx:
            mine = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with transaction(sessions) as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
            tx.execute(text("SELECT 1"))

    with pytest.raises(DatabaseAway):
        lose_the_connection()
    change(sessions)
    sessions.close()


def test_a_file_that_cannot_be_written_is_an_outage(sqlite_url: str) -> None:
    sessions = create_sessions(sqlite_url)

    def write_where_only_reading_is_possible() -> None:
        with transaction(sessions) as tx:
            tx.execute(text("PRAGMA query_only=ON"))
            tx.add(MailPreference(tenant_id="t", object_id="o"))

    with pytest.raises(DatabaseAway):
        write_where_only_reading_is_possible()
    sessions.close()
