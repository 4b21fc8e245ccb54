"""Cataloguing: an admin says what can be asked for in the tenant they administer. Ids come from forms; what they stand
for, and whether it may be given at all, comes from the mirror.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, Subject, event
from selfservice.model.package import (
    AccessPackage,
    PackageApprover,
    PackageIncomplete,
    PackageState,
    PartyKind,
    ResourceRole,
    RoleKind,
)
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import authority, choosing
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class RoleChoice:
    """A resource role by its ids; `role_id` is set for an app role alone."""

    kind: RoleKind
    resource_id: str
    role_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class PartyChoice:
    """A person or a group of the package's tenant by its id."""

    kind: PartyKind
    object_id: str


@dataclass(frozen=True, kw_only=True)
class PackageDraft:
    """What an admin says about a package."""

    tenant_id: str
    name: str
    description: str
    launch_url: str
    max_days: int
    for_self: bool
    for_others: bool
    roles: tuple[RoleChoice, ...]
    approvers: tuple[PartyChoice, ...]
    owner: PartyChoice


def create_package(rt: Runtime, draft: PackageDraft, *, by: Actor) -> str:
    """Write down a new package, not yet open for requests, and return its id."""
    if not authority.administers(rt.settings, draft.tenant_id, by=by):
        raise NotFound
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        package = AccessPackage(tenant_id=draft.tenant_id, name="", created_at=at, changed_at=at)
        _write(tx, rt, package, draft)
        tx.add(package)
        tx.flush()
        _record(tx, "package.create", package, by=by, at=at)
    return package.id


def change_package(rt: Runtime, package_id: str, draft: PackageDraft, *, by: Actor) -> None:
    """Change a package. Requests that still wait are decided about what it gives from now on."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        package = authority.package_to_change(tx, rt.settings, package_id, by=by)
        if package.state is PackageState.RETIRED:
            raise NotAllowed(
                "This access package is retired, so it cannot be changed.",
                next_step="Create a new one.",
                owner="You",
            )
        before = package.fingerprint
        _write(tx, rt, package, draft)
        _ensure_complete(package)
        package.version, package.changed_at = package.version + 1, at
        _record(tx, "package.change", package, by=by, at=at)
        if package.fingerprint != before:
            _tell_waiting_requests(tx, package, by=by, at=at)


def publish(rt: Runtime, package_id: str, *, by: Actor) -> None:
    """Open a package for requests, once everything that it gives has been checked again."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        package = authority.package_to_change(tx, rt.settings, package_id, by=by)
        for role in package.roles:
            choosing.resource_role(tx, package.tenant_id, role.kind, role.resource_id, role.role_id)
        package.publish(at=at)
        _record(tx, "package.publish", package, by=by, at=at)


def retire(rt: Runtime, package_id: str, *, by: Actor) -> None:
    """Close a package for new requests; what people hold stays until its end."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        package = authority.package_to_change(tx, rt.settings, package_id, by=by)
        package.retire(at=at)
        _record(tx, "package.retire", package, by=by, at=at)


def draft_of(package: AccessPackage) -> PackageDraft:
    """Return what a package says now, as it would be written down anew."""
    return PackageDraft(
        tenant_id=package.tenant_id,
        name=package.name,
        description=package.description,
        launch_url=package.launch_url,
        max_days=package.max_days,
        for_self=package.for_self,
        for_others=package.for_others,
        roles=tuple(
            RoleChoice(kind=role.kind, resource_id=role.resource_id, role_id=role.role_id) for role in package.roles
        ),
        approvers=tuple(PartyChoice(kind=each.kind, object_id=each.object_id) for each in package.approvers),
        owner=PartyChoice(kind=package.owner_kind, object_id=package.owner_id),
    )


def _write(tx: Session, rt: Runtime, package: AccessPackage, draft: PackageDraft) -> None:
    tenant_id = package.tenant_id
    package.name = choosing.name(draft.name)
    package.description = choosing.description(draft.description)
    package.launch_url = choosing.launch_address(draft.launch_url, allowed=rt.settings.redirect_hosts)
    package.max_days = choosing.days(draft.max_days)
    package.for_self, package.for_others = choosing.doors(for_self=draft.for_self, for_others=draft.for_others)
    owner = choosing.party(tx, tenant_id, draft.owner.kind, draft.owner.object_id)
    package.owner_kind, package.owner_id, package.owner_name = owner.kind, owner.object_id, owner.name
    package.roles = _roles(tx, package, draft)
    package.approvers = [
        PackageApprover(position=position, kind=who.kind, object_id=who.object_id, name=who.name)
        for position, who in enumerate(
            choosing.party(tx, tenant_id, each.kind, each.object_id) for each in dict.fromkeys(draft.approvers)
        )
    ]


def _ensure_complete(package: AccessPackage) -> None:
    if package.state is PackageState.PUBLISHED and not (package.roles and package.approvers):
        raise PackageIncomplete(
            "A published access package gives something and has an approver.",
            next_step="Leave at least one of each, or retire it.",
            owner="You",
        )


def _roles(tx: Session, package: AccessPackage, draft: PackageDraft) -> list[ResourceRole]:
    roles = [
        choosing.resource_role(tx, package.tenant_id, each.kind, each.resource_id, each.role_id)
        for each in dict.fromkeys(draft.roles)
    ]
    for position, role in enumerate(roles):
        role.position = position
    return roles


def _tell_waiting_requests(tx: Session, package: AccessPackage, *, by: Actor, at: datetime) -> None:
    waiting = tx.scalars(
        select(AccessRequest)
        .where(AccessRequest.package_id == package.id, AccessRequest.state == RequestState.PENDING_APPROVAL)
        .with_for_update()
    )
    for request in waiting:
        request.package_fingerprint, request.changed_at = package.fingerprint, at
        account = Account(why=f"{package.name} was changed", details={"content": request.content_hash})
        tx.add(event("request.contentChanged", request.subject, by=by, at=at, account=account))


def _record(tx: Session, action: str, package: AccessPackage, *, by: Actor, at: datetime) -> None:
    account = Account(
        details={
            "name": package.name,
            "gives": [role.words for role in package.roles],
            "approvers": [approver.name for approver in package.approvers],
            "owner": package.owner_name,
            "maxDays": package.max_days,
            "launchUrl": package.launch_url,
        }
    )
    subject = Subject(kind="package", id=package.id, tenant_id=package.tenant_id)
    tx.add(event(action, subject, by=by, at=at, account=account))
