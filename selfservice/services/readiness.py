"""Readiness: can this process serve pages right now?"""

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


def is_ready(rt: Runtime) -> bool:
    """Say whether the database answers."""
    try:
        with reading(rt.sessions) as tx:
            return tx.scalar(select(1)) == 1
    except SQLAlchemyError:
        return False
