"""What one comparison looks at, and what it leaves alone because somebody of ours is at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from selfservice.model.act import GuestAct
from selfservice.model.delivery import Delivery, DeliveryState
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.mirror import MirrorKind

AT_ONCE = 500

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is compared. `horizon`: what we did after it, the mirror may not know yet."""

    tenant_id: str
    part: MirrorKind
    horizon: datetime


def under_way(scope: Scope) -> Select[str | None]:
    """Return the objects that a delivery is at work on: what is true of them changes at this moment."""
    return (
        select(Delivery.guest_object_id)
        .where(Delivery.tenant_id == scope.tenant_id, Delivery.state == DeliveryState.WORKING)
        .where(Delivery.guest_object_id.is_not(None))
    )


def settled(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for guests who are there by our rows, and of whom the mirror knows what we did last."""
    return (
        Guest.standing.not_in((GuestStanding.DELETED, GuestStanding.GONE)),
        *old_enough(scope),
    )


def old_enough(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for guests of whom the mirror knows what we did last."""
    return (
        Guest.tenant_id == scope.tenant_id,
        Guest.ensured_at < scope.horizon,
        ~exists().where(
            GuestAct.guest_id == Guest.id, GuestAct.delivery_id.is_not(None), GuestAct.settled_at >= scope.horizon
        ),
        Guest.object_id.not_in(under_way(scope)),
    )


def stream(tx: Session, query: Select[*Columns]) -> Iterator[tuple[*Columns]]:
    """Return the rows of a query a few hundred at a time, and forget each lot before the next."""
    for rows in tx.execute(query.execution_options(yield_per=AT_ONCE)).partitions():
        yield from rows
        tx.expunge_all()
