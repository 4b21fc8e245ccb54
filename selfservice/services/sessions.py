"""Sessions of browsers: the browser holds a random token, we hold a row; who has no row is nobody."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from selfservice.config.settings import Intervals
from selfservice.model.actor import PersonRef
from selfservice.model.identity import VerifiedIdentity
from selfservice.model.session import BrowserSession, token_hash
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class LoadedSession:
    """What we remember of a browser, and who signed in, if anybody has."""

    data: dict[str, object]
    tenant_id: str | None
    object_id: str | None


def create(rt: Runtime, data: Mapping[str, object]) -> str:
    """Begin a session in which nobody has signed in, and return its token."""
    token = _new_token()
    with transaction(rt.sessions) as tx:
        _forget_old(tx, at=rt.clock())
        tx.add(_row(rt, token, data))
    return token


def load(rt: Runtime, token: str, *, active: bool = True) -> LoadedSession | None:
    """Return the session, or None where there is none, or it was idle for too long, or is too old.

    Only an `active` look counts as use; a page that refreshes itself is none.
    """
    at = rt.clock()
    with reading(rt.sessions) as tx:
        row = tx.get(BrowserSession, token_hash(token))
    if row is None or row.expires_at <= at:
        return None
    idle = rt.settings.intervals.session_idle
    if active and at - row.seen_at >= min(TOUCH_EVERY, idle / 10):
        _touch(rt, row.token_hash, at=at)
    return LoadedSession(data=dict(row.data), tenant_id=row.tenant_id, object_id=row.object_id)


def save(rt: Runtime, token: str, data: Mapping[str, object]) -> None:
    """Remember this of the browser from now on; a session that ended meanwhile stays ended."""
    with transaction(rt.sessions) as tx:
        row = tx.get(BrowserSession, token_hash(token), with_for_update=True)
        if row is not None:
            row.data = dict(data)


def rotate(rt: Runtime, old_token: str, data: Mapping[str, object], *, who: VerifiedIdentity | None) -> str:
    """Begin a session under a new token, of whoever signed in, and end the old one in the same commit."""
    token = _new_token()
    with transaction(rt.sessions) as tx:
        tx.execute(delete(BrowserSession).where(BrowserSession.token_hash == token_hash(old_token)))
        _forget_old(tx, at=rt.clock())
        row = _row(rt, token, data)
        if who is not None:
            row.tenant_id, row.object_id, row.sign_in_session = who.tenant_id, who.object_id, who.session_hint
        tx.add(row)
    return token


def end(rt: Runtime, token: str) -> None:
    """End a session."""
    with transaction(rt.sessions) as tx:
        tx.execute(delete(BrowserSession).where(BrowserSession.token_hash == token_hash(token)))


def end_sign_in_session(rt: Runtime, *, tenant_id: str, session_hint: str) -> int:
    """End what was begun with one session of the sign-in service, and return how many sessions that were."""
    if not session_hint:
        return 0
    with transaction(rt.sessions) as tx:
        rows = tx.scalars(
            select(BrowserSession)
            .where(BrowserSession.sign_in_session == session_hint, BrowserSession.tenant_id == tenant_id)
            .with_for_update()
        ).all()
        for row in rows:
            tx.delete(row)
    return len(rows)


def end_person(rt: Runtime, ref: PersonRef) -> None:
    """End every session of a person."""
    with transaction(rt.sessions) as tx:
        forget_person(tx, ref)


def forget_person(tx: Session, ref: PersonRef) -> int:
    """End every session of a person, in the caller's transaction, and return how many there were."""
    ended = tx.scalars(
        delete(BrowserSession)
        .where(BrowserSession.tenant_id == ref.tenant_id, BrowserSession.object_id == ref.object_id)
        .returning(BrowserSession.token_hash)
    )
    return len(ended.all())


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _row(rt: Runtime, token: str, data: Mapping[str, object]) -> BrowserSession:
    at = rt.clock()
    return BrowserSession(
        token_hash=token_hash(token),
        data=dict(data),
        created_at=at,
        seen_at=at,
        expires_at=_expiry(rt.settings.intervals, created_at=at, at=at),
    )


def _expiry(intervals: Intervals, *, created_at: datetime, at: datetime) -> datetime:
    return min(created_at + intervals.session_absolute, at + intervals.session_idle)


def _touch(rt: Runtime, key: str, *, at: datetime) -> None:
    with transaction(rt.sessions) as tx:
        row = tx.get(BrowserSession, key, with_for_update=True)
        if row is not None and row.seen_at < at:
            row.seen_at = at
            row.expires_at = _expiry(rt.settings.intervals, created_at=row.created_at, at=at)


def _forget_old(tx: Session, *, at: datetime) -> None:
    tx.execute(delete(BrowserSession).where(BrowserSession.expires_at <= at))
