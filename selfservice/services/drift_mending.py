"""Mending drift: an admin has a finding repaired or revoked, or lives with it until a day; what has ended here and is
alive there is taken away by itself where the tenant's lifecycle is enforced.

Nothing is changed that is not ours to change: of guests whom we do not look after, and of members, only a role that we
gave is ever taken away.
"""

from datetime import date, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind
from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.drift import MOST_REPAIRS, DriftFinding, DriftKind, DriftState
from selfservice.model.guest import ActCause, Guest
from selfservice.model.lifecycle import Mode
from selfservice.model.planning import GivenRole
from selfservice.model.refusal import NotAllowed, NotFound, Refused
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import authority, caring, ending, foreseeing
from selfservice.services.drift_sponsors import sponsors_wanted
from selfservice.services.eligibility import clean_text
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

BATCH = 200
"""At most so many accesses are taken away by themselves after one comparison; the next one goes on."""

TAKEN = frozenset({DriftKind.ALIVE_AFTER_END, DriftKind.UNAPPROVED_ROLE})
ENDED = frozenset({DriftKind.MISSING_ROLE})
REPAIRED = frozenset(
    {
        DriftKind.ALIVE_AFTER_END,
        DriftKind.MISSING_ROLE,
        DriftKind.GUEST_ENABLED,
        DriftKind.GUEST_DISABLED,
        DriftKind.GUEST_GONE,
        DriftKind.SPONSOR_MISSING,
    }
)
"""What can be put back as our rows say it should be."""

ACTS = {
    DriftKind.GUEST_ENABLED: ActKind.BLOCK,
    DriftKind.GUEST_DISABLED: ActKind.UNBLOCK,
    DriftKind.GUEST_GONE: ActKind.RESTORE,
}
"""What is done to the guest object; where it stands by now, the mirror has followed already."""


def repair(rt: Runtime, finding_id: str, *, by: Actor, why: str) -> None:
    """Have the directory made as our rows say it should be."""
    reason = clean_text(why, what="reason", longest=500)
    with transaction(rt.sessions) as tx:
        finding = to_change(tx, rt, finding_id, by=by)
        guest = tx.get(Guest, finding.guest_id) if finding.guest_id else None
        if guest is None or not can_repair(finding, guest):
            raise NotAllowed(
                "This cannot be put back by a click.", next_step="Put it right in the directory, or accept it."
            )
        _repair(tx, rt, finding, guest, by=by, why=reason)
        tenant_id = finding.tenant_id
    rt.waker.wake("pump", tenant_id)


def revoke(rt: Runtime, finding_id: str, *, by: Actor, why: str) -> None:
    """Have a role taken away that nobody approved; where it is missing already, end the access here as well."""
    reason = clean_text(why, what="reason", longest=500)
    with transaction(rt.sessions) as tx:
        finding = to_change(tx, rt, finding_id, by=by)
        guest = tx.get(Guest, finding.guest_id) if finding.guest_id else None
        if not can_revoke(finding, guest):
            raise NotAllowed(
                "Selfservice does not look after this guest, so it takes nothing from them.",
                next_step="Take it away in the directory, or have it approved afterwards.",
                owner="An admin of the tenant",
            )
        if finding.kind in ENDED:
            _end(tx, rt, finding, by=by, why=reason)
        else:
            _take(tx, rt, finding, by=by, why=reason)
        tenant_id = finding.tenant_id
    rt.waker.wake("pump", tenant_id)


def accept(rt: Runtime, finding_id: str, until: date, *, by: Actor, why: str) -> None:
    """Live with a difference until a day, for a reason; then it is found again."""
    reason = clean_text(why, what="reason", longest=500)
    with transaction(rt.sessions) as tx:
        finding = to_change(tx, rt, finding_id, by=by)
        tx.add(finding.accept(until, by=by, at=rt.clock(), why=reason))


def can_repair(finding: DriftFinding, guest: Guest | None) -> bool:
    """Say whether a click can put it back: what we gave to anybody, but only an object that we look after."""
    return guest is not None and finding.kind in REPAIRED and (guest.managed or finding.role is not None)


def can_revoke(finding: DriftFinding, guest: Guest | None) -> bool:
    """Say whether a click can take it away: what we gave to anybody, anything else only from guests of ours."""
    if finding.kind is DriftKind.UNAPPROVED_ROLE:
        return guest is not None and guest.managed
    return guest is not None and finding.kind in TAKEN | ENDED


def to_change(tx: Session, rt: Runtime, finding_id: str, *, by: Actor) -> DriftFinding:
    """Return a finding of a tenant that the actor administers, locked, about which something can be done."""
    finding = tx.get(DriftFinding, finding_id, with_for_update=True)
    if finding is None or not authority.administers(rt.settings, finding.tenant_id, by=by):
        raise NotFound
    finding.ensure_open()
    return finding


