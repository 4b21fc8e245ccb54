"""Whether somebody may decide about a request right now, by the rules that will judge their decision."""

from datetime import datetime

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest
from selfservice.model.routing import conflict_of
from selfservice.services.routing import authority_of, stage_interests


def may_decide(tx: Session, package: AccessPackage, request: AccessRequest, *, by: Actor, at: datetime) -> bool:
    """Say whether the actor may decide now."""
    return not why_not(tx, package, request, by=by, at=at)


def why_not(tx: Session, package: AccessPackage, request: AccessRequest, *, by: Actor, at: datetime) -> str:
    """Say why the actor may not decide now, or nothing where they may."""
    stage = request.open_stage
    if stage is None:
        return "This request does not wait for a decision any more."
    if not stage.asks(by.ref):
        return "You were not asked to decide at this stage."
    now = authority_of(tx, package, request, stage, by.ref)
    if now is None:
        return "You are not an approver of this access package any more."
    conflict = conflict_of(now, stage_interests(tx, package, request, stage, at=at))
    if conflict is not None:
        return f"Whoever {conflict.value} does not decide, so somebody else must."
    return ""
