"""How accesses are read for lists: each with its guest and the request behind it, in one query."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Row, Select, select

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.services import authority
from selfservice.services.overview import standing
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.request_rows import Followed
from selfservice.services.overview.rows import GuestRow

Held = Row[Assignment, AccessRequest, Guest, Person]


def held() -> Select[Assignment, AccessRequest, Guest, Person]:
    """Return the query for accesses with their guests; the mirror may not know a guest yet."""
    return (
        select(Assignment, AccessRequest, Guest, Person)
        .join(AccessRequest, AccessRequest.id == Assignment.request_id)
        .join(Guest, Guest.id == Assignment.guest_id)
        .outerjoin(Person, (Person.tenant_id == Guest.tenant_id) & (Person.object_id == Guest.object_id))
    )


def rows_of(settings: Settings, found: Iterable[Held], *, by: Actor, today: date) -> tuple[GuestRow, ...]:
    """Return the rows of what such a query found."""
    return tuple(
        row_of(
            settings,
            Followed(request=request, assignment=assignment, guest=guest, person=person),
            assignment,
            by=by,
            today=today,
        )
        for assignment, request, guest, person in found
    )


def row_of(settings: Settings, told: Followed, assignment: Assignment, *, by: Actor, today: date) -> GuestRow:
    """Return one access as a row."""
    request = told.request
    stands = standing.of_assignment(assignment, told.redemption)
    may_end = authority.may_end(settings, assignment, request, by=by)
    return GuestRow(
        assignment_id=assignment.id,
        request_id=assignment.request_id,
        guest_name=request.guest_name or (told.guest.display_name if told.guest else ""),
        guest_address=request.guest_address,
        tenant=mark_of(settings, assignment.tenant_id),
        package_name=assignment.package_name,
        for_self=request.for_self,
        state=assignment.state,
        state_words=stands.words,
        tone=stands.tone,
        redemption=told.redemption,
        ends_on=assignment.ends_on,
        ends_in_days=(assignment.ends_on - today).days,
        starts_at=assignment.starts_at,
        can_end=assignment.state is AssignmentState.ACTIVE and may_end,
    )
