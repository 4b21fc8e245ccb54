"""The page of one person as a guest: every tenant that the reader may see, and one timeline."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, GuestAct
from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.guest import Guest, GuestOrigin, GuestStanding
from selfservice.model.lifecycle import GuestFacts
from selfservice.model.mirror import TenantPolicy
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest
from selfservice.services import authority, caring, foreseeing, sponsoring
from selfservice.services.overview import guest_scope, passport_story, standing
from selfservice.services.overview.lifecycle import entra_words
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.passport_rows import AccessRow, ActRow, NextRow, PassportPage, StayRow
from selfservice.services.overview.passport_words import (
    REDEMPTIONS,
    came,
    last_sign_in,
    nexts,
    signs_in,
    standing_of,
    treated,
)
from selfservice.services.overview.rows import Redemption
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

DONE = {ActKind.BLOCK: ("Sign-in blocked", "Let them sign in again"), ActKind.DELETE: ("Deleted", "Bring them back")}


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of one guest object."""

    guest: Guest
    person: Person | None
    facts: GuestFacts
    accesses: Sequence[Assignment]
    requests: Mapping[str, AccessRequest]
    next: tuple[NextRow, ...]


def passport(rt: Runtime, guest_id: str, by: Actor) -> PassportPage:
    """Return all about a person as a guest; absent, and not for the reader to see, refuse alike."""
    with reading(rt.sessions) as tx:
        guests = _guests(tx, rt, guest_id, by)
        accesses = _accesses(tx, guests)
        traces = passport_story.traces_of(tx, rt.settings, guests, accesses, by)
        known = _known(tx, rt, guests, traces)
        first = next(each for each in known if each.guest.id == guest_id)
        upcoming = {each.guest.id: each.next for each in known}
        told = passport_story.past(tx, rt.settings, traces)
        page = PassportPage(
            guest_id=guest_id,
            name=next((g.display_name for g in guests if g.display_name), first.guest.address),
            address=first.guest.address,
            home=mark_of(rt.settings, first.guest.home_tenant_id) if first.guest.home_tenant_id else None,
            company=next((each.person.company_name for each in known if each.person and each.person.company_name), ""),
            stays=tuple(_stay(tx, rt, each, by=by) for each in known),
            timeline=(*told, *passport_story.future(traces, upcoming)),
            cut=len(told) >= passport_story.MOST_TOLD,
        )
    return replace(page, version=hashlib.sha256(repr(page).encode()).hexdigest()[:20])


def _guests(tx: Session, rt: Runtime, guest_id: str, by: Actor) -> Sequence[Guest]:
    """Return the object that was asked for, and those of the same person that the reader may see, by tenant name."""
    seen = guest_scope.seen(rt.settings, by)
    asked = tx.scalar(select(Guest).where(Guest.id == guest_id, seen))
    if asked is None:
        raise NotFound
    same = Guest.id == guest_id
    if asked.home_tenant_id and asked.home_object_id:
        at_home = and_(Guest.home_tenant_id == asked.home_tenant_id, Guest.home_object_id == asked.home_object_id, seen)
        same = or_(same, at_home)
    found = tx.scalars(select(Guest).where(same)).all()
    return sorted(found, key=lambda guest: (mark_of(rt.settings, guest.tenant_id).name, guest.id))


def _accesses(tx: Session, guests: Sequence[Guest]) -> Sequence[Assignment]:
    query = select(Assignment).where(Assignment.guest_id.in_([guest.id for guest in guests]))
    found = tx.scalars(query.order_by(Assignment.ends_on, Assignment.id)).all()
    return sorted(found, key=lambda each: each.state is AssignmentState.ENDED)


def _known(tx: Session, rt: Runtime, guests: Sequence[Guest], traces: passport_story.Traces) -> list[Known]:
    facts = foreseeing.facts_of_all(tx, guests)
    requests = {each.id: each for each in traces.requests}
    return [
        Known(
            guest=guest,
            person=tx.get(Person, (guest.tenant_id, guest.object_id)),
            facts=facts[guest.id],
            accesses=[each for each in traces.accesses if each.guest_id == guest.id],
            requests=requests,
            next=nexts(
                facts[guest.id],
                foreseeing.policy_of(tx, guest.tenant_id),
                mark_of(rt.settings, guest.tenant_id).name,
                at=rt.clock(),
            ),
        )
        for guest in guests
    ]


