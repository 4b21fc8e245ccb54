"""One access that a guest holds, and the way to the guest."""

import hashlib
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment
from selfservice.model.guest import Guest
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest
from selfservice.services import authority
from selfservice.services.launching import launch_url
from selfservice.services.overview import guest_scope
from selfservice.services.overview.guest_rows import row_of
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.requests import facts_of, failure_of, gather, is_usable
from selfservice.services.overview.rows import GuestPage
from selfservice.services.overview.story import story
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


def guest_page(rt: Runtime, assignment_id: str, by: Actor) -> GuestPage:
    """Return all about an access that the actor may look at."""
    with reading(rt.sessions) as tx:
        assignment = authority.assignment_to_see(tx, rt.settings, assignment_id, by=by)
        request = tx.get_one(AccessRequest, assignment.request_id)
        package = tx.get_one(AccessPackage, assignment.package_id)
        came = gather(tx, request)
        facts = facts_of(tx, rt, came, package=package)
        page = GuestPage(
            row=row_of(rt.settings, came.told, assignment, by=by, today=rt.clock().date()),
            home=mark_of(rt.settings, request.requestor_tenant_id),
            requestor_name=request.requestor_name,
            sponsor_name=assignment.sponsor_name,
            justification=request.justification,
            gives=came.given or tuple(role.words for role in package.roles),
            ended_at=assignment.ended_at,
            end_reason=assignment.end_reason,
            failure=failure_of(rt, facts, by=by),
            launch_url=launch_url(rt.settings, package) if is_usable(came.told) else "",
            timeline=story(facts),
            guest_id=assignment.guest_id if _may_see(tx, rt, assignment, by=by) else "",
        )
    return replace(page, version=hashlib.sha256(repr(page).encode()).hexdigest()[:20])


def _may_see(tx: Session, rt: Runtime, assignment: Assignment, *, by: Actor) -> bool:
    seen = select(Guest.id).where(Guest.id == assignment.guest_id, guest_scope.seen(rt.settings, by))
    return tx.scalar(seen) is not None
