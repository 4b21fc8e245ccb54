"""What else a directory says: who holds a role of Selfservice itself, and the tenant's settings about guests."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Role
from selfservice.model.application import RoleHolder
from selfservice.model.mirror import TenantPolicy
from selfservice.model.policy import KeptPolicy
from selfservice.services.mirrored import passing
from selfservice.services.mirrored.members import members_of
from selfservice.services.mirrored.passing import Pass
from selfservice.services.noticing import notice_blocked
from selfservice.store.transaction import transaction

OURS = frozenset(role.value for role in Role)


def read_role_holders(now: Pass) -> None:
    """Read who is an Admin or Auditor of Selfservice in this tenant, directly or as a direct member of a group."""
    passing.begin(now)
    holders = _holders(now)
    with transaction(now.rt.sessions) as tx:
        _learn_holders(tx, now, holders)
        passing.finish(tx, now)


def read_policies(now: Pass) -> None:
    """Read the tenant's settings about guests; invitations that they, or ours, block by now are noticed."""
    passing.begin(now)
    policies = now.directory.policies()
    with transaction(now.rt.sessions) as tx:
        last = passing.state_of(tx, now).synced_at
        policy = tx.get(TenantPolicy, now.tenant_id)
        if policy is None:
            policy = TenantPolicy(tenant_id=now.tenant_id, allow_invites_from=policies.allow_invites_from)
            tx.add(policy)
        has_changed = policy.learn(policies) or _have_ours_changed(tx, now, since=last)
        passing.finish(tx, now)
    if has_changed or last is None or last.date() != now.rt.clock().date():
        for tenant_id in _concerned(now):
            notice_blocked(now.rt, tenant_id)


def _have_ours_changed(tx: Session, now: Pass, *, since: datetime | None) -> bool:
    newest = tx.scalar(select(func.max(KeptPolicy.changed_at)).where(KeptPolicy.tenant_id == now.tenant_id))
    return newest is not None and (since is None or newest >= since)


def _concerned(now: Pass) -> list[str]:
    """Return the resource tenants whose invitations these settings bear on: the own ones, and for a home tenant all."""
    settings, own = now.rt.settings, now.rt.settings.tenant_by_id(now.tenant_id)
    everywhere = own is not None and own.is_home
    return [
        tenant.tenant_id
        for tenant in settings.tenants.values()
        if tenant.is_resource and (everywhere or tenant.tenant_id == now.tenant_id)
    ]


def _holders(now: Pass) -> frozenset[tuple[str, str]]:
    """Return (person, role) of every assignment. A tenant that nobody signs in from has none."""
    application = now.directory.find_application(now.rt.settings.signin.credential.client_id)
    if application is None:
        return frozenset()
    ours = {role.role_id: role.value for role in application.roles if role.enabled and role.value in OURS}
    holders: set[tuple[str, str]] = set()
    link: str | None = None
    while True:
        passing.go_on(now)
        page = now.directory.app_role_assignments(application.object_id, link)
        for assignment in page.items:
            role = ours.get(assignment.role_id)
            if role is not None:
                holders |= {
                    (person, role) for person in _people(now, assignment.principal_type, assignment.principal_id)
                }
        link = page.next_link
        if link is None:
            return frozenset(holders)


def _people(now: Pass, principal_type: str, principal_id: str) -> frozenset[str]:
    """A role given to a group reaches its direct members alone.

    Source: https://learn.microsoft.com/graph/api/resources/approleassignment
    """
    if principal_type == "Group":
        return members_of(now, principal_id)
    return frozenset({principal_id}) if principal_type == "User" else frozenset()


def _learn_holders(tx: Session, now: Pass, holders: frozenset[tuple[str, str]]) -> None:
    known = {
        (row.object_id, row.role): row
        for row in tx.scalars(select(RoleHolder).where(RoleHolder.tenant_id == now.tenant_id))
    }
    for gone in known.keys() - holders:
        tx.delete(known[gone])
    tx.add_all(
        RoleHolder(tenant_id=now.tenant_id, object_id=object_id, role=role)
        for object_id, role in holders - known.keys()
    )
