"""Braking: where unusually many guests would be blocked or deleted in one day, nothing more happens until an admin has
looked: a mirror that lost its way, or settings that were meant otherwise, shut nobody out by the hundred.
"""

from datetime import UTC, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.audit import Account, Subject, event
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.lifecycle import DEFAULT, KeptLifecycle, Lifecycle, lifecycle_to_data
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.services import authority, telling_time
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

REAL = (ActState.BEGUN, ActState.DONE, ActState.FAILED)


NEVER_BRAKED = 20
"""So many acts in one day are never stopped, however small the tenant is."""


def most_acts(managed: int, policy: Lifecycle) -> int:
    """Return how many guests may be blocked or deleted in one day before an admin is asked."""
    return max(NEVER_BRAKED, managed * policy.brake_percent // 100)


def room(tx: Session, rt: Runtime, tenant_id: str, policy: Lifecycle) -> int | None:
    """Return how many more guests of a tenant may be blocked or deleted today; None where an admin let it go on."""
    kept = tx.get(KeptLifecycle, tenant_id)
    if kept is not None and kept.released_on == rt.clock().date():
        return None
    if kept is not None and kept.braked_at is not None:
        return 0
    managed = select(func.count()).where(
        Guest.tenant_id == tenant_id, Guest.managed.is_(True), Guest.standing != GuestStanding.GONE
    )
    return max(0, most_acts(tx.scalar(managed) or 0, policy) - _acts_today(tx, rt, tenant_id))


def brake(tx: Session, rt: Runtime, tenant_id: str, policy: Lifecycle) -> None:
    """Stop the lifecycle of a tenant until an admin lets it go on, and tell whoever helps there."""
    kept = tx.get(KeptLifecycle, tenant_id, with_for_update=True)
    if kept is None:
        kept = KeptLifecycle(tenant_id=tenant_id, version=0, body=lifecycle_to_data(DEFAULT), changed_at=rt.clock())
        tx.add(kept)
    if kept.braked_at is not None:
        return
    cause = (
        f"{_acts_today(tx, rt, tenant_id)} guests were blocked or deleted today, and more are due. "
        f"That is more than {policy.brake_percent} % of the guests in one day, so it has stopped."
    )
    kept.braked_at, kept.brake_cause = rt.clock(), cause
    tx.add(event("lifecycle.brake", _subject(tenant_id), by=SYSTEM, at=rt.clock(), account=Account(why=cause)))
    telling_time.braked(tx, rt, tenant_id, cause)
    rt.waker.wake("mail")


def release(rt: Runtime, tenant_id: str, *, by: Actor) -> None:
    """Let what is due today happen, however much it is."""
    with transaction(rt.sessions) as tx:
        kept = tx.get(KeptLifecycle, tenant_id, with_for_update=True)
        if not authority.administers(rt.settings, tenant_id, by=by):
            raise NotFound
        if kept is None or kept.braked_at is None:
            raise NotAllowed("Nothing is stopped.", next_step="Nothing is left to do.", owner="You")
        account = Account(why=kept.brake_cause)
        kept.braked_at, kept.brake_cause, kept.released_on = None, "", rt.clock().date()
        tx.add(event("lifecycle.release", _subject(tenant_id), by=by, at=rt.clock(), account=account))


def _acts_today(tx: Session, rt: Runtime, tenant_id: str) -> int:
    since = datetime.combine(rt.clock().date(), time(), tzinfo=UTC)
    query = select(func.count()).where(
        GuestAct.tenant_id == tenant_id,
        GuestAct.state.in_(REAL),
        GuestAct.at >= since,
        GuestAct.kind.in_((ActKind.BLOCK, ActKind.DELETE)),
        GuestAct.by_object_id == "",
    )
    return tx.scalar(query) or 0


def _subject(tenant_id: str) -> Subject:
    return Subject(kind="tenant", id=tenant_id, tenant_id=tenant_id)
