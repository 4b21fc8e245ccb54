"""Mirroring: what pages and rules need to know of a tenant's directory is kept fresh in our own database.

One worker at a time mirrors a tenant. A part that fails says why in its row and waits longer each time; it stops
neither the other parts nor other tenants.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.mirror import OPTIONAL, MirrorKind, MirrorState, interval
from selfservice.model.unable import UnableTo
from selfservice.services import leasing, settling
from selfservice.services.mirrored import passing
from selfservice.services.mirrored.besides import read_guest_sponsors, read_leave_times, read_sign_ins
from selfservice.services.mirrored.held_roles import read_held_roles
from selfservice.services.mirrored.members import read_members, tenants_with_unread_groups
from selfservice.services.mirrored.passing import LeaseLost, Pass
from selfservice.services.mirrored.people import read_managers, read_users
from selfservice.services.mirrored.resources import read_applications, read_groups
from selfservice.services.mirrored.tenant_facts import read_policies, read_role_holders
from selfservice.services.runtime import Runtime, WorkerRuntime
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

READERS: Mapping[MirrorKind, Callable[[Pass], None]] = {
    MirrorKind.USERS: read_users,
    MirrorKind.GROUPS: read_groups,
    MirrorKind.APPLICATIONS: read_applications,
    MirrorKind.MANAGERS: read_managers,
    MirrorKind.MEMBERS: read_members,
    MirrorKind.ROLE_HOLDERS: read_role_holders,
    MirrorKind.POLICIES: read_policies,
    MirrorKind.HELD_ROLES: read_held_roles,
    MirrorKind.GUEST_SPONSORS: read_guest_sponsors,
    MirrorKind.SIGN_INS: read_sign_ins,
    MirrorKind.LEAVE_TIMES: read_leave_times,
}

NOT_OURS_TO_READ = frozenset({"license-missing", "permission-missing"})
"""Codes that say that a tenant has no licence for a part, or has not let us read it."""

PAUSE = timedelta(seconds=30)
"""How long a tenant is left alone that throttles without saying for how long."""


def due_tenants(rt: Runtime) -> tuple[str, ...]:
    """Return the tenants of which some part is due, which may be read, and which nobody reads at this moment."""
    at = rt.clock()
    with reading(rt.sessions) as tx:
        held, due = leasing.held(tx, at=at), _due_kinds(tx, rt, at=at)
    return tuple(
        tenant.tenant_id
        for tenant in rt.settings.tenants.values()
        if due(tenant.tenant_id)
        and lease_of(tenant.tenant_id) not in held
        and settling.pause_of(tenant.tenant_id) not in held
    )


def mirror(rt: WorkerRuntime, tenant_id: str) -> None:
    """Read every part of the tenant's directory that is due, or what is left of it, under the tenant's lease."""
    lease, for_ = lease_of(tenant_id), rt.settings.intervals.lease
    fence = leasing.claim(rt, lease, for_=for_) if rt.settings.tenant_by_id(tenant_id) else None
    if fence is None:
        return

    def keep_lease() -> bool:
        return leasing.renew(rt, lease, fence, for_=for_)

    try:
        with reading(rt.sessions) as tx:
            paused = leasing.is_held(tx, settling.pause_of(tenant_id), at=rt.clock())
            due = () if paused else _due_kinds(tx, rt, at=rt.clock())(tenant_id)
        directory = rt.directories.of(tenant_id)
        for kind in due:
            if not _read(Pass(rt=rt, tenant_id=tenant_id, kind=kind, directory=directory, keep_lease=keep_lease)):
                break
    finally:
        leasing.release(rt, lease, fence)


def lease_of(tenant_id: str) -> str:
    """Return the name of the lease under which a tenant is mirrored."""
    return f"mirror:{tenant_id}"


def _due_kinds(tx: Session, rt: Runtime, *, at: datetime) -> Callable[[str], tuple[MirrorKind, ...]]:
    """Return what says which parts of a tenant are due, in the order in which they are read."""
    states = {(state.tenant_id, state.kind): state for state in tx.scalars(select(MirrorState))}
    unread = tenants_with_unread_groups(tx, rt)

    def is_due(tenant_id: str, kind: MirrorKind) -> bool:
        state = states.get((tenant_id, kind))
        if state is None or _is_due(state, at):
            return True
        return kind is MirrorKind.MEMBERS and state.failed_at is None and tenant_id in unread

    return lambda tenant_id: tuple(kind for kind in READERS if is_due(tenant_id, kind))


def _is_due(state: MirrorState, at: datetime) -> bool:
    return state.due_at is None or state.due_at <= at


def _read(now: Pass) -> bool:
    """Read one part; say whether the next ones may be read as well."""
    try:
        READERS[now.kind](now)
    except LeaseLost:
        return False
    except UnableTo as failure:
        if now.kind in OPTIONAL and failure.code in NOT_OURS_TO_READ:
            _do_without(now, failure)
            return True
        log.warning(
            "mirror failed",
            tenant=now.tenant_id,
            kind=now.kind.value,
            code=failure.code,
            graph_request_id=failure.request_id,
        )
        _record(now, failure)
        return failure.code != settling.THROTTLED
    except Exception:
        log.exception("mirror failed by a fault of ours", tenant=now.tenant_id, kind=now.kind.value)
        _record(now, _fault())
    return True


def _do_without(now: Pass, failure: UnableTo) -> None:
    at, every = now.rt.clock(), interval(now.kind, now.rt.settings.intervals.mirror)
    with transaction(now.rt.sessions) as tx:
        is_news = passing.state_of(tx, now).do_without(failure, at=at, every=every)
    if is_news:
        log.info("not mirrored", tenant=now.tenant_id, kind=now.kind.value, code=failure.code)


def _record(now: Pass, failure: UnableTo) -> None:
    at = now.rt.clock()
    with transaction(now.rt.sessions) as tx:
        passing.state_of(tx, now).fail(failure, at=at, every=now.rt.settings.intervals.mirror)
        if failure.code == settling.THROTTLED:
            wait = PAUSE if failure.retry_after is None else timedelta(seconds=failure.retry_after)
            leasing.hold(tx, settling.pause_of(now.tenant_id), until=at + wait)


def _fault() -> UnableTo:
    return UnableTo(
        "Selfservice could not take over what the directory says.",
        code="fault",
        transient=True,
        owner="Whoever runs Selfservice",
        next_step="Look into the worker's log.",
    )