def repair_ended(rt: Runtime, tenant_id: str) -> int:
    """Take away what has ended here and is alive there, where the lifecycle is enforced; return how many were begun."""
    with reading(rt.sessions) as tx:
        if foreseeing.policy_of(tx, tenant_id).mode is not Mode.ENFORCE:
            return 0
        alive = tx.scalars(
            select(DriftFinding.id)
            .where(DriftFinding.tenant_id == tenant_id, DriftFinding.kind == DriftKind.ALIVE_AFTER_END)
            .where(DriftFinding.state == DriftState.OPEN)
            .order_by(DriftFinding.found_at, DriftFinding.id)
            .limit(BATCH)
        ).all()
    begun = sum(_repair_by_itself(rt, finding_id) for finding_id in alive)
    if begun:
        rt.waker.wake("pump", tenant_id)
    return begun


def _repair_by_itself(rt: Runtime, finding_id: str) -> bool:
    try:
        with transaction(rt.sessions) as tx:
            finding = tx.get_one(DriftFinding, finding_id, with_for_update=True)
            if finding.state is not DriftState.OPEN or _repaired_lately(tx, rt, finding) >= MOST_REPAIRS:
                return False
            _take(tx, rt, finding, by=SYSTEM, why="the access has ended")
    except Refused as refusal:
        log.info("not repaired by itself", finding=finding_id, cause=refusal.cause)
        return False
    return True


def _repaired_lately(tx: Session, rt: Runtime, finding: DriftFinding) -> int:
    """How often it came back within a day after it was taken away: then somebody puts it there, and must be asked."""
    before = select(func.count()).where(
        DriftFinding.fingerprint == finding.fingerprint,
        DriftFinding.tenant_id == finding.tenant_id,
        DriftFinding.closed_at > rt.clock() - timedelta(days=1),
        DriftFinding.delivery_id.is_not(None),
    )
    return tx.scalars(before).one()


def _repair(tx: Session, rt: Runtime, finding: DriftFinding, guest: Guest, *, by: Actor, why: str) -> None:
    if finding.kind is DriftKind.ALIVE_AFTER_END:
        _take(tx, rt, finding, by=by, why=why)
    elif finding.kind is DriftKind.MISSING_ROLE:
        _give(tx, rt, finding, guest, by=by, why=why)
    elif finding.kind is DriftKind.SPONSOR_MISSING:
        finding.delivery_id = caring.order_sponsors(tx, rt, guest, sponsors_wanted(tx, guest), by=by).id
        tx.add(finding.mend("drift.repair", by=by, at=rt.clock(), why=why))
    else:
        _act(tx, rt, finding, guest, by=by, why=why)


def _take(tx: Session, rt: Runtime, finding: DriftFinding, *, by: Actor, why: str) -> None:
    guest = tx.get_one(Guest, finding.guest_id)
    _ensure_nothing_is_given(tx, guest)
    order = caring.Repair(why=why, take=(role_of(finding),), assignment_id=finding.assignment_id)
    finding.delivery_id = caring.order_repair(tx, rt, guest, order, by=by).id
    tx.add(finding.mend("drift.revoke", by=by, at=rt.clock(), why=why))


def _ensure_nothing_is_given(tx: Session, guest: Guest) -> None:
    """What is being given at this moment may be the very role, and nobody should take it away behind that."""
    giving = select(AccessRequest.id).where(
        AccessRequest.tenant_id == guest.tenant_id,
        AccessRequest.guest_key == guest.address_key,
        AccessRequest.state == RequestState.DELIVERING,
    )
    if tx.scalar(giving.limit(1)) is not None:
        raise NotAllowed(
            "Access is being given to this guest at this moment.", next_step="Try again when that is done.", owner="You"
        )


def _give(tx: Session, rt: Runtime, finding: DriftFinding, guest: Guest, *, by: Actor, why: str) -> None:
    access = tx.get_one(Assignment, finding.assignment_id, with_for_update=True)
    if access.state is not AssignmentState.ACTIVE:
        raise NotAllowed("The access has ended meanwhile, so nothing is given.", next_step="Nothing is left to do.")
    order = caring.Repair(why=why, give=(role_of(finding),), assignment_id=access.id)
    finding.delivery_id = caring.order_repair(tx, rt, guest, order, by=by).id
    tx.add(finding.mend("drift.repair", by=by, at=rt.clock(), why=why))


def _end(tx: Session, rt: Runtime, finding: DriftFinding, *, by: Actor, why: str) -> None:
    access = tx.get_one(Assignment, finding.assignment_id, with_for_update=True)
    ending.begin(tx, rt, access, by=by, why=why)
    tx.add(finding.mend("drift.revoke", by=by, at=rt.clock(), why=why))


def _act(tx: Session, rt: Runtime, finding: DriftFinding, guest: Guest, *, by: Actor, why: str) -> None:
    kind = ACTS[finding.kind]
    act = caring.begin(tx, rt, guest, caring.Doing(kind=kind, cause=ActCause.BY_HAND, why=why, by=by))
    finding.delivery_id = act.delivery_id
    tx.add(finding.mend("drift.repair", by=by, at=rt.clock(), why=why))


def role_of(finding: DriftFinding) -> GivenRole:
    """Return the role that a finding is about."""
    if finding.role is None:
        raise NotAllowed("This is about no role.")
    return finding.role
