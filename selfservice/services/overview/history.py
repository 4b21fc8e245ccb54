"""What was asked for before, of the same guest or by the same requestor, for those who decide now."""

from dataclasses import replace

from sqlalchemy import or_, tuple_
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.request import AccessRequest
from selfservice.services.overview.request_rows import followed, rows_of
from selfservice.services.overview.rows import RequestRow

MOST_HISTORY = 10
RELATIONS = {
    (True, True): "the same guest and requestor",
    (True, False): "the same guest",
    (False, True): "the same requestor",
}


def history_of(tx: Session, settings: Settings, request: AccessRequest) -> tuple[RequestRow, ...]:
    """Return older requests in the same tenant, of this guest or by this requestor, each marked which; newest first."""
    by_requestor = (AccessRequest.requestor_tenant_id == request.requestor_tenant_id) & (
        AccessRequest.requestor_object_id == request.requestor_object_id
    )
    older = tuple_(AccessRequest.submitted_at, AccessRequest.id) < (request.submitted_at, request.id)
    query = (
        followed()
        .where(
            AccessRequest.tenant_id == request.tenant_id,
            older,
            or_(AccessRequest.guest_key == request.guest_key, by_requestor),
        )
        .order_by(AccessRequest.submitted_at.desc(), AccessRequest.id.desc())
        .limit(MOST_HISTORY)
    )
    found = tx.execute(query).all()
    rows = rows_of(settings, found)
    return tuple(replace(row, relation=_relation(before[0], request)) for row, before in zip(rows, found, strict=True))


def _relation(before: AccessRequest, request: AccessRequest) -> str:
    return RELATIONS[before.guest_key == request.guest_key, before.requestor == request.requestor]
