"""Database engines: SQLite in WAL mode, whose writers begin IMMEDIATE, or PostgreSQL through psycopg."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from selfservice.store.scope import EVERYTHING, Scope, current

TELL_SCOPE = (
    "SELECT set_config('selfservice.scope', %s, true), set_config('selfservice.tenants', %s, true),"
    " set_config('selfservice.person_tenant', %s, true), set_config('selfservice.person', %s, true)"
)


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """Makers of database sessions: `write` for changes, `read` for looking (on SQLite it never waits for a writer).
    Behind the wall, they see what the scope says.
    """

    write: sessionmaker[Session]
    read: sessionmaker[Session]
    engines: tuple[Engine, ...]
    walled: bool = False

    def close(self) -> None:
        """Close every connection."""
        for engine in self.engines:
            engine.dispose()


def create_sessions(url: str, *, walled: bool = False) -> Sessions:
    """Connect to the database at `url` (SQLAlchemy's form). Behind the wall, a transaction sees what its scope says;
    otherwise, as in a worker, everything.
    """
    sqlite = make_url(url).get_backend_name() == "sqlite"
    engines = _sqlite_engines(url) if sqlite else _server_engines(url, current if walled else lambda: EVERYTHING)
    write, read = engines
    return Sessions(
        write=sessionmaker(write, expire_on_commit=False),
        read=sessionmaker(read, expire_on_commit=False),
        engines=engines if write is not read else (write,),
        walled=walled and not sqlite,
    )


def _server_engines(url: str, scope: Callable[[], Scope]) -> tuple[Engine, Engine]:
    engine = create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=15, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def _tell(connection: Connection) -> None:
        # For this transaction alone: a pool between us and the server hands the connection to somebody else.
        connection.exec_driver_sql(TELL_SCOPE, scope().settings)

    return engine, engine


def _sqlite_engines(url: str) -> tuple[Engine, Engine]:
    return _sqlite_engine(url, begin="BEGIN IMMEDIATE"), _sqlite_engine(url, begin="BEGIN")


def _sqlite_engine(url: str, *, begin: str) -> Engine:
    engine = create_engine(url, pool_size=5, max_overflow=15, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transaction handling is switched off: we say BEGIN ourselves, below.
        connection.isolation_level = None
        for pragma in (
            "busy_timeout=10000",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=FULL",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
