"""My guests: one row a person over all tenants, those whose access ends first before the others."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, Row, Select, Subquery, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.person import Person
from selfservice.services import authority, foreseeing
from selfservice.services.foreseeing import RUNNING
from selfservice.services.overview import guest_scope, paging, standing
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.passport_rows import GuestPersonRow, NextRow
from selfservice.services.overview.passport_words import REDEMPTIONS, nexts, standing_of
from selfservice.services.overview.rows import Page, Tone
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

SOON = timedelta(days=30)
NEVER = date(9999, 12, 31)
GRAVEST = (Tone.BAD, Tone.WAITING, Tone.MOVING, Tone.GOOD, Tone.ENDED)
"""Where a person stands differently in several tenants, the gravest is shown."""

KEY: ColumnElement[str] = func.coalesce(Guest.home_tenant_id + ":" + Guest.home_object_id, Guest.id)
"""One person over all tenants: by where they are at home, or, of whom that is not known, each object by itself."""


@dataclass(frozen=True, kw_only=True)
class GuestLook:
    """Which guests are looked for: whose (`mine`, or `all` that one oversees), which, and where the list goes on."""

    whose: str = "mine"
    show: str = ""
    search: str = ""
    tenant: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class Held:
    """One guest object with what is known of it."""

    guest: Guest
    person: Person | None
    accesses: Sequence[Assignment]


def my_guests(rt: Runtime, by: Actor, look: GuestLook) -> Page[GuestPersonRow]:
    """Return the guests that the actor looks for, a page at a time."""
    scope = _scope(rt.settings, by, look)
    people = _people(rt, scope, look)
    query = select(people).order_by(people.c.first_end, people.c.first_id).limit(paging.PER_PAGE + 1)
    if look.show == "ending":
        query = query.where(people.c.first_end <= rt.clock().date() + SOON)
    if start := paging.read_day(look.after):
        query = query.where(tuple_(people.c.first_end, people.c.first_id) > (start[1], start[2]))
    with reading(rt.sessions) as tx:
        shown, last = paging.cut(tx.execute(query).all())
        rows = _rows(tx, rt, shown, _held(tx, scope, [row.key for row in shown]))
    return Page(rows=rows, next_after=paging.after_day(0, last.first_end, last.first_id) if last else None)


def _scope(settings: Settings, by: Actor, look: GuestLook) -> ColumnElement[bool]:
    return guest_scope.overseen(settings, by) if look.whose == "all" else guest_scope.mine(by)


def _people(rt: Runtime, scope: ColumnElement[bool], look: GuestLook) -> Subquery:
    ends = (
        select(func.min(Assignment.ends_on))
        .where(Assignment.guest_id == Guest.id, Assignment.state.in_(RUNNING))
        .correlate(Guest)
        .scalar_subquery()
    )
    first_end = func.min(func.coalesce(ends, Guest.ends_on, literal(NEVER, Date)))
    query = (
        select(KEY.label("key"), first_end.label("first_end"), func.min(Guest.id).label("first_id"))
        .where(scope, *_narrowed(rt, look))
        .group_by(KEY)
    )
    return _joined(query, look).subquery()


def _joined(query: Select[str, date, str], look: GuestLook) -> Select[str, date, str]:
    """Join what the mirror knows only where it is asked about: a list of thousands need not look at each."""
    if look.show != "notAccepted":
        return query
    mirrored = and_(Person.tenant_id == Guest.tenant_id, Person.object_id == Guest.object_id)
    return query.outerjoin(Person, mirrored).where(guest_scope.not_accepted())


def _narrowed(rt: Runtime, look: GuestLook) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if look.show == "blocked":
        found.append(Guest.standing.in_((GuestStanding.BLOCKED, GuestStanding.DELETED)))
    if look.show == "nobody":
        found.append(guest_scope.unanswered())
    if look.search:
        name = Guest.display_name.icontains(look.search, autoescape=True)
        found.append(or_(name, Guest.address_key.contains(look.search.casefold(), autoescape=True)))
    if look.tenant:
        tenant = rt.settings.tenants.get(look.tenant)
        found.append(Guest.tenant_id == (tenant.tenant_id if tenant else ""))
    return found


def _held(tx: Session, scope: ColumnElement[bool], keys: Collection[str]) -> Mapping[str, list[Held]]:
    """Return the guest objects of these people, as far as the actor may see them."""
    mirrored = and_(Person.tenant_id == Guest.tenant_id, Person.object_id == Guest.object_id)
    query = select(KEY, Guest, Person).outerjoin(Person, mirrored).where(KEY.in_(keys), scope).order_by(Guest.id)
    found = tx.execute(query).all() if keys else []
    accesses: dict[str, list[Assignment]] = defaultdict(list)
    ids = [guest.id for _key, guest, _person in found]
    running = select(Assignment).where(Assignment.guest_id.in_(ids), Assignment.state.in_(RUNNING))
    for each in tx.scalars(running.order_by(Assignment.ends_on, Assignment.id)):
        accesses[each.guest_id].append(each)
    held: dict[str, list[Held]] = defaultdict(list)
    for key, guest, person in found:
        held[key].append(Held(guest=guest, person=person, accesses=accesses[guest.id]))
    return held


def _rows(
    tx: Session, rt: Runtime, shown: Sequence[Row[str, date, str]], held: Mapping[str, list[Held]]
) -> tuple[GuestPersonRow, ...]:
    guests = [each.guest for objects in held.values() for each in objects]
    facts = foreseeing.facts_of_all(tx, guests)
    policies = {tenant_id: foreseeing.policy_of(tx, tenant_id) for tenant_id in {guest.tenant_id for guest in guests}}
    upcoming = {
        guest.id: nexts(
            facts[guest.id], policies[guest.tenant_id], mark_of(rt.settings, guest.tenant_id).name, at=rt.clock()
        )
        for guest in guests
    }
    return tuple(_row(rt, held[row.key], row.first_end, upcoming) for row in shown)


def _row(
    rt: Runtime, objects: Sequence[Held], first_end: date, upcoming: Mapping[str, tuple[NextRow, ...]]
) -> GuestPersonRow:
    first = objects[0].guest
    redemptions = [standing.of_invitation(each.guest, each.person) for each in objects]
    states = [standing_of(o.guest, o.accesses, r) for o, r in zip(objects, redemptions, strict=True)]
    gravest = min(states, key=lambda state: GRAVEST.index(state.tone))
    coming = [each for o in objects for each in upcoming[o.guest.id] if each.on is not None]
    ends_on = None if first_end == NEVER else first_end
    return GuestPersonRow(
        guest_id=first.id,
        guest_ids=tuple(o.guest.id for o in objects),
        name=next((o.guest.display_name for o in objects if o.guest.display_name), first.address),
        address=first.address,
        tenants=tuple(mark_of(rt.settings, o.guest.tenant_id) for o in objects),
        holds=tuple(f"{a.package_name}, {mark_of(rt.settings, a.tenant_id).name}" for o in objects for a in o.accesses),
        state_words=gravest.words,
        tone=gravest.tone,
        redemption=REDEMPTIONS[redemptions[states.index(gravest)]],
        ends_on=ends_on,
        ends_in_days=(ends_on - rt.clock().date()).days if ends_on else None,
        next=min(coming, key=lambda each: each.on or NEVER, default=None),
    )


def overseen_words(rt: Runtime, by: Actor) -> str:
    """Say which other guests the actor may list by role, or nothing."""
    name = mark_of(rt.settings, by.tenant_id).name
    if authority.oversees(rt.settings, by.tenant_id, by=by):
        return f"All guests of {name}"
    return f"{name}'s people as guests" if authority.oversees_people_of(rt.settings, by.tenant_id, by=by) else ""
