"""Standing in: who decides for whom right now."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.delegation import Delegation


def running_for(tx: Session, person: PersonRef, *, at: datetime) -> list[Delegation]:
    """Return the delegations by which this person decides for somebody right now, in the order of their names."""
    query = select(Delegation).where(
        Delegation.delegate_tenant_id == person.tenant_id, Delegation.delegate_object_id == person.object_id
    )
    return _holding(tx.scalars(query.order_by(Delegation.name, Delegation.id)), at)


def principals_of(tx: Session, person: PersonRef, *, at: datetime) -> tuple[PersonRef, ...]:
    """Return the people for whom this person decides right now."""
    return tuple(delegation.delegator for delegation in running_for(tx, person, at=at))


def delegates_of(tx: Session, people: Collection[PersonRef], *, at: datetime) -> dict[PersonRef, Delegation]:
    """Return who decides right now for those of these people who are away."""
    if not people:
        return {}
    away = tuple_(Delegation.tenant_id, Delegation.object_id).in_([(p.tenant_id, p.object_id) for p in people])
    query = select(Delegation).where(away).order_by(Delegation.starts_at, Delegation.id)
    return {delegation.delegator: delegation for delegation in _holding(tx.scalars(query), at)}


def _holding(found: Iterable[Delegation], at: datetime) -> list[Delegation]:
    return [delegation for delegation in found if delegation.holds(at=at)]
