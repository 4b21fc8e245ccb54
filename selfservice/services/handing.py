"""Handing over: a sponsor, or an admin, proposes that somebody else answers for guests. Until they agree, nothing
changes.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind, PersonRef
from selfservice.model.assignment import Assignment
from selfservice.model.base import new_id
from selfservice.model.group import GroupMembership
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.package import PartyKind
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalKind, ProposalState
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.services import authority, finding, foreseeing, proposing, sponsoring, successors, telling_people
from selfservice.services.eligibility import TextRefused, clean_text
from selfservice.services.foreseeing import RUNNING
from selfservice.services.proposing import Asked, Draft
from selfservice.services.runtime import Runtime
from selfservice.services.taking_over import body_of, one_key
from selfservice.store.transaction import transaction

MOST_AT_ONCE = 200


class CannotHandOver(NotAllowed):
    """The guests cannot be handed over to this person."""


def hand_over(rt: Runtime, guest_ids: Sequence[str], *, to: PersonRef, why: str, by: Actor) -> list[str]:
    """Ask an active employee to answer for these guests; return the ids of the proposals, one for each guest."""
    reason = clean_text(why, what="reason", longest=1000)
    if not reason:
        raise TextRefused("A reason is needed.", next_step="Say why in a few words.", owner="You")
    ids = list(dict.fromkeys(guest_ids))
    if not 0 < len(ids) <= MOST_AT_ONCE:
        raise CannotHandOver(f"Choose from 1 to {MOST_AT_ONCE} guests.", next_step="Choose the guests.", owner="You")
    with transaction(rt.sessions) as tx:
        guests = [_guest(tx, rt, guest_id, by=by) for guest_id in sorted(ids)]
        colleague = _colleague(tx, rt, to, guests, by=by)
        bundle = new_id() if len(guests) > 1 else None
        asked = Asked(ref=to, name=colleague.display_name, because=f"{by.name} asks you")
        made = [_propose(tx, rt, guest, asked, (bundle, reason), by=by) for guest in guests]
        if bundle is not None:
            telling_people.bundle_made(tx, rt, bundle, made)
    rt.waker.wake("mail")
    return [proposal.id for proposal in made]


def instead_of(tx: Session, guest: Guest, *, by: Actor) -> PersonRef | None:
    """Return as whom the actor hands over: themself, or a group of theirs; None for all where they are no sponsor."""
    rows = [row.ref for row in sponsoring.rows_of(tx, guest)]
    running = select(Assignment).where(Assignment.guest_id == guest.id, Assignment.state.in_(RUNNING))
    if by.ref in (*rows, *(assignment.sponsor for assignment in tx.scalars(running))):
        return by.ref
    inside = select(GroupMembership.group_id).where(
        GroupMembership.tenant_id == by.tenant_id, GroupMembership.member_id == by.object_id
    )
    groups = set(tx.scalars(inside))
    named = [row for row in sponsoring.rows_of(tx, guest) if row.kind is PartyKind.GROUP]
    return next((row.ref for row in named if row.tenant_id == by.tenant_id and row.object_id in groups), None)


def _guest(tx: Session, rt: Runtime, guest_id: str, *, by: Actor) -> Guest:
    guest = tx.get(Guest, guest_id, with_for_update=True)
    if guest is None or by.kind is not ActorKind.PERSON:
        raise NotFound
    if not sponsoring.answers_for(tx, guest, by=by) and not authority.administers(rt.settings, guest.tenant_id, by=by):
        raise NotFound
    if guest.standing is GuestStanding.GONE:
        raise CannotHandOver(
            f"{guest.name} is not in the directory any more.", next_step="Leave them out.", owner="You"
        )
    return guest


def _colleague(tx: Session, rt: Runtime, to: PersonRef, guests: Sequence[Guest], *, by: Actor) -> Person:
    person = tx.scalar(finding.employees_of(to.tenant_id).where(Person.object_id == to.object_id))
    fit = all(successors.is_fit(rt, to, guest.tenant_id) for guest in guests)
    if person is None or not fit or to == by.ref or any(sponsoring.is_own(guest, to) for guest in guests):
        raise CannotHandOver(
            "Whoever takes over must be another active employee whose organisation may ask in that tenant.",
            next_step="Choose somebody else.",
            owner="You",
        )
    return person


def _propose(
    tx: Session, rt: Runtime, guest: Guest, asked: Asked, said: tuple[str | None, str], *, by: Actor
) -> Proposal:
    before, (bundle, reason) = instead_of(tx, guest, by=by), said
    key = one_key(guest, before)
    _supersede(tx, rt, key, by=by)
    draft = Draft(
        kind=ProposalKind.HAND_OVER,
        tenant_id=guest.tenant_id,
        guest_id=guest.id,
        body=body_of(before, by.name if before == by.ref else ""),
        reason=reason,
        asked=(asked,),
        one_key=key,
        answer_days=foreseeing.policy_of(tx, guest.tenant_id).answer_days,
        bundle=bundle,
    )
    return proposing.propose(tx, rt, draft, by=by)


def _supersede(tx: Session, rt: Runtime, key: str, *, by: Actor) -> None:
    """What a person decides goes before what was proposed by itself."""
    known = proposing.open_one(tx, key)
    if known is not None and known.kind is ProposalKind.SUCCESSION:
        tx.add(known.close(ProposalState.WITHDRAWN, by=by, at=rt.clock(), why="somebody was named"))
        telling_people.take_back(tx, known)
        tx.flush()
