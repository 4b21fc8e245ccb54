"""The audit trail of what an admin or auditor oversees, newest first."""

import re
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor, ActorKind
from selfservice.model.assignment import Assignment
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery
from selfservice.model.request import AccessRequest
from selfservice.services import authority
from selfservice.services.overview import paging
from selfservice.services.overview.admin_rows import AuditRow
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rows import Page
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
LONGEST_FILTER = 100


def audit(
    rt: Runtime, by: Actor, after: str | None = None, *, action: str = "", object_id: str = "", person: str = ""
) -> Page[AuditRow]:
    """Return who did what, why and when. `action` may be how one begins; `person` is an object id or part of a name."""
    query = select(AuditEvent).where(_overseen(rt.settings, by)).order_by(AuditEvent.number.desc())
    if action:
        query = query.where(AuditEvent.action.startswith(action[:LONGEST_FILTER], autoescape=True))
    if object_id:
        query = query.where(AuditEvent.object_id == object_id[:LONGEST_FILTER])
    if person:
        query = query.where(_by_person(person[:LONGEST_FILTER]))
    start = paging.read_number(after)
    if start is not None:
        query = query.where(AuditEvent.number < start)
    with reading(rt.sessions) as tx:
        shown, last = paging.cut(tx.scalars(query.limit(paging.PER_PAGE + 1)).all())
    return Page(
        rows=tuple(_row(rt.settings, event) for event in shown),
        next_after=str(last.number) if last else None,
    )


def _overseen(settings: Settings, by: Actor) -> ColumnElement[bool]:
    if authority.oversees(settings, by.tenant_id, by=by):
        return AuditEvent.tenant_id == by.tenant_id
    if not authority.oversees_people_of(settings, by.tenant_id, by=by):
        return false()
    asked_here = AccessRequest.requestor_tenant_id == by.tenant_id
    return or_(
        AuditEvent.tenant_id == by.tenant_id,
        AuditEvent.actor_tenant_id == by.tenant_id,
        _about("request", select(AccessRequest.id).where(asked_here)),
        _about("delivery", select(Delivery.id).join(AccessRequest).where(asked_here)),
        _about("assignment", select(Assignment.id).join(AccessRequest).where(asked_here)),
    )


def _about(kind: str, ids: Select[str]) -> ColumnElement[bool]:
    return and_(AuditEvent.object_kind == kind, AuditEvent.object_id.in_(ids))


def _by_person(person: str) -> ColumnElement[bool]:
    if GUID.fullmatch(person):
        return AuditEvent.actor_object_id == person.lower()
    return AuditEvent.actor_name.icontains(person, autoescape=True)


def _row(settings: Settings, event: AuditEvent) -> AuditRow:
    person = event.actor_kind is ActorKind.PERSON
    return AuditRow(
        number=event.number,
        at=event.at,
        action=event.action,
        actor_name=event.actor_name,
        actor_object_id=event.actor_object_id,
        actor_tenant=mark_of(settings, event.actor_tenant_id) if person else None,
        is_system=not person,
        object_kind=event.object_kind,
        object_id=event.object_id,
        tenant=mark_of(settings, event.tenant_id),
        why=event.why,
        graph_request_id=event.graph_request_id,
        remote_address=event.remote_address,
        details=_details(event.details),
    )


def _details(details: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _text(value)) for name, value in details.items() if value not in ("", None, []))


def _text(value: object) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)
