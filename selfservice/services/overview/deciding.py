"""The inbox of those who decide, and all that they need to know to do so."""

from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor
from selfservice.model.address import domain_of
from selfservice.model.approval import StageState
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.guest import Guest
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import authority
from selfservice.services.overview import paging, standing
from selfservice.services.overview.interest import why_not
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.request_rows import followed, rows_of
from selfservice.services.overview.requests import page_of
from selfservice.services.overview.rows import DecisionPage, InboxRow, KnownGuest, Page, Redemption, RequestRow
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

MOST_HISTORY = 10


def waiting_for(by: Actor) -> Select[AccessRequest]:
    """Return the query for requests of the actor's tenant that wait for their decision now."""
    return select(AccessRequest).where(
        AccessRequest.tenant_id == by.tenant_id,
        AccessRequest.state == RequestState.PENDING_APPROVAL,
        authority.asked(by, StageState.OPEN),
    )


def inbox(rt: Runtime, by: Actor, after: str | None = None, *, show: str = "waiting") -> Page[InboxRow]:
    """Return what waits for the actor, oldest first; or what they were asked about before, newest first."""
    key = tuple_(AccessRequest.submitted_at, AccessRequest.id)
    start = paging.read_moment(after)
    if show == "decided":
        query = _settled_for(by).order_by(AccessRequest.submitted_at.desc(), AccessRequest.id.desc())
        query = query.where(key < start) if start else query
    else:
        query = waiting_for(by).order_by(AccessRequest.submitted_at, AccessRequest.id)
        query = query.where(key > start) if start else query
    with reading(rt.sessions) as tx:
        shown, last = paging.cut(tx.scalars(query.limit(paging.PER_PAGE + 1)).all())
    return Page(
        rows=tuple(_inbox_row(rt.settings, request) for request in shown),
        next_after=paging.after_moment(last.submitted_at, last.id) if last else None,
    )


def decision_page(rt: Runtime, request_id: str, by: Actor) -> DecisionPage:
    """Return all that is needed to decide about a request that the actor was asked about."""
    with reading(rt.sessions) as tx:
        request = authority.request_to_decide(tx, request_id, by=by)
        package = tx.get_one(AccessPackage, request.package_id)
        refusal = why_not(tx, package, request, by=by, at=rt.clock())
        page = page_of(tx, rt, request, by=by)
        return DecisionPage(
            request=page,
            known=_known(tx, rt.settings, request),
            others=_others(request, by),
            history=_history(tx, rt.settings, request),
            may_decide=not refusal,
            decided_by=page.decided_by if request.open_stage is None else "",
            why_not=refusal,
        )


def _settled_for(by: Actor) -> Select[AccessRequest]:
    settled = (StageState.APPROVED, StageState.DENIED, StageState.ENDED)
    return select(AccessRequest).where(AccessRequest.tenant_id == by.tenant_id, authority.asked(by, *settled))


def _inbox_row(settings: Settings, request: AccessRequest) -> InboxRow:
    stage = request.open_stage
    decisions = [decision for each in request.stages for decision in each.decisions]
    stands = standing.of_request(request, None, Redemption.UNKNOWN)
    return InboxRow(
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
        state=request.state,
        state_words=stands.words,
        tone=stands.tone,
        submitted_at=request.submitted_at,
        answer_by=stage.answer_by if stage else None,
        decided_by=decisions[-1].name if decisions else "",
    )


def _others(request: AccessRequest, by: Actor) -> tuple[str, ...]:
    asked = request.open_stage or next((stage for stage in request.stages if stage.asks(by.ref)), None)
    return tuple(each.name for each in asked.approvers if each.ref != by.ref) if asked else ()


def _history(tx: Session, settings: Settings, request: AccessRequest) -> tuple[RequestRow, ...]:
    same_requestor = (AccessRequest.requestor_tenant_id == request.requestor_tenant_id) & (
        AccessRequest.requestor_object_id == request.requestor_object_id
    )
    query = (
        followed()
        .where(
            AccessRequest.tenant_id == request.tenant_id,
            AccessRequest.id != request.id,
            or_(AccessRequest.guest_key == request.guest_key, same_requestor),
        )
        .order_by(AccessRequest.submitted_at.desc(), AccessRequest.id.desc())
        .limit(MOST_HISTORY)
    )
    return rows_of(settings, tx.execute(query))


def _known(tx: Session, settings: Settings, request: AccessRequest) -> KnownGuest:
    """What the resource tenant, and only that one, knows of the guest: by the object we ensured, else by address."""
    guest = tx.scalars(
        select(Guest)
        .where(Guest.tenant_id == request.tenant_id, Guest.address_key == request.guest_key)
        .order_by(Guest.ensured_at.desc())
        .limit(1)
    ).first()
    person = _person(tx, request, guest)
    domain = domain_of(request.guest_address)
    shown = shown_domain(domain)
    home = next((tenant for tenant in settings.tenants.values() if domain in tenant.domains), None)
    return KnownGuest(
        exists=guest is not None or person is not None,
        display_name=(person.display_name if person else "") or (guest.display_name if guest else ""),
        redemption=standing.of_invitation(guest, person),
        enabled=person.enabled if person else True,
        domain=domain,
        ascii_domain_differs=shown != domain,
        shown_domain=shown,
        is_home_domain_of=home.name if home and home.is_home else "",
        holds=_holds(tx, guest) if guest else (),
    )


def _person(tx: Session, request: AccessRequest, guest: Guest | None) -> Person | None:
    query = select(Person).where(Person.tenant_id == request.tenant_id, Person.removed_at.is_(None))
    if guest is not None:
        query = query.where(Person.object_id == guest.object_id)
    else:
        query = query.where(Person.mail_key == request.guest_key).order_by(Person.object_id)
    return tx.scalars(query.limit(1)).first()


def _holds(tx: Session, guest: Guest) -> tuple[str, ...]:
    held = select(Assignment.package_name).where(
        Assignment.guest_id == guest.id,
        Assignment.tenant_id == guest.tenant_id,
        Assignment.state == AssignmentState.ACTIVE,
    )
    return tuple(sorted(tx.scalars(held)))


def shown_domain(domain: str) -> str:
    """Return a domain as people would read it, where it is written in ASCII for machines."""
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain
