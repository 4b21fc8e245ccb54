"""The one place that commits."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from selfservice.model.refusal import Stale
from selfservice.store.engine import Sessions


@contextmanager
def transaction(sessions: Sessions) -> Iterator[Session]:
    """Do everything inside or nothing. A row that somebody else changed meanwhile refuses with `Stale`."""
    with sessions.write() as session:
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
    with sessions.read() as session:
        yield session


def is_duplicate(failure: IntegrityError, constraint: str) -> bool:
    """Say whether an insert failed because of this unique constraint or index (or its columns, as SQLite names
    them).
    """
    return constraint in str(failure.orig)
