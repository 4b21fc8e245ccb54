"""Which guest objects somebody may look at, as conditions: a page never joins to one that they may not (S23)."""

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, false, not_, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor, ActorKind
from selfservice.model.assignment import Assignment
from selfservice.model.directory import RedemptionState
from selfservice.model.group import GroupMembership
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.package import AccessPackage, PartyKind
from selfservice.model.person import Person
from selfservice.model.sponsor import GuestSponsor
from selfservice.services import authority
from selfservice.services.foreseeing import RUNNING

Column = InstrumentedAttribute[str]


def mine(by: Actor) -> ColumnElement[bool]:
    """Return the condition for guests whom the actor answers for: as an access's sponsor, as one named for them, or who
    was the last, or the owner of what somebody holds who has no other sponsor. One's own guest object is no guest.
    """
    if by.kind is not ActorKind.PERSON:
        return false()
    others = Guest.home_object_id.is_(None) | not_(is_own(by))
    return and_(Guest.id.in_(_mine(by)), others)


def is_own(by: Actor) -> ColumnElement[bool]:
    """Return the condition for the guest objects that are the actor themself in other tenants."""
    return and_(Guest.home_tenant_id == by.tenant_id, Guest.home_object_id == by.object_id)


def overseen(settings: Settings, by: Actor) -> ColumnElement[bool]:
    """Return the condition for guests whom the actor may look at by role: of their resource tenant, or, of a home one,
    its own people wherever they are guests.
    """
    if authority.oversees(settings, by.tenant_id, by=by):
        return Guest.tenant_id == by.tenant_id
    if authority.oversees_people_of(settings, by.tenant_id, by=by):
        return Guest.home_tenant_id == by.tenant_id
    return false()


def seen(settings: Settings, by: Actor) -> ColumnElement[bool]:
    """Return the condition for guests whom the actor may look at: theirs, those they oversee, and themself."""
    if by.kind is not ActorKind.PERSON:
        return false()
    return or_(mine(by), overseen(settings, by), is_own(by))


def not_accepted() -> ColumnElement[bool]:
    """Return the condition for guests, joined with what the mirror knows of them, whose invitation is open."""
    pending = or_(Person.redemption_state == RedemptionState.PENDING, Person.object_id.is_(None))
    return and_(Guest.redeemed_at.is_(None), Guest.origin == GuestOrigin.INVITED, pending)


def unanswered() -> ColumnElement[bool]:
    """Return the condition for guests who hold something, or were taken in, and for whom no active sponsor is named."""
    named = exists().where(
        GuestSponsor.guest_id == Guest.id,
        GuestSponsor.interim.is_(False),
        or_(GuestSponsor.kind == PartyKind.GROUP, _is_active(GuestSponsor.tenant_id, GuestSponsor.object_id)),
    )
    sponsored = exists().where(_runs(), ~_sponsor_is_gone())
    return and_(or_(exists().where(_runs()), Guest.ends_on.is_not(None)), ~named, ~sponsored)


def _mine(by: Actor) -> CompoundSelect[str]:
    """A union, and no condition for each: each way is found along its own index, however many guests there are."""
    named = select(GuestSponsor.guest_id).where(GuestSponsor.tenant_id == by.tenant_id)
    return union(
        _sponsored(by).where(Assignment.state.in_(RUNNING)),
        named.where(GuestSponsor.object_id == by.object_id),
        named.where(GuestSponsor.kind == PartyKind.GROUP, GuestSponsor.object_id.in_(_groups_of(by))),
        _was_mine(by),
        _falls_to(by),
    )


def _sponsored(by: Actor) -> Select[str]:
    return select(Assignment.guest_id).where(
        Assignment.sponsor_tenant_id == by.tenant_id, Assignment.sponsor_object_id == by.object_id
    )


def _was_mine(by: Actor) -> Select[str]:
    """What they were the sponsor of is over, and nobody else is named since."""
    other = Assignment.__table__.alias("other")
    running = exists().where(other.c.guest_id == Assignment.guest_id, other.c.state.in_(RUNNING))
    named = exists().where(GuestSponsor.guest_id == Assignment.guest_id)
    return _sponsored(by).where(~running, ~named)


def _falls_to(by: Actor) -> Select[str]:
    """They own what somebody holds who asked for it themself, or whose sponsor is gone."""
    is_owner = or_(
        and_(AccessPackage.owner_kind == PartyKind.PERSON, AccessPackage.owner_id == by.object_id),
        and_(AccessPackage.owner_kind == PartyKind.GROUP, AccessPackage.owner_id.in_(_groups_of(by))),
    )
    holder = Guest.__table__.alias("holder")
    themself = exists().where(
        holder.c.id == Assignment.guest_id,
        holder.c.home_tenant_id == Assignment.sponsor_tenant_id,
        holder.c.home_object_id == Assignment.sponsor_object_id,
    )
    return select(Assignment.guest_id).where(
        Assignment.package_id.in_(select(AccessPackage.id).where(AccessPackage.tenant_id == by.tenant_id, is_owner)),
        Assignment.state.in_(RUNNING),
        or_(themself, _sponsor_is_gone()),
    )


def _groups_of(by: Actor) -> Select[str]:
    return select(GroupMembership.group_id).where(
        GroupMembership.tenant_id == by.tenant_id, GroupMembership.member_id == by.object_id
    )


def _runs() -> ColumnElement[bool]:
    return and_(Assignment.guest_id == Guest.id, Assignment.state.in_(RUNNING))


def _sponsor_is_gone() -> ColumnElement[bool]:
    return ~_is_active(Assignment.sponsor_tenant_id, Assignment.sponsor_object_id)


def _is_active(tenant_id: Column, object_id: Column) -> ColumnElement[bool]:
    sponsor = Person.__table__.alias("sponsor_person")
    return exists().where(
        sponsor.c.tenant_id == tenant_id,
        sponsor.c.object_id == object_id,
        sponsor.c.enabled,
        sponsor.c.removed_at.is_(None),
    )
