"""The accesses that end soon, and the page on which somebody decides about one of those ends."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, tuple_

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.request import AccessRequest
from selfservice.services import authority, extending
from selfservice.services.overview import paging
from selfservice.services.overview.guest_rows import held, row_of, rows_of
from selfservice.services.overview.requests import gather
from selfservice.services.overview.rows import GuestRow, Page
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

SOON = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class EndingPage:
    """An access about whose end the reader decides. `first` and `last` are the days to which it can be extended;
    `why_not` says why it cannot, and then there are none. `decided_by` let it expire; `pending_id` is an extension that
    waits for a decision.
    """

    row: GuestRow
    first: date
    last: date
    why_not: str = ""
    decided_by: str = ""
    pending_id: str = ""

    @property
    def can_extend(self) -> bool:
        """Whether the access can be extended now."""
        return not self.why_not and not self.pending_id


def endings(rt: Runtime, by: Actor, after: str | None = None) -> Page[GuestRow]:
    """Return the accesses that end within a month and about whose end the actor decides, the next first."""
    today = rt.clock().date()
    mine = or_(
        (Assignment.sponsor_tenant_id == by.tenant_id) & (Assignment.sponsor_object_id == by.object_id),
        (AccessRequest.requestor_tenant_id == by.tenant_id) & (AccessRequest.requestor_object_id == by.object_id),
    )
    query = held().where(mine, Assignment.state == AssignmentState.ACTIVE, Assignment.ends_on <= today + SOON)
    if (start := paging.read_day(after)) is not None:
        query = query.where(tuple_(Assignment.ends_on, Assignment.id) > start[1:])
    query = query.order_by(Assignment.ends_on, Assignment.id).limit(paging.PER_PAGE + 1)
    with reading(rt.sessions) as tx:
        shown, last = paging.cut(tx.execute(query).all())
    return Page(
        rows=rows_of(rt.settings, shown, by=by, today=today),
        next_after=paging.after_day(0, last[0].ends_on, last[0].id) if last else None,
    )


def ending_page(rt: Runtime, assignment_id: str, by: Actor) -> EndingPage:
    """Return what the actor needs to know to decide about the end of an access."""
    today = rt.clock().date()
    with reading(rt.sessions) as tx:
        access = authority.assignment_to_extend(tx, assignment_id, by=by)
        package = tx.get_one(AccessPackage, access.package_id)
        told = gather(tx, tx.get_one(AccessRequest, access.request_id)).told
        pending = extending.pending(tx, access.id)
        first, last = access.ends_on + timedelta(days=1), extending.latest_end(tx, rt, package)
        return EndingPage(
            row=row_of(rt.settings, told, access, by=by, today=today),
            first=first,
            last=last,
            why_not=_why_not(access, package, first, last, today),
            decided_by=access.end_decided_by if access.end_decision else "",
            pending_id=pending.id if pending else "",
        )


def _why_not(access: Assignment, package: AccessPackage, first: date, last: date, today: date) -> str:
    if access.state is not AssignmentState.ACTIVE or access.ends_on < today:
        return "This access is over. If it is still needed, ask for it again."
    if package.state is not PackageState.PUBLISHED:
        return f"{package.name} is not given any more, so it ends on its day."
    if first > last:
        return f"{package.name} is given for at most {(last - today).days} days at a time. Come back when less is left."
    return ""
