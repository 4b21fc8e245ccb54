"""Drifting: what was approved, what we recorded and what the directory has are compared, tenant by tenant.

The mirror has read the directory already, so a comparison is a few queries. It comes again as soon as it is cheap: the
next one waits at least thirty times as long as the last one took. Nobody's access is changed by comparing, but for one
case: what has ended here and is alive there is taken away where the tenant's lifecycle is enforced.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Subject, event
from selfservice.model.drift import DriftCheck
from selfservice.model.mirror import MirrorState
from selfservice.model.refusal import NotFound
from selfservice.services import authority, drift_mending, leasing, telling_drift
from selfservice.services.drift_keeping import Round, check_of, close_gone, keep
from selfservice.services.drift_scope import AT_ONCE, Scope
from selfservice.services.drift_sights import LOOKS, see
from selfservice.services.runtime import Runtime, WorkerRuntime
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

T = TypeVar("T")

LAG = timedelta(minutes=2)
"""So long a directory may go on telling what was true before a change of ours."""

PATIENCE = timedelta(minutes=2)
"""So long a comparison that somebody asked for waits until the mirror has read the directory anew."""

SELDOM = timedelta(hours=1)
"""At least so often every tenant is compared."""

SHARE = 30


def compare_due(rt: WorkerRuntime) -> int:
    """Compare every resource tenant that is due, and return how many those were."""
    tenants = [tenant.tenant_id for tenant in rt.settings.tenants.values() if tenant.is_resource]
    with reading(rt.sessions) as tx:
        due = [tenant_id for tenant_id in tenants if _is_due(tx, tenant_id, at=rt.clock())]
    return sum(_compare(rt, tenant_id) for tenant_id in due)


def compare_now(rt: Runtime, tenant_id: str, *, by: Actor) -> None:
    """Have a tenant compared as soon as its directory has been read anew."""
    if not authority.administers(rt.settings, tenant_id, by=by):
        raise NotFound
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        check = check_of(tx, tenant_id)
        check.asked_at, check.asked_by = at, by.name
        for state in _parts(tx, tenant_id):
            # A part that fails waits as long as it must; the others are read at once.
            if state.failed_at is None:
                state.due_at = at
        subject = Subject(kind="tenant", id=tenant_id, tenant_id=tenant_id)
        tx.add(event("drift.compare", subject, by=by, at=at))
    rt.waker.wake("mirror", tenant_id)
    rt.waker.wake("chore", "drift")


def is_waiting(tx: Session, check: DriftCheck, *, at: datetime) -> bool:
    """Say whether a comparison that was asked for still waits for the mirror."""
    asked = check.asked_at
    if asked is None or at - asked >= PATIENCE:
        return False
    return any(state.synced_at is None or state.synced_at < asked for state in _parts(tx, check.tenant_id))


def _is_due(tx: Session, tenant_id: str, *, at: datetime) -> bool:
    check = tx.get(DriftCheck, tenant_id)
    if check is None or check.due_at is None:
        return True
    if check.asked_at is not None:
        return not is_waiting(tx, check, at=at)
    return check.due_at <= at


def _parts(tx: Session, tenant_id: str) -> list[MirrorState]:
    return list(tx.scalars(select(MirrorState).where(MirrorState.tenant_id == tenant_id, MirrorState.kind.in_(LOOKS))))


def _compare(rt: WorkerRuntime, tenant_id: str) -> bool:
    """Compare one tenant under its lease; False where another worker is at it, or took over."""
    lease, for_ = f"drift:{tenant_id}", rt.settings.intervals.lease
    fence = leasing.claim(rt, lease, for_=for_)
    if fence is None:
        return False
    at = rt.clock()
    try:
        scopes, before = _begin(rt, tenant_id, at=at)
        for scope in scopes:
            _say(rt, tenant_id, f"comparing {WORDS[scope.part]}")
            for _batch in _look(rt, Round(scope=scope, at=at, before=before)):
                if not leasing.renew(rt, lease, fence, for_=for_):
                    return False
        drift_mending.repair_ended(rt, tenant_id)
        _finish(rt, tenant_id, at=at)
    except Exception:
        log.exception("comparison failed", tenant=tenant_id)
        _put_off(rt, tenant_id)
    finally:
        leasing.release(rt, lease, fence)
    return True


WORDS = dict(zip(LOOKS, ("guests", "members of groups", "app roles", "sponsors"), strict=True))


def _begin(rt: WorkerRuntime, tenant_id: str, *, at: datetime) -> tuple[list[Scope], datetime | None]:
    with transaction(rt.sessions) as tx:
        parts = _parts(tx, tenant_id)
        known = {state.kind: state.synced_at for state in parts if state.synced_at is not None}
        check = check_of(tx, tenant_id)
        check.begun_at, check.asked_at, check.asked_by = at, None, ""
        lacking = [WORDS[part] for part in LOOKS if part not in known]
        check.left_out = f"not read yet: {', '.join(lacking)}" if lacking else ""
        scopes = [Scope(tenant_id=tenant_id, part=part, horizon=known[part] - LAG) for part in LOOKS if part in known]
        return scopes, check.compared_at


def _look(rt: WorkerRuntime, now: Round) -> Iterator[int]:
    """Look, and keep what is found in small transactions; yields after each of them."""
    with reading(rt.sessions) as seeing:
        for sights in _batches(see(seeing, now.scope)):
            with transaction(rt.sessions) as tx:
                fresh = keep(tx, now, sights)
            yield fresh
    while True:
        with transaction(rt.sessions) as tx:
            closed = close_gone(tx, now)
        yield closed
        if closed < AT_ONCE:
            return


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _say(rt: WorkerRuntime, tenant_id: str, doing: str) -> None:
    with transaction(rt.sessions) as tx:
        check_of(tx, tenant_id).doing = doing


def _finish(rt: WorkerRuntime, tenant_id: str, *, at: datetime) -> None:
    now = rt.clock()
    with transaction(rt.sessions) as tx:
        check = check_of(tx, tenant_id)
        took = now - at
        check.compared_at, check.doing, check.took_ms = at, "", int(took.total_seconds() * 1000)
        check.due_at = now + min(SELDOM, max(took * SHARE, rt.settings.intervals.mirror))
        told = telling_drift.tell_admins(tx, rt, check)
    if told:
        rt.waker.wake("mail")


def _put_off(rt: WorkerRuntime, tenant_id: str) -> None:
    with transaction(rt.sessions) as tx:
        check = check_of(tx, tenant_id)
        check.doing, check.due_at = "", rt.clock() + SELDOM / 4
