"""Whose guests can be handed over: those whom the reader answers for, and those of a tenant that they administer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from selfservice.model.actor import Actor
from selfservice.model.guest import Guest, GuestStanding
from selfservice.services import authority
from selfservice.services.handing import MOST_AT_ONCE
from selfservice.services.overview import guest_scope
from selfservice.services.overview.marks import mark_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


@dataclass(frozen=True, kw_only=True)
class GuestChoice:
    """A guest who can be handed over."""

    guest_id: str
    name: str
    tenant: str


def guests_to_hand_over(rt: Runtime, by: Actor, wanted: Sequence[str]) -> tuple[GuestChoice, ...]:
    """Return the guests of the actor, and those wanted that an admin may hand over, in the order of their names."""
    allowed = guest_scope.mine(by)
    if authority.administers(rt.settings, by.tenant_id, by=by):
        allowed = or_(allowed, (Guest.tenant_id == by.tenant_id) & Guest.id.in_(list(wanted)[:MOST_AT_ONCE]))
    query = select(Guest).where(allowed, Guest.standing != GuestStanding.GONE)
    with reading(rt.sessions) as tx:
        found = tx.scalars(query.order_by(Guest.display_name, Guest.address_key, Guest.id).limit(MOST_AT_ONCE)).all()
    return tuple(
        GuestChoice(guest_id=guest.id, name=guest.name, tenant=mark_of(rt.settings, guest.tenant_id).name)
        for guest in found
    )
