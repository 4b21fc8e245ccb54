"""How long people usually let others wait for a decision."""

from collections.abc import Collection
from statistics import median

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.approval import ApprovalStage, Decision
from selfservice.model.request import AccessRequest

MOST_LOOKED_AT = 50
FEWEST = 5


def usual_hours(tx: Session, people: Collection[PersonRef], tenant_id: str = "") -> float | None:
    """Return the median wait, in hours, for the last decisions of these people; None where they took too few to say.

    With a tenant, only their decisions about its packages count.
    """
    if not people:
        return None
    theirs = or_(*((Decision.tenant_id == p.tenant_id) & (Decision.object_id == p.object_id) for p in people))
    query = (
        select(Decision.decided_at, ApprovalStage.opened_at)
        .join(ApprovalStage, ApprovalStage.id == Decision.stage_id)
        .where(theirs, ApprovalStage.opened_at.is_not(None))
        .order_by(Decision.decided_at.desc(), Decision.id)
        .limit(MOST_LOOKED_AT)
    )
    if tenant_id:
        query = query.join(AccessRequest, AccessRequest.id == ApprovalStage.request_id)
        query = query.where(AccessRequest.tenant_id == tenant_id)
    waits = [(decided - opened).total_seconds() / 3600 for decided, opened in tx.execute(query) if opened is not None]
    return median(waits) if len(waits) >= FEWEST else None
