"""Guest objects that differ: what we recorded of a guest against what the mirror knows of the object."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState
from selfservice.model.directory import UserType
from selfservice.model.drift import DriftKind, Sight
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.mirror import DirectorySponsor
from selfservice.model.package import PartyKind
from selfservice.model.person import Person
from selfservice.model.sponsor import GuestSponsor
from selfservice.services.drift_scope import Scope, old_enough, settled, stream
from selfservice.services.foreseeing import RUNNING


def changed_guests(tx: Session, scope: Scope) -> Iterator[Sight]:
    """Return what differs of guest objects that we look after, or that hold an access."""
    there, enabled, last = Person.removed_at.is_(None), Person.enabled, _our_last_act()
    is_taken = last.in_((ActKind.BLOCK, ActKind.DELETE))
    conditions: dict[DriftKind, ColumnElement[bool]] = {
        DriftKind.GUEST_GONE: and_(
            or_(Person.object_id.is_(None), ~there), Guest.standing != GuestStanding.GONE, last != ActKind.DELETE
        ),
        DriftKind.GUEST_DISABLED: and_(there, ~enabled, ~is_taken),
        DriftKind.GUEST_ENABLED: and_(there, enabled, is_taken, ~_was_given_since()),
        DriftKind.TREATED_OTHERWISE: and_(
            there, Guest.managed, Person.user_type == UserType.MEMBER, ~_was_made_member()
        ),
        DriftKind.ADDRESS_CHANGED: and_(there, Person.mail_key.is_not(None), Person.mail_key != Guest.address_key),
    }
    query = (
        select(Guest, Person, *conditions.values())
        .outerjoin(Person, and_(Person.tenant_id == Guest.tenant_id, Person.object_id == Guest.object_id))
        .where(*old_enough(scope), or_(Guest.managed, _holds_something()), or_(*conditions.values()))
    )
    for guest, person, *differs in stream(tx, query):
        for kind, found in zip(conditions, differs, strict=True):
            if found:
                yield _sight(kind, guest, person)


def missing_sponsors(tx: Session, scope: Scope) -> Iterator[Sight]:
    """Return guests whose directory object lacks a sponsor who answers for them here and is known there."""
    here = aliased(Guest)
    known_as = func.coalesce(here.object_id, GuestSponsor.object_id)
    named = exists().where(
        DirectorySponsor.tenant_id == Guest.tenant_id,
        DirectorySponsor.user_id == Guest.object_id,
        DirectorySponsor.sponsor_id == known_as,
    )
    as_guest = and_(
        here.tenant_id == Guest.tenant_id,
        here.home_tenant_id == GuestSponsor.tenant_id,
        here.home_object_id == GuestSponsor.object_id,
        here.standing == GuestStanding.ACTIVE,
    )
    query = (
        select(Guest, GuestSponsor)
        .join(GuestSponsor, GuestSponsor.guest_id == Guest.id)
        .outerjoin(here, as_guest)
        .where(*settled(scope), Guest.managed, GuestSponsor.since < scope.horizon, ~GuestSponsor.interim)
        .where(or_(GuestSponsor.tenant_id == Guest.tenant_id, here.id.is_not(None)), ~named)
    )
    for guest, sponsor in stream(tx, query):
        what = "the group " if sponsor.kind is PartyKind.GROUP else ""
        cause = f"{what}{sponsor.name or 'a sponsor'} is not named as a sponsor in the directory."
        yield Sight(
            kind=DriftKind.SPONSOR_MISSING, object_id=guest.object_id, name=guest.name, guest_id=guest.id, cause=cause
        )


def _sight(kind: DriftKind, guest: Guest, person: Person | None) -> Sight:
    gone_at = person.removed_at if person else None
    cause = {
        DriftKind.GUEST_GONE: "The mirror no longer finds the object: somebody else deleted it in the directory.",
        DriftKind.GUEST_DISABLED: "Somebody else disabled the object in the directory.",
        DriftKind.GUEST_ENABLED: "Somebody else enabled or restored the object in the directory.",
        DriftKind.TREATED_OTHERWISE: "Somebody else made the guest a member in the directory.",
        DriftKind.ADDRESS_CHANGED: f"The directory has {person.mail if person else ''} now, and not {guest.address}.",
    }[kind]
    return Sight(kind=kind, object_id=guest.object_id, name=guest.name, guest_id=guest.id, since=gone_at, cause=cause)


def _our_last_act() -> ColumnElement[str]:
    """Return what we did last to the guest object; what others did to it has no delivery."""
    ours = (
        select(GuestAct.kind)
        .where(GuestAct.guest_id == Guest.id, GuestAct.state == ActState.DONE, GuestAct.delivery_id.is_not(None))
        .order_by(GuestAct.at.desc())
        .limit(1)
        .correlate(Guest)
    )
    return func.coalesce(ours.scalar_subquery(), "")


def _was_given_since() -> ColumnElement[bool]:
    """An access that was approved after we had blocked the guest lets them in again."""
    return exists().where(
        Assignment.guest_id == Guest.id,
        Assignment.state.in_(RUNNING),
        GuestAct.guest_id == Guest.id,
        GuestAct.state == ActState.DONE,
        GuestAct.kind.in_((ActKind.BLOCK, ActKind.DELETE)),
        Assignment.starts_at > GuestAct.at,
    )


def _was_made_member() -> ColumnElement[bool]:
    return exists().where(
        Delivery.guest_id == Guest.id, Delivery.kind == DeliveryKind.TREAT, Delivery.state == DeliveryState.DONE
    )


def _holds_something() -> ColumnElement[bool]:
    return exists().where(Assignment.guest_id == Guest.id, Assignment.state.in_(RUNNING))
