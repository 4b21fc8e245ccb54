"""Whether somebody may decide about a request right now, by the rules that will judge their decision."""

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest
from selfservice.model.routing import has_interest
from selfservice.services.routing import facts_of


def may_decide(tx: Session, package: AccessPackage, request: AccessRequest, *, by: Actor) -> bool:
    """Say whether the actor may decide now."""
    return not why_not(tx, package, request, by=by)


def why_not(tx: Session, package: AccessPackage, request: AccessRequest, *, by: Actor) -> str:
    """Say why the actor may not decide now, or nothing where they may."""
    stage = request.open_stage
    if stage is None:
        return "This request does not wait for a decision any more."
    if not stage.asks(by.ref):
        return "You were not asked to decide at this stage."
    facts = facts_of(tx, package, request)
    now = next((candidate for candidate in facts.candidates if candidate.person == by.ref), None)
    if now is None:
        return "You are not an approver of this access package any more."
    if has_interest(now, facts):
        return "You ask for this, benefit from it, or answer for the guest, so somebody else must decide."
    return ""