def _stay(tx: Session, rt: Runtime, known: Known, *, by: Actor) -> StayRow:
    guest, person = known.guest, known.person
    redemption = standing.of_invitation(guest, person)
    stands = standing_of(guest, known.accesses, redemption)
    answers = sponsoring.answers_for(tx, guest, by=by)
    can_act = answers or authority.administers(rt.settings, guest.tenant_id, by=by)
    return StayRow(
        guest_id=guest.id,
        tenant=mark_of(rt.settings, guest.tenant_id),
        state_words=stands.words,
        tone=stands.tone,
        signs_in=signs_in(
            guest, person, mark_of(rt.settings, guest.home_tenant_id).name if guest.home_tenant_id else ""
        ),
        treated=treated(person),
        origin=came(guest),
        redemption=REDEMPTIONS[redemption],
        ensured_at=guest.ensured_at,
        accepted_at=guest.redeemed_at,
        last_sign_in=last_sign_in(known.facts),
        last_sign_in_at=known.facts.last_sign_in_at,
        accesses=tuple(_access(rt, known, each, redemption, by=by) for each in known.accesses),
        sponsors=_sponsors(tx, guest),
        next=known.next,
        acts=_acts(tx, rt, guest, can_act=can_act),
        managed=guest.managed and guest.origin is not GuestOrigin.SYNCED,
        open_invitation=redemption is Redemption.PENDING,
        can_act=can_act,
        entra=_by_entra(tx, known, mark_of(rt.settings, guest.tenant_id).name),
    )


def _by_entra(tx: Session, known: Known, tenant: str) -> str:
    kept = tx.get(TenantPolicy, known.guest.tenant_id)
    there = known.guest.standing is GuestStanding.ACTIVE
    return entra_words(known.facts, kept.guest_lifecycle, tenant) if kept is not None and there else ""


def _access(rt: Runtime, known: Known, access: Assignment, redemption: Redemption, *, by: Actor) -> AccessRow:
    stands = standing.of_assignment(access, redemption)
    active = access.state is AssignmentState.ACTIVE
    may_end = active and authority.may_end(rt.settings, access, known.requests[access.request_id], by=by)
    decided = access.end_decision is not None
    return AccessRow(
        assignment_id=access.id,
        request_id=access.request_id,
        package_name=access.package_name,
        state_words=stands.words,
        tone=stands.tone,
        starts_at=access.starts_at,
        ends_on=access.ends_on,
        ends_in_days=(access.ends_on - rt.clock().date()).days,
        sponsor_name=access.sponsor_name,
        ended_at=access.ended_at,
        end_reason=access.end_reason,
        decision=f"{access.end_decided_by} lets it end" if decided else "",
        can_end=may_end,
        can_decide=may_end,
        has_decided=decided,
    )


def _sponsors(tx: Session, guest: Guest) -> tuple[str, ...]:
    """Name who answers for the guest now."""
    people = (tx.get(Person, (ref.tenant_id, ref.object_id)) for ref in sponsoring.sponsors_of(tx, guest))
    return tuple(person.display_name for person in people if person is not None)


def _acts(tx: Session, rt: Runtime, guest: Guest, *, can_act: bool) -> tuple[ActRow, ...]:
    if not can_act:
        return ()
    query = select(GuestAct).where(GuestAct.guest_id == guest.id, GuestAct.undo_until > rt.clock())
    return tuple(
        ActRow(
            act_id=act.id,
            words=DONE[act.kind][0],
            why=act.why,
            at=act.settled_at or act.at,
            undo_until=act.undo_until,
            button=DONE[act.kind][1],
        )
        for act in tx.scalars(query.order_by(GuestAct.at.desc()))
        if act.undo_until is not None and caring.can_undo(act, at=rt.clock())
    )
