"""Foreseeing: what will happen to a guest, by our rows and the tenant's settings. The sweep that does it, the pages
that show it, and the report of a tenant that only reports, ask the same.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.guest import Guest
from selfservice.model.lifecycle import (
    DEFAULT,
    GuestFacts,
    KeptLifecycle,
    Lifecycle,
    end_of,
    lifecycle_from_data,
)
from selfservice.model.mirror import MirrorKind, MirrorState
from selfservice.model.person import Person

RUNNING = (AssignmentState.ACTIVE, AssignmentState.ENDING, AssignmentState.END_FAILED)
"""Accesses that the guest has, or may still have: while there is one, nothing is over."""


def policy_of(tx: Session, tenant_id: str) -> Lifecycle:
    """Return the lifecycle settings of a tenant; one without any only reports."""
    kept = tx.get(KeptLifecycle, tenant_id)
    return replace(lifecycle_from_data(kept.body), enforced_at=kept.enforced_at) if kept else DEFAULT


def facts_of(tx: Session, guest: Guest) -> GuestFacts:
    """Return what the rules need to know of a guest."""
    return facts_of_all(tx, [guest])[guest.id]


def facts_of_all(tx: Session, guests: Collection[Guest]) -> Mapping[str, GuestFacts]:
    """Return what the rules need to know of guests, by the guest's id, in a handful of queries."""
    ids = [guest.id for guest in guests]
    ends, over = _ends(tx, ids), _over(tx, ids)
    people = _people(tx, {(guest.tenant_id, guest.object_id) for guest in guests})
    homes = _people(tx, {(g.home_tenant_id, g.home_object_id) for g in guests if g.home_tenant_id and g.home_object_id})
    licensed = _licensed(tx, {guest.tenant_id for guest in guests})
    found = {}
    for guest in guests:
        person = people.get((guest.tenant_id, guest.object_id))
        home = homes.get((guest.home_tenant_id or "", guest.home_object_id or ""))
        found[guest.id] = GuestFacts(
            managed=guest.managed,
            user_type=person.user_type if person else None,
            standing=guest.standing,
            standing_since=guest.standing_since,
            standing_cause=guest.standing_cause,
            ensured_at=guest.ensured_at,
            redeemed_at=guest.redeemed_at,
            last_sign_in_at=person.last_sign_in_at if person else None,
            sign_in_known=guest.tenant_id in licensed,
            ends=(*ends.get(guest.id, ()), *((guest.ends_on,) if _still(guest, over) else ())),
            access_over_at=_last(guest, over.get(guest.id)),
            runs=guest.id in ends,
            warned_at=guest.warned_at,
            warned_cause=guest.warned_cause,
            is_leaver=home is not None and not home.active,
        )
    return found


def _still(guest: Guest, over: Mapping[str, datetime]) -> bool:
    """A day until which a guest was taken in counts while it lies ahead of whatever else was over."""
    return guest.ends_on is not None and (guest.id not in over or end_of(guest.ends_on) > over[guest.id])


def _last(guest: Guest, over: datetime | None) -> datetime | None:
    taken_in = end_of(guest.ends_on) if guest.ends_on else None
    return max((each for each in (over, taken_in) if each is not None), default=None)


def _ends(tx: Session, ids: Iterable[str]) -> dict[str, tuple[date, ...]]:
    rows = tx.execute(
        select(Assignment.guest_id, Assignment.ends_on).where(
            Assignment.guest_id.in_(ids), Assignment.state.in_(RUNNING)
        )
    )
    found: dict[str, tuple[date, ...]] = {}
    for guest_id, ends_on in rows:
        found[guest_id] = (*found.get(guest_id, ()), ends_on)
    return found


def _over(tx: Session, ids: Iterable[str]) -> dict[str, datetime]:
    query = (
        select(Assignment.guest_id, func.max(Assignment.ended_at))
        .where(Assignment.guest_id.in_(ids), Assignment.state == AssignmentState.ENDED)
        .group_by(Assignment.guest_id)
    )
    return {guest_id: over for guest_id, over in tx.execute(query) if over is not None}


def _people(tx: Session, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], Person]:
    query = select(Person).where(
        Person.tenant_id.in_({tenant_id for tenant_id, _ in keys}), Person.object_id.in_({key for _, key in keys})
    )
    return {(person.tenant_id, person.object_id): person for person in tx.scalars(query)}


def _licensed(tx: Session, tenant_ids: Collection[str]) -> frozenset[str]:
    """Return the tenants whose sign-ins we are told of."""
    query = select(MirrorState.tenant_id).where(
        MirrorState.tenant_id.in_(tenant_ids),
        MirrorState.kind == MirrorKind.SIGN_INS,
        MirrorState.synced_at.is_not(None),
        MirrorState.failed_at.is_(None),
    )
    return frozenset(tx.scalars(query))
