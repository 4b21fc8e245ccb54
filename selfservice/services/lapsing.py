"""Lapsing: whoever answers for an access lets it end on its day, which is an answer too, or thinks again."""

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment
from selfservice.model.refusal import Refused
from selfservice.services import authority, extending, granting, telling_time
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


class ExtensionPending(Refused):
    """Somebody has asked that the access goes on, and that is not decided yet."""


def let_expire(rt: Runtime, assignment_id: str, *, by: Actor) -> None:
    """Let the access end on its day; nobody is warned of it any more."""
    with transaction(rt.sessions) as tx:
        held = _held(tx, rt, assignment_id, by=by)
        if extending.pending(tx, held.id) is not None:
            raise ExtensionPending(
                "It was asked that this access goes on, and that is not decided yet.",
                next_step="Whoever asked can withdraw the request; then let it expire.",
                owner="The requestor",
            )
        if held.end_decision is None:
            tx.add(held.let_expire(by=by, at=rt.clock()))
            telling_time.strike(tx, held.id)


def think_again(rt: Runtime, assignment_id: str, *, by: Actor) -> None:
    """Leave it open again whether the access ends on its day."""
    with transaction(rt.sessions) as tx:
        held = _held(tx, rt, assignment_id, by=by)
        if held.end_decision is not None:
            tx.add(held.think_again(by=by, at=rt.clock()))


def _held(tx: Session, rt: Runtime, assignment_id: str, *, by: Actor) -> Assignment:
    authority.assignment_to_extend(tx, assignment_id, by=by)
    return granting.running(tx, rt, assignment_id)
