"""Telling of drift: a tenant's admins hear once a day what is newly bad, and not of each single thing."""

from collections import Counter
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef, Role
from selfservice.model.application import RoleHolder
from selfservice.model.drift import DriftCheck, DriftFinding, DriftKind, DriftState, Severity
from selfservice.model.mail import MailKind
from selfservice.services import posting
from selfservice.services.runtime import Runtime

SAID: dict[DriftKind, tuple[str, str]] = {
    DriftKind.ALIVE_AFTER_END: (
        "access that has ended here is alive there",
        "accesses that have ended here are alive there",
    ),
    DriftKind.UNAPPROVED_ROLE: ("role that nobody approved", "roles that nobody approved"),
    DriftKind.GUEST_ENABLED: ("guest can sign in though blocked here", "guests can sign in though blocked here"),
}


def tell_admins(tx: Session, rt: Runtime, check: DriftCheck) -> int:
    """Tell the tenant's admins what was found that is bad since they were last told, and return how many were told."""
    at = rt.clock()
    if check.told_on == at.date():
        return 0
    counted = _new_bad(tx, check, since=check.told_at)
    if not counted:
        return 0
    check.told_on, check.told_at = at.date(), at
    tenant = rt.settings.tenant_by_id(check.tenant_id)
    letter = posting.Letter(
        kind=MailKind.DRIFT_FOUND,
        about=f"{check.tenant_id}/{at.date()}",
        tenant_id=check.tenant_id,
        link=f"{rt.settings.base_url}/admin/drift",
        facts={
            **posting.NO_REQUEST,
            "resource_tenant": tenant.name if tenant else "",
            "found": "\n".join(f"{number} {SAID[kind][number != 1]}" for kind, number in counted.most_common()),
        },
    )
    return sum(posting.post(tx, rt, letter, to=posting.person(tx, admin)) for admin in _admins(tx, check.tenant_id))


def _new_bad(tx: Session, check: DriftCheck, *, since: datetime | None) -> Counter[DriftKind]:
    query = select(DriftFinding.kind, func.count()).where(
        DriftFinding.tenant_id == check.tenant_id,
        DriftFinding.severity == Severity.BAD,
        DriftFinding.state.in_((DriftState.OPEN, DriftState.MENDING)),
    )
    if since is not None:
        query = query.where(DriftFinding.found_at > since)
    counted = tx.execute(query.group_by(DriftFinding.kind)).all()
    return Counter(dict(counted))


def _admins(tx: Session, tenant_id: str) -> list[PersonRef]:
    admins = select(RoleHolder.object_id).where(RoleHolder.tenant_id == tenant_id, RoleHolder.role == Role.ADMIN.value)
    return [PersonRef(tenant_id=tenant_id, object_id=object_id) for object_id in tx.scalars(admins)]
