"""Delegating: an approver who is away lets a colleague decide for them, for a window of days."""

from datetime import date

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind, PersonRef
from selfservice.model.audit import Account, event
from selfservice.model.delegation import Delegation, DelegationRefused, window_of
from selfservice.model.person import Person
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.services import notifying
from selfservice.services.eligibility import clean_text
from selfservice.services.finding import employees_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


class DelegationOver(NotAllowed):
    """The delegation has ended already."""


def delegate(rt: Runtime, *, by: Actor, to: PersonRef, starts_on: date, ends_on: date, reason: str) -> str:
    """Let a colleague decide for the actor from the first day to the last, and return the delegation's id."""
    why, at = clean_text(reason, what="reason", longest=300), rt.clock()
    starts_at, ends_at = window_of(starts_on, ends_on, today=at.date())
    with transaction(rt.sessions) as tx:
        colleague = _pair(tx, by, to)
        delegation = Delegation(
            tenant_id=by.tenant_id,
            object_id=by.object_id,
            name=by.name,
            delegate_tenant_id=to.tenant_id,
            delegate_object_id=to.object_id,
            delegate_name=colleague.display_name,
            starts_at=max(starts_at, at),
            ends_at=ends_at,
            reason=why,
            created_at=at,
        )
        delegation.ensure_fits(_of_either(tx, by.ref, to))
        tx.add(delegation)
        details = {"to": to.object_id, "from": starts_on.isoformat(), "until": ends_on.isoformat()}
        account = Account(why=why, details=details)
        tx.add(event("delegation.give", delegation.subject, by=by, at=at, account=account))
        notifying.delegation_given(tx, rt, delegation)
    rt.waker.wake("mail")
    return delegation.id


def end(rt: Runtime, delegation_id: str, *, by: Actor) -> None:
    """End a delegation before its time: whoever gave it, or whoever decides by it, may."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        delegation = tx.get(Delegation, delegation_id, with_for_update=True)
        if delegation is None or by.kind is not ActorKind.PERSON:
            raise NotFound
        if by.ref not in (delegation.delegator, delegation.delegate):
            raise NotFound
        if delegation.until <= at:
            raise DelegationOver("This delegation is over already.", next_step="Nothing is left to end.", owner="You")
        delegation.ended_at = at
        tx.add(event("delegation.end", delegation.subject, by=by, at=at))


def _pair(tx: Session, by: Actor, to: PersonRef) -> Person:
    """Return the colleague, with both people locked, so that two delegations at once cannot make a chain."""
    if by.kind is not ActorKind.PERSON or to == by.ref or to.tenant_id != by.tenant_id:
        raise _not_a_colleague()
    wanted = employees_of(by.tenant_id).where(Person.object_id.in_([by.object_id, to.object_id]))
    locked = tx.scalars(wanted.order_by(Person.object_id).with_for_update()).all()
    people = {person.object_id: person for person in locked}
    if by.object_id not in people or to.object_id not in people:
        raise _not_a_colleague()
    return people[to.object_id]


def _not_a_colleague() -> DelegationRefused:
    return DelegationRefused(
        "Whoever decides for you must be another active employee of your own organisation.",
        next_step="Choose a colleague.",
        owner="You",
    )


def _of_either(tx: Session, one: PersonRef, other: PersonRef) -> list[Delegation]:
    people = [(person.tenant_id, person.object_id) for person in (one, other)]
    query = select(Delegation).where(
        or_(
            tuple_(Delegation.tenant_id, Delegation.object_id).in_(people),
            tuple_(Delegation.delegate_tenant_id, Delegation.delegate_object_id).in_(people),
        )
    )
    return list(tx.scalars(query.order_by(Delegation.starts_at, Delegation.id)))
