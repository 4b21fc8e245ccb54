"""Cataloguing: an admin says what can be asked for in the tenant they administer. Ids come from forms; what they stand
for, and whether it may be given at all, comes from the mirror.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, Subject, event
from selfservice.model.package import AccessPackage, PackageIncomplete, PackageState
from selfservice.model.policy import policy_to_data
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import authority, choosing, drafting, drawing_up, policing
from selfservice.services.drawing_up import PackageDraft, PartyChoice, RoleChoice, draft_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

__all__ = (
    "PackageDraft",
    "PartyChoice",
    "RoleChoice",
    "change_package",
    "create_package",
    "draft_of",
    "publish",
    "retire",
)


def create_package(rt: Runtime, draft: PackageDraft, *, by: Actor) -> str:
    """Write down a new package, not yet open for requests, and return its id."""
    if not authority.administers(rt.settings, draft.tenant_id, by=by):
        raise NotFound
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        package = AccessPackage(tenant_id=draft.tenant_id, name="", created_at=at, changed_at=at)
        drawing_up.write(tx, rt, package, draft, by=by, at=at)
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
        drawing_up.write(tx, rt, package, draft, by=by, at=at)
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


def _ensure_complete(package: AccessPackage) -> None:
    if package.state is PackageState.PUBLISHED and not (package.roles and package.approvers):
        raise PackageIncomplete(
            "A published access package gives something and has an approver.",
            next_step="Leave at least one of each, or retire it.",
            owner="You",
        )


def _tell_waiting_requests(tx: Session, package: AccessPackage, *, by: Actor, at: datetime) -> None:
    waiting = tx.scalars(
        select(AccessRequest)
        .where(AccessRequest.package_id == package.id, AccessRequest.state == RequestState.PENDING_APPROVAL)
        .with_for_update()
    )
    for request in waiting:
        request.package_fingerprint, request.changed_at = package.fingerprint, at
        drafting.revise(tx, request, by=by, why=f"{package.name} was changed")
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
            "catalog": package.catalog_id,
            "risk": package.risk,
            "tags": package.tags,
            "questions": package.questions,
            "termsVersion": package.terms_version,
            "policy": policy_to_data(policing.policy_of(tx, package.tenant_id, package.id)),
        }
    )
    subject = Subject(kind="package", id=package.id, tenant_id=package.tenant_id)
    tx.add(event(action, subject, by=by, at=at, account=account))
