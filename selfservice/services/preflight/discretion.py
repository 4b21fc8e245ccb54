"""Discretion: whether somebody is a guest already is told to whoever may ask for them, but not for a list of addresses.

Every whole address counts, known or not, so that running into the limit says nothing about the last one. What is kept
of an address is a hash, until the person looks again on another day.
"""

import hashlib
from datetime import datetime

from sqlalchemy import Dialect, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.policy import QuotaUse
from selfservice.services.drafting import is_unfinished
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

MOST_AN_HOUR = 30
KIND = "looked at"


def may_tell(rt: Runtime, address: str, *, by: Actor) -> bool:
    """Count an address that a person looks at; False where they have looked at too many others in this hour."""
    if is_unfinished(address):
        return True
    at = rt.clock()
    subject = f"{by.object_id}:{_digest(rt, address)}"
    with transaction(rt.sessions) as tx:
        if tx.get(QuotaUse, (by.tenant_id, _kind(at), subject, at.date())) is not None:
            return True
        if _looked_at(tx, by, at) >= MOST_AN_HOUR:
            return False
        _forget(tx, by, at)
        values = {"tenant_id": by.tenant_id, "kind": _kind(at), "subject": subject, "day": at.date(), "used": 1}
        # The same page may look twice at the same moment.
        tx.execute(_insert(tx.get_bind().dialect)(QuotaUse).values(**values).on_conflict_do_nothing())
    return True


def _looked_at(tx: Session, by: Actor, at: datetime) -> int:
    mine = select(func.count()).select_from(QuotaUse)
    mine = mine.where(
        QuotaUse.tenant_id == by.tenant_id,
        QuotaUse.kind == _kind(at),
        QuotaUse.subject.startswith(f"{by.object_id}:", autoescape=True),
        QuotaUse.day == at.date(),
    )
    return tx.scalar(mine) or 0


def _forget(tx: Session, by: Actor, at: datetime) -> None:
    tx.execute(
        delete(QuotaUse).where(
            QuotaUse.tenant_id == by.tenant_id,
            QuotaUse.kind.startswith(KIND, autoescape=True),
            QuotaUse.subject.startswith(f"{by.object_id}:", autoescape=True),
            QuotaUse.day < at.date(),
        )
    )


def _kind(at: datetime) -> str:
    return f"{KIND} {at.hour}"


def _digest(rt: Runtime, address: str) -> str:
    # Keyed, so that the hashes cannot be tried out with a list of addresses.
    key = rt.settings.secret_key.encode()[:64]
    return hashlib.blake2b(address.strip().casefold().encode(), key=key, digest_size=16).hexdigest()


def _insert(dialect: Dialect) -> "type[sqlite.Insert] | type[postgresql.Insert]":
    return sqlite.Insert if dialect.name == "sqlite" else postgresql.Insert
