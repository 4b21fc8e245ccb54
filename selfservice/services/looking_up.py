"""Looking up which tenant stands behind a stranger's domain: a page asks for it, and the worker asks the directory.

A web process never waits for a directory. An answer is kept for a day, and one person can have only so many new domains
looked up in an hour, since every one of them is a call that a stranger's typing has caused.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.directory import TenantInformation
from selfservice.model.domain_lookup import DomainLookup, LookupState
from selfservice.model.policy import QuotaUse
from selfservice.model.unable import UnableTo
from selfservice.services import leasing
from selfservice.services.runtime import Runtime, WorkerRuntime
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

MOST_AN_HOUR = 20
AT_ONCE = 20
LEASE_FOR = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What is known of a domain now. `is_checking`: the answer will come; `limited`: this person asked too often."""

    state: LookupState | None = None
    tenant_id: str = ""
    name: str = ""
    is_checking: bool = False
    limited: bool = False


def known(tx: Session, tenant_id: str, domain: str) -> Answered:
    """Return what a resource tenant's directory has said about a domain."""
    row = tx.get(DomainLookup, (tenant_id, domain))
    if row is None:
        return Answered()
    return Answered(
        state=row.state,
        tenant_id=row.partner_tenant_id or "",
        name=row.partner_name or domain,
        is_checking=row.state is LookupState.WAITING,
    )


def ask(rt: Runtime, tenant_id: str, domain: str, *, by: Actor) -> Answered:
    """Have a domain looked up, unless its answer is fresh, and return what is known meanwhile."""
    try:
        answered, is_new = _ask(rt, tenant_id, domain, by)
    except IntegrityError:
        # Somebody has asked for the same domain, or the same person for another one, at the same moment.
        answered, is_new = _ask(rt, tenant_id, domain, by)
    if is_new:
        rt.waker.wake("lookup", tenant_id)
    return answered


def _ask(rt: Runtime, tenant_id: str, domain: str, by: Actor) -> tuple[Answered, bool]:
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        row = tx.get(DomainLookup, (tenant_id, domain), with_for_update=True)
        if row is not None and row.is_fresh(at):
            return known(tx, tenant_id, domain), False
        if not _count(tx, by, at=at):
            return Answered(limited=True), False
        if row is None:
            row = DomainLookup(tenant_id=tenant_id, domain=domain, asked_at=at)
            tx.add(row)
        row.ask_again(at=at)
        tx.flush()
        return known(tx, tenant_id, domain), True


def _count(tx: Session, by: Actor, *, at: datetime) -> bool:
    """Count a look-up against the person's hour; False where that hour is used up."""
    key = {"tenant_id": by.tenant_id, "kind": f"lookup {at.hour}", "subject": by.object_id, "day": at.date()}
    mine = update(QuotaUse).filter_by(**key)
    counted = tx.execute(mine.where(QuotaUse.used < MOST_AN_HOUR).values(used=QuotaUse.used + 1))
    if isinstance(counted, CursorResult) and counted.rowcount == 1:
        return True
    if tx.get(QuotaUse, tuple(key.values())) is not None:
        return False
    tx.add(QuotaUse(tenant_id=by.tenant_id, kind=f"lookup {at.hour}", subject=by.object_id, day=at.date(), used=1))
    return True


def due_tenants(rt: Runtime) -> tuple[str, ...]:
    """Return the tenants whose directory is to be asked about a domain, and which nobody asks at this moment."""
    at = rt.clock()
    with reading(rt.sessions) as tx:
        held = leasing.held(tx, at=at)
        due = tx.scalars(
            select(DomainLookup.tenant_id)
            .where(DomainLookup.state == LookupState.WAITING, DomainLookup.due_at <= at)
            .distinct()
        ).all()
    return tuple(sorted(each for each in due if rt.settings.tenant_by_id(each) and lease_of(each) not in held))


def work(rt: WorkerRuntime, tenant_id: str) -> None:
    """Ask the tenant's directory about every domain that is due, under the tenant's lease."""
    if rt.settings.tenant_by_id(tenant_id) is None:
        return
    lease = lease_of(tenant_id)
    fence = leasing.claim(rt, lease, for_=LEASE_FOR)
    if fence is None:
        return
    try:
        while domains := _due(rt, tenant_id):
            for domain in domains:
                _look_up(rt, tenant_id, domain)
                if not leasing.renew(rt, lease, fence, for_=LEASE_FOR):
                    return
    finally:
        leasing.release(rt, lease, fence)


def lease_of(tenant_id: str) -> str:
    """Return the name of the lease under which a tenant's directory is asked."""
    return f"lookup:{tenant_id}"


def _due(rt: Runtime, tenant_id: str) -> tuple[str, ...]:
    with reading(rt.sessions) as tx:
        due = (
            select(DomainLookup.domain)
            .where(
                DomainLookup.tenant_id == tenant_id,
                DomainLookup.state == LookupState.WAITING,
                DomainLookup.due_at <= rt.clock(),
            )
            .order_by(DomainLookup.due_at)
            .limit(AT_ONCE)
        )
        return tuple(tx.scalars(due))


def _look_up(rt: WorkerRuntime, tenant_id: str, domain: str) -> None:
    failure: UnableTo | None = None
    found: TenantInformation | None = None
    try:
        found = rt.directories.of(tenant_id).find_tenant_by_domain(domain)
    except UnableTo as unable:
        failure = unable
        log.warning("look-up failed", tenant=tenant_id, code=unable.code, graph_request_id=unable.request_id)
    except Exception:
        # Whatever is wrong with this one domain must not keep the others waiting for ever.
        failure = UnableTo("Selfservice could not ask the directory about this domain.", code="fault")
        log.exception("look-up failed by a fault of ours", tenant=tenant_id)
    with transaction(rt.sessions) as tx:
        row = tx.get(DomainLookup, (tenant_id, domain), with_for_update=True)
        if row is None:
            return
        if failure is None:
            row.answer(found, at=rt.clock())
        else:
            row.fail(failure, at=rt.clock())
