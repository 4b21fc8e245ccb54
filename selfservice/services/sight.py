"""Sight: what the database lets the transactions of a signed-in person see, as the second wall between tenants."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor, PersonRef
from selfservice.model.approval import ApprovalStage, StageApprover
from selfservice.model.request import AccessRequest
from selfservice.services.runtime import Runtime
from selfservice.services.standing_in import principals_of
from selfservice.store.scope import EVERYTHING, NOBODY, Scope, Sight, enter, everything
from selfservice.store.transaction import reading

__all__ = ("EVERYTHING", "NOBODY", "enter", "everything", "scope_of")


def scope_of(rt: Runtime, by: Actor) -> Scope:
    """Return the scope of a person: their tenant, those that people of it ask in or that ask in it, and those in which
    they were asked to decide. Without a wall there is nothing to find out.
    """
    if not rt.sessions.walled:
        return EVERYTHING
    with everything(), reading(rt.sessions) as tx:
        people = (by.ref, *principals_of(tx, by.ref, at=rt.clock()))
        asked_in = _asked_in(tx, people)
    tenants = {by.tenant_id, *_neighbours(rt.settings, by.tenant_id), *asked_in}
    return Scope(sight=Sight.PERSON, tenants=frozenset(tenants), tenant_id=by.tenant_id, object_id=by.object_id)


def _neighbours(settings: Settings, tenant_id: str) -> set[str]:
    """Return the tenants between which and this one people may ask, either way."""
    return {
        other.tenant_id
        for other in settings.tenants.values()
        if settings.may_ask(home_id=tenant_id, resource_id=other.tenant_id)
        or settings.may_ask(home_id=other.tenant_id, resource_id=tenant_id)
    }


def _asked_in(tx: Session, people: tuple[PersonRef, ...]) -> set[str]:
    asked = or_(
        *((StageApprover.tenant_id == each.tenant_id) & (StageApprover.object_id == each.object_id) for each in people)
    )
    stages = (
        select(ApprovalStage.request_id).join(StageApprover, StageApprover.stage_id == ApprovalStage.id).where(asked)
    )
    return set(tx.scalars(select(AccessRequest.tenant_id).where(AccessRequest.id.in_(stages)).distinct()))
