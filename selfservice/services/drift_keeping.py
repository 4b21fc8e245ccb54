"""Keeping findings: what a comparison sees becomes a finding once, and a finding that is not seen again is closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM
from selfservice.model.base import new_id
from selfservice.model.delivery import Delivery, DeliveryState
from selfservice.model.drift import SEVERITY, DriftCheck, DriftFinding, DriftState, Sight
from selfservice.model.package import RoleKind
from selfservice.model.proposal import Proposal, ProposalState
from selfservice.services.drift_roles import watched
from selfservice.services.drift_scope import AT_ONCE, Scope, under_way

FIRST = "It was there already when Selfservice compared this tenant for the first time."
OUTSIDE = "Somebody else changed it in the directory"


@dataclass(frozen=True, kw_only=True)
class Round:
    """One comparison of one part: when it began, and when the one before had begun."""

    scope: Scope
    at: datetime
    before: datetime | None


def keep(tx: Session, now: Round, sights: Sequence[Sight]) -> int:
    """Note what is seen, and return how many findings are new, or open again."""
    seen = {sight.fingerprint: sight for sight in sights}
    known = {
        finding.fingerprint: finding
        for finding in tx.scalars(
            select(DriftFinding).where(
                DriftFinding.tenant_id == now.scope.tenant_id,
                DriftFinding.fingerprint.in_(seen),
                DriftFinding.state != DriftState.CLOSED,
            )
        )
    }
    fresh = [_new(now, sight) for key, sight in seen.items() if key not in known]
    tx.add_all(fresh)
    tx.add_all(finding.found(by=SYSTEM) for finding in fresh)
    return len(fresh) + sum(_see_again(tx, now, finding) for finding in known.values())


def close_gone(tx: Session, now: Round) -> int:
    """Close some findings that were not seen again, and return how many; what is being worked on stays."""
    gone = tx.scalars(
        select(DriftFinding)
        .where(
            DriftFinding.tenant_id == now.scope.tenant_id,
            DriftFinding.part == now.scope.part,
            DriftFinding.seen_at < now.at,
            DriftFinding.state != DriftState.CLOSED,
            DriftFinding.object_id.not_in(under_way(now.scope)),
        )
        .limit(AT_ONCE)
    ).all()
    still = {kind: frozenset(tx.scalars(watched(now.scope, kind))) for kind in RoleKind}
    for finding in gone:
        tx.add(finding.close(by=SYSTEM, at=now.at, why=_why_gone(finding, still)))
    return len(gone)


def _why_gone(finding: DriftFinding, still: Mapping[RoleKind, frozenset[str]]) -> str:
    if finding.role is not None and finding.role.resource_id not in still[finding.role.kind]:
        return "No access package gives this any more, so it is not looked at."
    return "It was put right." if finding.state is DriftState.MENDING else "It went by itself."


def _new(now: Round, sight: Sight) -> DriftFinding:
    role = sight.role
    return DriftFinding(
        id=new_id(),
        tenant_id=now.scope.tenant_id,
        kind=sight.kind,
        severity=SEVERITY[sight.kind],
        part=now.scope.part,
        fingerprint=sight.fingerprint,
        object_id=sight.object_id,
        name=sight.name[:320],
        guest_id=sight.guest_id,
        assignment_id=sight.assignment_id,
        role_kind=role.kind if role else None,
        resource_id=role.resource_id if role else None,
        app_role_id=role.app_role_id if role else None,
        label=role.label if role else "",
        cause=sight.cause or _guess(now),
        since=sight.since or now.at,
        found_at=now.at,
        found_on=now.at.date(),
        seen_at=now.at,
    )


def _guess(now: Round) -> str:
    if now.before is None:
        return FIRST
    return f"{OUTSIDE} between {_moment(now.before)} and {_moment(now.at)}."


def _moment(at: datetime) -> str:
    return f"{at:%H:%M} on {at.day} {at:%b %Y} (UTC)"


def _see_again(tx: Session, now: Round, finding: DriftFinding) -> bool:
    """Note that it lasts; say whether it waits for somebody again."""
    finding.seen_at = now.at
    why = _why_again(tx, now, finding)
    if why:
        tx.add(finding.reopen(by=SYSTEM, at=now.at, why=why))
    return bool(why)


def _why_again(tx: Session, now: Round, finding: DriftFinding) -> str:
    if finding.state is DriftState.ACCEPTED and finding.accepted_until and finding.accepted_until < now.at.date():
        return "the day until which it was accepted is over"
    if finding.state is not DriftState.MENDING:
        return ""
    if finding.delivery_id is not None:
        delivery = tx.get_one(Delivery, finding.delivery_id)
        is_over = delivery.settled_at is not None and delivery.settled_at < now.scope.horizon
        return "" if delivery.state is DeliveryState.WORKING or not is_over else "what was ordered did not end it"
    if finding.proposal_id is not None:
        proposal = tx.get_one(Proposal, finding.proposal_id)
        said_no = proposal.state not in (ProposalState.OPEN, ProposalState.ACCEPTED)
        return "nobody agreed to it" if said_no else ""
    return ""


def check_of(tx: Session, tenant_id: str) -> DriftCheck:
    """Return the row that says how far the comparison of a tenant has come."""
    check = tx.get(DriftCheck, tenant_id)
    if check is None:
        check = DriftCheck(tenant_id=tenant_id)
        tx.add(check)
    return check
