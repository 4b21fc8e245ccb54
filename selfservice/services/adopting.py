"""Adopting: guests whom others made are found in the mirror, and taken in once somebody has agreed to answer for them,
or left alone, which is remembered.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.address import address_key
from selfservice.model.audit import Account, event
from selfservice.model.base import new_id
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalKind
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.services import authority, finding, foreseeing, naming, proposing, taking_over, telling_people
from selfservice.services.naming import Named
from selfservice.services.proposing import Asked, Draft
from selfservice.services.runtime import Runtime
from selfservice.services.taking_over import CannotTakeOver
from selfservice.store.transaction import transaction

MOST_AT_ONCE = 100
LONGEST_DAYS = 365


class CannotAdopt(NotAllowed):
    """The guests cannot be taken in like this."""


def strangers(tenant_id: str) -> Select[Person]:
    """Return the query for guests of a resource tenant whom we do not know: never a member, never one of ours."""
    known = exists().where(Guest.tenant_id == Person.tenant_id, Guest.object_id == Person.object_id)
    return select(Person).where(
        Person.tenant_id == tenant_id, Person.user_type == UserType.GUEST, Person.removed_at.is_(None), ~known
    )


def propose(rt: Runtime, object_ids: Sequence[str], *, sponsor: PersonRef, ends_on: date, by: Actor) -> list[str]:
    """Ask an employee to answer for guests of the admin's tenant until a day; return the ids of the proposals."""
    today = rt.clock().date()
    if not today < ends_on <= today + timedelta(days=LONGEST_DAYS):
        raise CannotAdopt("The day must lie ahead, at most a year.", next_step="Choose another day.", owner="You")
    with transaction(rt.sessions) as tx:
        people = _chosen(tx, rt, object_ids, by=by)
        person = tx.scalar(finding.employees_of(by.tenant_id).where(Person.object_id == sponsor.object_id))
        if person is None or sponsor.tenant_id != by.tenant_id or sponsor == by.ref:
            raise CannotAdopt(
                "Whoever answers for them must be another active employee of the tenant.",
                next_step="Choose a colleague.",
                owner="You",
            )
        bundle = new_id()
        asked = Asked(ref=sponsor, name=person.display_name, because=f"{by.name} asks you")
        made = [_propose(tx, rt, each, asked, (bundle, ends_on), by=by) for each in people]
        telling_people.bundle_made(tx, rt, bundle, made)
    rt.waker.wake("mail")
    return [proposal.id for proposal in made]


def leave_alone(rt: Runtime, object_ids: Sequence[str], *, by: Actor) -> int:
    """Say that these guests are not looked after here, so that they are not shown again; return how many they are."""
    with transaction(rt.sessions) as tx:
        people = _chosen(tx, rt, object_ids, by=by)
        for person in people:
            guest = _known(tx, rt, person)
            account = Account(why="somebody else looks after them")
            tx.add(event("guest.leftAlone", guest.subject, by=by, at=rt.clock(), account=account))
    return len(people)


def take_in(tx: Session, rt: Runtime, proposal: Proposal, by: Actor) -> None:
    """Look after the guest from now on, until the day that was proposed; whoever agreed answers for them."""
    guest = tx.get_one(Guest, proposal.guest_id, with_for_update=True)
    there = tx.get(Person, (guest.tenant_id, guest.object_id))
    if there is None or there.removed_at is not None or there.user_type is not UserType.GUEST:
        raise CannotTakeOver("This guest is not a guest there any more.", next_step="Say no.", owner="You")
    guest.managed, guest.ends_on = True, date.fromisoformat(str(proposal.body["ends_on"]))
    guest.look_at = rt.clock()
    naming.name(tx, rt, guest, Named(ref=by.ref, name=by.name, why="taken in"), by=by)
    account = Account(why=proposal.reason, details={"until": guest.ends_on.isoformat()})
    tx.add(event("guest.takenIn", guest.subject, by=by, at=rt.clock(), account=account))
    tx.flush()
    taking_over.tell_directory(tx, rt, guest, by=by)


def _chosen(tx: Session, rt: Runtime, object_ids: Sequence[str], *, by: Actor) -> list[Person]:
    if not authority.administers(rt.settings, by.tenant_id, by=by):
        raise NotFound
    ids = list(dict.fromkeys(object_ids))
    if not 0 < len(ids) <= MOST_AT_ONCE:
        raise CannotAdopt(f"Choose from 1 to {MOST_AT_ONCE} guests.", next_step="Choose the guests.", owner="You")
    chosen = strangers(by.tenant_id).where(Person.object_id.in_(ids))
    people = list(tx.scalars(chosen.order_by(Person.name_key, Person.object_id)))
    if len(people) != len(ids):
        raise NotFound
    return people


def _propose(tx: Session, rt: Runtime, person: Person, asked: Asked, said: tuple[str, date], *, by: Actor) -> Proposal:
    guest, (bundle, ends_on) = _known(tx, rt, person), said
    draft = Draft(
        kind=ProposalKind.ADOPTION,
        tenant_id=guest.tenant_id,
        guest_id=guest.id,
        body={"ends_on": ends_on.isoformat()},
        reason=f"taken in until {ends_on.isoformat()}",
        asked=(asked,),
        one_key=f"adoption:{guest.id}",
        answer_days=foreseeing.policy_of(tx, guest.tenant_id).answer_days,
        bundle=bundle,
    )
    return proposing.propose(tx, rt, draft, by=by)


def _known(tx: Session, rt: Runtime, person: Person) -> Guest:
    """Keep which object it is; nobody looks after it until somebody has agreed."""
    address = (person.mail or person.user_principal_name)[:320]
    accepted = person.redemption_state is not RedemptionState.PENDING
    guest = Guest(
        id=new_id(),
        tenant_id=person.tenant_id,
        object_id=person.object_id,
        origin=GuestOrigin.ADOPTED,
        address=address,
        address_key=address_key(address),
        display_name=person.display_name,
        ensured_at=rt.clock(),
        redeemed_at=(person.redemption_changed_at or rt.clock()) if accepted else None,
    )
    tx.add(guest)
    tx.flush()
    return guest
