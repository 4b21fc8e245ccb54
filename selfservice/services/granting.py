"""Granting: what follows once a request is agreed to: a delivery, or, for an extension, a later end of what is held."""

from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.package import AccessPackage
from selfservice.model.planning import plan_grant
from selfservice.model.refusal import Refused
from selfservice.model.request import AccessRequest
from selfservice.services import admitting, telling_time
from selfservice.services.eligibility import EndDateRefused
from selfservice.services.runtime import Runtime


class AccessOver(Refused):
    """The access that should go on is over, or is being taken away."""


class ExtensionObjected(Refused):
    """Something has come to stand against the access since the extension was asked for."""


def grant(tx: Session, rt: Runtime, request: AccessRequest, package: AccessPackage, *, by: Actor) -> None:
    """Write down what a request that was just agreed to leads to."""
    if request.extends_id is None:
        tx.add(plan_grant(request, package, at=rt.clock()))
    else:
        _extend(tx, rt, request, package, by=by)


def running(tx: Session, rt: Runtime, assignment_id: str) -> Assignment:
    """Return an access that can still go on, locked, or refuse since it is over."""
    held = tx.get_one(Assignment, assignment_id, with_for_update=True)
    if held.state is not AssignmentState.ACTIVE or held.ends_on < rt.clock().date():
        raise AccessOver(
            f"The access to {held.package_name} is over, so it cannot go on.",
            next_step="Ask for it again.",
            owner="The requestor",
        )
    return held


def ensure_later(request: AccessRequest, held: Assignment) -> None:
    """Refuse an extension that is none."""
    if request.ends_on <= held.ends_on:
        raise EndDateRefused(
            f"The access lasts until {held.ends_on.isoformat()} as it is.",
            next_step="Choose a later day, or say no: then it ends on that day.",
            owner="You",
        )


def _extend(tx: Session, rt: Runtime, request: AccessRequest, package: AccessPackage, *, by: Actor) -> None:
    held = running(tx, rt, str(request.extends_id))
    ensure_later(request, held)
    if against := admitting.drift_of(tx, rt, package, request):
        raise ExtensionObjected(
            against, next_step="Say no: then the access ends on its day.", owner=package.owner_name or "You"
        )
    tx.add(held.extend(request.ends_on, by=by, at=rt.clock(), request_id=request.id, why=request.justification))
    tx.add(request.take("deliver", by=SYSTEM, at=rt.clock()))
    telling_time.strike(tx, held.id)
    telling_time.extended(tx, rt, request, held)
