"""How requests are read for lists: each with the access it led to and the guest who holds it, in one query."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Row, Select, select

from selfservice.config.settings import Settings
from selfservice.model.assignment import Assignment
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services.overview import standing
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rows import Redemption, RequestRow
from selfservice.services.overview.stages import silent_names

Found = Row[AccessRequest, Assignment, Guest, Person]


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A request and what came of it."""

    request: AccessRequest
    assignment: Assignment | None = None
    guest: Guest | None = None
    person: Person | None = None

    @property
    def redemption(self) -> Redemption:
        """Where the invitation stands."""
        return standing.of_invitation(self.guest, self.person)


def followed() -> Select[AccessRequest, Assignment, Guest, Person]:
    """Return the query for requests and what came of them."""
    return (
        select(AccessRequest, Assignment, Guest, Person)
        .outerjoin(Assignment, Assignment.request_id == AccessRequest.id)
        .outerjoin(Guest, Guest.id == Assignment.guest_id)
        .outerjoin(Person, (Person.tenant_id == Guest.tenant_id) & (Person.object_id == Guest.object_id))
    )


def rows_of(settings: Settings, found: Iterable[Found]) -> tuple[RequestRow, ...]:
    """Return the rows of what such a query found."""
    return tuple(
        row_of(settings, Followed(request=request, assignment=assignment, guest=guest, person=person))
        for request, assignment, guest, person in found
    )


def row_of(settings: Settings, told: Followed) -> RequestRow:
    """Return one request as a row."""
    request = told.request
    stands = standing.of_request(request, told.assignment, told.redemption)
    stage = request.open_stage
    return RequestRow(
        id=request.id,
        package_name=request.package_name,
        tenant=mark_of(settings, request.tenant_id),
        home=mark_of(settings, request.requestor_tenant_id),
        for_self=request.for_self,
        guest_address=request.guest_address,
        guest_name=request.guest_name,
        requestor_name=request.requestor_name,
        sponsor_name=request.sponsor_name,
        ends_on=request.ends_on,
        justification=request.justification,
        message=request.message,
        state=request.state,
        state_words=stands.words,
        tone=stands.tone,
        submitted_at=request.submitted_at,
        waiting_for=silent_names(stage) if stage else (),
        is_moving=request.state is RequestState.DELIVERING,
    )
