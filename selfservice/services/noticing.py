"""Noticing: an invitation that was sent, not accepted yet, and would be refused by now, since a setting has changed.

A guest who has accepted stays; one who has not fails at the door, and nobody would know why.
https://learn.microsoft.com/entra/external-id/allow-deny-list
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.config.settings import Tenant
from selfservice.model.actor import SYSTEM
from selfservice.model.audit import Account, AuditEvent, event
from selfservice.model.crossing.finding import Level
from selfservice.model.crossing.rules import findings
from selfservice.model.directory import RedemptionState
from selfservice.model.guest import Guest
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.policy import DomainRefused
from selfservice.model.request import AccessRequest
from selfservice.services import notifying, policing
from selfservice.services.announcing import granted_to
from selfservice.services.preflight.borders import crossing_of, origin_of
from selfservice.services.routing import facts_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

BLOCKED = "guest.blockedSinceInvited"
OPEN_AGAIN = "guest.openAgainSinceInvited"
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Why an invitation would be refused by now."""

    cause: str
    owner: str
    next_step: str


def notice_blocked(rt: Runtime, tenant_id: str) -> int:
    """Tell those concerned of every invitation of the tenant that is blocked since it was sent, once each, and put on
    record where that has passed; return how many were told of.
    """
    tenant = rt.settings.tenant_by_id(tenant_id)
    if tenant is None or not tenant.is_resource:
        return 0
    with reading(rt.sessions) as tx:
        changed = [
            guest.id
            for guest in _pending(tx, tenant_id)
            if (_block(tx, rt, tenant, guest) is None) != (told_of(tx, guest) is None)
        ]
    told = [_record(rt, tenant, guest_id) for guest_id in changed]
    if any(told):
        rt.waker.wake("mail")
    return sum(told)


def told_of(tx: Session, guest: Guest) -> AuditEvent | None:
    """Return what was told of a guest whose invitation is blocked since it was sent; nothing where that has passed."""
    last = tx.scalar(
        select(AuditEvent)
        .where(
            AuditEvent.object_kind == "guest",
            AuditEvent.object_id == guest.id,
            AuditEvent.action.in_((BLOCKED, OPEN_AGAIN)),
            AuditEvent.at >= guest.ensured_at,
        )
        .order_by(AuditEvent.number.desc())
        .limit(1)
    )
    return last if last is not None and last.action == BLOCKED else None


def _record(rt: Runtime, tenant: Tenant, guest_id: str) -> bool:
    """Say what has changed for a guest, and whether anybody is told of it."""
    with transaction(rt.sessions) as tx:
        guest = tx.get_one(Guest, guest_id, with_for_update=True)
        block, told = _block(tx, rt, tenant, guest), told_of(tx, guest)
        if block is not None and told is None:
            account = Account(why=block.cause, details={"owner": block.owner, "nextStep": block.next_step})
            tx.add(event(BLOCKED, guest.subject, by=SYSTEM, at=rt.clock(), account=account))
            notifying.invitation_blocked(tx, rt, guest, block.cause, f"{block.owner}: {block.next_step}")
            return True
        if block is None and told is not None:
            tx.add(event(OPEN_AGAIN, guest.subject, by=SYSTEM, at=rt.clock()))
    return False


def _pending(tx: Session, tenant_id: str) -> list[Guest]:
    waiting = (
        select(Guest)
        .join(Person, (Person.tenant_id == Guest.tenant_id) & (Person.object_id == Guest.object_id))
        .where(
            Guest.tenant_id == tenant_id,
            Guest.redeemed_at.is_(None),
            Person.redemption_state == RedemptionState.PENDING,
            Person.removed_at.is_(None),
        )
        .order_by(Guest.ensured_at.desc(), Guest.id)
        .limit(AT_ONCE)
    )
    return list(tx.scalars(waiting))


def _block(tx: Session, rt: Runtime, tenant: Tenant, guest: Guest) -> _Block | None:
    return next((block for request in granted_to(tx, guest) for block in _blocks(tx, rt, tenant, request)), None)


def _blocks(tx: Session, rt: Runtime, tenant: Tenant, request: AccessRequest) -> Iterator[_Block]:
    package = tx.get_one(AccessPackage, request.package_id)
    for refusal in policing.objections_to(tx, rt, package, facts_of(tx, rt, package, request)):
        if isinstance(refusal, DomainRefused):
            yield _Block(cause=refusal.cause, owner=refusal.owner, next_step=refusal.next_step)
    origin = origin_of(tx, rt.settings, request)
    for finding in findings(crossing_of(tx, tenant, package, request, origin, invited=False)):
        if finding.level is Level.STOP:
            yield _Block(cause=finding.text, owner=finding.owner, next_step=finding.next_step)
