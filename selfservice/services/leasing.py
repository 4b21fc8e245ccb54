"""Leasing: one worker at a time does a kind of work; a fence tells a late one that it is not it any more.

A claim is one conditional UPDATE, so that of any number of workers on either database exactly one gets the lease.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, Update, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from selfservice.model.lease import Lease
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


def claim(rt: Runtime, name: str, *, for_: timedelta) -> str | None:
    """Take a lease that nobody holds and return its fence, or None where somebody does."""
    at, fence = rt.clock(), secrets.token_hex(16)
    try:
        with transaction(rt.sessions) as tx:
            free = update(Lease).where(Lease.name == name, Lease.expires_at <= at)
            if _changed(tx, free.values(fence=fence, expires_at=at + for_)):
                return fence
            if tx.get(Lease, name) is not None:
                return None
            tx.add(Lease(name=name, fence=fence, expires_at=at + for_))
    except IntegrityError:
        return None  # another worker has made the very first claim of this name
    return fence


def renew(rt: Runtime, name: str, fence: str, *, for_: timedelta) -> bool:
    """Keep a lease for longer; False where it was lost to somebody else."""
    with transaction(rt.sessions) as tx:
        mine = update(Lease).where(Lease.name == name, Lease.fence == fence)
        return _changed(tx, mine.values(expires_at=rt.clock() + for_))


def release(rt: Runtime, name: str, fence: str) -> None:
    """Give a lease back at once; one that was lost stays with who has it."""
    with transaction(rt.sessions) as tx:
        mine = update(Lease).where(Lease.name == name, Lease.fence == fence)
        tx.execute(mine.values(fence="", expires_at=rt.clock()))


def revoke(rt: Runtime, name: str) -> None:
    """Take a lease from whoever holds it: they finish the step in hand, and anybody may claim it."""
    with transaction(rt.sessions) as tx:
        tx.execute(update(Lease).where(Lease.name == name).values(fence="", expires_at=rt.clock()))


def is_held(tx: Session, name: str, *, at: datetime) -> bool:
    """Say whether somebody holds the lease, in the caller's transaction."""
    lease = tx.get(Lease, name)
    return lease is not None and lease.expires_at > at


def held(tx: Session, *, at: datetime) -> frozenset[str]:
    """Return the names of all leases that somebody holds, in the caller's transaction."""
    return frozenset(tx.scalars(select(Lease.name).where(Lease.expires_at > at)))


def hold(tx: Session, name: str, *, until: datetime) -> None:
    """Keep everybody out until then, in the caller's transaction; an earlier, longer hold stays."""
    lease = tx.get(Lease, name, with_for_update=True)
    if lease is None:
        tx.add(Lease(name=name, fence=secrets.token_hex(16), expires_at=until))
    elif lease.expires_at < until:
        lease.fence, lease.expires_at = secrets.token_hex(16), until


def _changed(tx: Session, statement: Update) -> bool:
    result = tx.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1
