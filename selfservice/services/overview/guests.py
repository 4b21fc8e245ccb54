"""The guests whom I answer for, and one of their accesses."""

import hashlib
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, tuple_

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest
from selfservice.services import authority
from selfservice.services.launching import launch_url
from selfservice.services.overview import paging
from selfservice.services.overview.guest_rows import RANK, held, rank_of, row_of, rows_of
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.requests import facts_of, failure_of, gather, is_usable
from selfservice.services.overview.rows import GuestPage, GuestRow, Page
from selfservice.services.overview.story import story
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


def answered_for(by: Actor) -> ColumnElement[bool]:
    """Return the condition for accesses of guests whom the actor answers for; one's own access is no guest's."""
    return and_(
        Assignment.sponsor_tenant_id == by.tenant_id,
        Assignment.sponsor_object_id == by.object_id,
        AccessRequest.for_self.is_(False),
    )


def my_guests(rt: Runtime, by: Actor, after: str | None = None) -> Page[GuestRow]:
    """Return the accesses of my guests, those that end first before the others, those that are over last."""
    query = held().where(answered_for(by)).order_by(RANK, Assignment.ends_on, Assignment.id).limit(paging.PER_PAGE + 1)
    start = paging.read_day(after)
    if start is not None:
        query = query.where(tuple_(RANK, Assignment.ends_on, Assignment.id) > start)
    with reading(rt.sessions) as tx:
        shown, last = paging.cut(tx.execute(query).all())
    return Page(
        rows=rows_of(rt.settings, shown, by=by, today=rt.clock().date()),
        next_after=paging.after_day(rank_of(last[0]), last[0].ends_on, last[0].id) if last else None,
    )


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
        )
    return replace(page, version=hashlib.sha256(repr(page).encode()).hexdigest()[:20])
