"""Succeeding: a sponsor who leaves, is about to, or is never there, is followed by somebody who has agreed to it.

Whoever is closest is asked first, one after the other, and at last the admins, who stay asked. Meanwhile the owner of
what the guest holds answers, and is told so: no guest goes dark, and nobody gets guests without knowing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, exists, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from selfservice.model.actor import SYSTEM, PersonRef
from selfservice.model.assignment import Assignment
from selfservice.model.base import new_id
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.lifecycle import DEFAULT
from selfservice.model.package import PartyKind
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalKind, ProposalState
from selfservice.model.refusal import Refused
from selfservice.model.sponsor import GuestSponsor
from selfservice.services import (
    foreseeing,
    handing_on,
    naming,
    posting,
    proposing,
    sponsoring,
    successors,
    telling_leavers,
)
from selfservice.services import telling_people as telling
from selfservice.services.foreseeing import RUNNING
from selfservice.services.naming import Named
from selfservice.services.proposing import Draft
from selfservice.services.runtime import Runtime
from selfservice.services.taking_over import body_of, instead_of, one_key
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

Column = InstrumentedAttribute[str]

AHEAD = timedelta(days=30)
"""How long before a sponsor leaves a successor is looked for."""

AWAY = timedelta(days=DEFAULT.inactive_days)
"""A sponsor who has not signed in for so long is no longer there, where the licence lets us know."""

QUIET = timedelta(days=30)
"""For so long nothing is proposed again after somebody took a proposal back."""

BATCH = 200


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """A sponsor who goes, or is gone, and a guest whom they answer for."""

    sponsor: PersonRef
    guest_id: str


def succeed_due(rt: Runtime) -> int:
    """Look for successors where it is time; return for how many guests somebody was asked."""
    with reading(rt.sessions) as tx:
        found = list(_leaving(tx, rt.clock()))
        back = [each.id for each in _open(tx) if _is_back(tx, each, rt.clock())]
    for proposal_id in back:
        with transaction(rt.sessions) as tx:
            _call_off(tx, rt, tx.get_one(Proposal, proposal_id, with_for_update=True))
    bundles: dict[tuple[PersonRef, PersonRef], str] = {}
    asked = sum(_begin(rt, each, bundles) for each in found)
    for bundle in bundles.values():
        with transaction(rt.sessions) as tx:
            telling.bundle_made(tx, rt, bundle, _of_bundle(tx, bundle))
    if found or back:
        rt.waker.wake("mail")
    return asked


def ask_next(tx: Session, rt: Runtime, proposal: Proposal) -> bool:
    """Ask whoever is next; where nobody is, the admins stay asked, since somebody has to answer for the guest."""
    if proposal.guest_id is None:
        handing_on.give_up(tx, rt, proposal)
        return False
    guest = tx.get_one(Guest, proposal.guest_id)
    if guest.standing is GuestStanding.GONE:
        return False
    turn = successors.next_turn(
        successors.for_guest(tx, rt, guest, instead_of(proposal)), [each.ref for each in proposal.asked]
    )
    days = foreseeing.policy_of(tx, guest.tenant_id).answer_days
    proposal.answer_by = rt.clock() + timedelta(days=days)
    if not turn:
        admins = {each.ref for each in successors.admins(tx, guest.tenant_id)}
        for each in proposal.asked:
            each.declined_at = None if each.ref in admins else each.declined_at
        telling_leavers.nobody_answers(tx, rt, [guest], "Everybody who was asked has declined, or has not answered.")
        return True
    proposing.ask(tx, rt, proposal, turn)
    if proposal.bundle is not None:
        telling.bundle_made(tx, rt, proposal.bundle, _of_bundle(tx, proposal.bundle))
    return True


def is_going(person: Person | None, at: datetime) -> bool:
    """Say whether this sponsor is gone, is about to leave, or has not been there for long."""
    if person is None or not person.active:
        return True
    leaves = person.leaves_at is not None and person.leaves_at <= at + AHEAD
    return leaves or (person.last_sign_in_at is not None and person.last_sign_in_at <= at - AWAY)


def _leaving(tx: Session, at: datetime) -> Iterator[Leaving]:
    going = or_(
        Person.object_id.is_(None),
        ~Person.enabled,
        Person.removed_at.is_not(None),
        Person.leaves_at <= at + AHEAD,
        Person.last_sign_in_at <= at - AWAY,
    )
    by_access = (
        select(Assignment.guest_id, Assignment.sponsor_tenant_id, Assignment.sponsor_object_id)
        .outerjoin(Person, _is(Assignment.sponsor_tenant_id, Assignment.sponsor_object_id))
        .where(Assignment.state.in_(RUNNING), going)
    )
    by_name = (
        select(GuestSponsor.guest_id, GuestSponsor.tenant_id, GuestSponsor.object_id)
        .outerjoin(Person, _is(GuestSponsor.tenant_id, GuestSponsor.object_id))
        .where(GuestSponsor.kind == PartyKind.PERSON, GuestSponsor.interim.is_(False), going)
    )
    both = union(by_access, by_name).subquery()
    guest_id, tenant_id, object_id = both.c
    own = and_(Guest.home_object_id.is_not(None), Guest.home_tenant_id == tenant_id, Guest.home_object_id == object_id)
    query = (
        select(guest_id, tenant_id, object_id)
        .join(Guest, Guest.id == guest_id)
        .where(Guest.standing != GuestStanding.GONE, ~own, ~exists().where(_is_settled(at)))
        .order_by(tenant_id, object_id, guest_id)
        .limit(BATCH)
    )
    for row in tx.execute(query):
        yield Leaving(sponsor=PersonRef(tenant_id=row[1], object_id=row[2]), guest_id=row[0])


def _is(tenant: Column, object_: Column) -> ColumnElement[bool]:
    return and_(Person.tenant_id == tenant, Person.object_id == object_)


def _is_settled(at: datetime) -> ColumnElement[bool]:
    """Somebody is asked already, or somebody said lately that nobody should be."""
    kinds = Proposal.kind.in_((ProposalKind.HAND_OVER, ProposalKind.SUCCESSION))
    waits = Proposal.state == ProposalState.OPEN
    taken_back = and_(Proposal.state == ProposalState.WITHDRAWN, Proposal.answered_by_object_id != "")
    return and_(Proposal.guest_id == Guest.id, kinds, or_(waits, and_(taken_back, Proposal.answered_at > at - QUIET)))


def _begin(rt: Runtime, each: Leaving, bundles: dict[tuple[PersonRef, PersonRef], str]) -> bool:
    """Ask the closest; one guest who cannot be helped does not stop the others."""
    try:
        with transaction(rt.sessions) as tx:
            guest = tx.get_one(Guest, each.guest_id, with_for_update=True)
            person = tx.get(Person, (each.sponsor.tenant_id, each.sponsor.object_id))
            _answer_meanwhile(tx, rt, guest, person)
            turns = successors.for_guest(tx, rt, guest, each.sponsor)
            if not turns:
                telling_leavers.nobody_answers(tx, rt, [guest], f"{_name(person)} {_goes(person)}.")
                return False
            bundle = bundles.get((each.sponsor, turns[0][0].ref)) or new_id()
            draft = Draft(
                kind=ProposalKind.SUCCESSION,
                tenant_id=guest.tenant_id,
                guest_id=guest.id,
                body=body_of(each.sponsor, _name(person)),
                reason=f"{_name(person)} {_goes(person)}",
                asked=turns[0],
                one_key=one_key(guest, each.sponsor),
                answer_days=foreseeing.policy_of(tx, guest.tenant_id).answer_days,
                bundle=bundle,
            )
            proposing.propose(tx, rt, draft, by=SYSTEM)
            bundles[each.sponsor, turns[0][0].ref] = bundle
            return True
    except Refused as refusal:
        log.info("no successor is asked", guest=each.guest_id, why=refusal.cause)
        return False


def _answer_meanwhile(tx: Session, rt: Runtime, guest: Guest, person: Person | None) -> None:
    """Let the owner of what the guest holds answer where nobody named is there; who is about to go is told."""
    if person is not None and person.active:
        said = f"{person.display_name} {_goes(person)}."
        telling_leavers.who_follows(tx, rt, [guest], posting.person(tx, person.ref), said)
        return
    if sponsoring.has_named(tx, guest):
        return
    said = f"{_name(person)} {_goes(person)}."
    for package in sponsoring.packages_of(tx, guest)[:1]:
        owner = PersonRef(tenant_id=package.tenant_id, object_id=package.owner_id)
        why = "nobody named for the guest is there any more"
        named = Named(ref=owner, name=package.owner_name, kind=package.owner_kind, why=why, interim=True)
        rows = [row for row in sponsoring.rows_of(tx, guest) if row.interim]
        naming.drop(tx, rt, guest, rows, "somebody else answers meanwhile", by=SYSTEM)
        naming.name(tx, rt, guest, named, by=SYSTEM)
        for ref in sponsoring.owners_of(tx, guest):
            telling_leavers.answers_meanwhile(tx, rt, [guest], posting.person(tx, ref), said)


def _call_off(tx: Session, rt: Runtime, proposal: Proposal) -> None:
    """The sponsor is there again: they stay, and nobody answers in their place."""
    if proposal.state is not ProposalState.OPEN or proposal.guest_id is None:
        return
    tx.add(proposal.close(ProposalState.WITHDRAWN, by=SYSTEM, at=rt.clock(), why="the sponsor is there again"))
    telling.take_back(tx, proposal)
    guest = tx.get_one(Guest, proposal.guest_id)
    rows = [row for row in sponsoring.rows_of(tx, guest) if row.interim]
    naming.drop(tx, rt, guest, rows, "the sponsor is there again", by=SYSTEM)


def _open(tx: Session) -> Iterable[Proposal]:
    mine = select(Proposal).where(Proposal.state == ProposalState.OPEN, Proposal.kind == ProposalKind.SUCCESSION)
    return tx.scalars(mine.order_by(Proposal.id)).all()


def _is_back(tx: Session, proposal: Proposal, at: datetime) -> bool:
    before = instead_of(proposal)
    return before is not None and not is_going(tx.get(Person, (before.tenant_id, before.object_id)), at)


def _of_bundle(tx: Session, bundle: str) -> list[Proposal]:
    same = select(Proposal).where(Proposal.bundle == bundle, Proposal.state == ProposalState.OPEN)
    return list(tx.scalars(same.order_by(Proposal.id)))


def _name(person: Person | None) -> str:
    return person.display_name if person is not None else "Their sponsor"


def _goes(person: Person | None) -> str:
    if person is None or not person.active:
        return "has left"
    return f"leaves on {person.leaves_at:%Y-%m-%d}" if person.leaves_at else "has not been there for a long time"
