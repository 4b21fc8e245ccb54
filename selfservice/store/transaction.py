"""The one place that commits, and that tells a database which is away from one that objects."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from selfservice.model.refusal import Stale
from selfservice.model.unable import Away
from selfservice.store.engine import Sessions

SQLITE_AWAY = frozenset({5, 8, 10, 13, 14})
"""Busy, read-only, an I/O error, full, cannot be opened. Source: https://sqlite.org/rescode.html"""

SERVER_AWAY = ("08", "53", "57P")
"""Connection exception, out of resources, shut down or starting.
Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""


class DatabaseAway(OperationalError, Away):
    """The database cannot be reached, or cannot serve anybody, at the moment."""


@contextmanager
def transaction(sessions: Sessions) -> Iterator[Session]:
    """Do everything inside or nothing. A row that somebody else changed meanwhile refuses with `Stale`."""
    with _noticing_outages(), sessions.write() as session:
        try:
            yield session
            session.commit()
        except StaleDataError as late:
            raise Stale(
                "Somebody else changed this at the same moment.",
                next_step="Look again and decide anew.",
            ) from late


@contextmanager
def reading(sessions: Sessions) -> Iterator[Session]:
    """Look at one consistent state and change nothing."""
    with _noticing_outages(), sessions.read() as session:
        yield session


def is_duplicate(failure: IntegrityError, constraint: str) -> bool:
    """Say whether an insert failed because of this unique constraint or index (or its columns, as SQLite names
    them).
    """
    return constraint in str(failure.orig)


@contextmanager
def _noticing_outages() -> Iterator[None]:
    try:
        yield
    except NoConnectionFree as failure:
        raise DatabaseAway(None, None, failure) from failure
    except DBAPIError as failure:
        if isinstance(failure, DatabaseAway) or not _is_outage(failure):
            raise
        raise DatabaseAway(failure.statement, None, failure.orig or failure) from failure


def _is_outage(failure: DBAPIError) -> bool:
    """Say whether the database is away; a statement that is wrong, or a deadlock, is something else."""
    orig = failure.orig
    code, state = getattr(orig, "sqlite_errorcode", None), getattr(orig, "sqlstate", None)
    if isinstance(code, int):
        return code & 0xFF in SQLITE_AWAY
    if isinstance(state, str):
        return state.startswith(SERVER_AWAY)
    # A driver that could not reach its server has no state to tell.
    return failure.connection_invalidated or isinstance(failure, OperationalError)
