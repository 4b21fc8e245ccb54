"""Treating: a guest is treated as a member from some day on, or as a guest again, once an admin there has agreed.

Where people should find them, the address list comes first: Graph must not set it, so the wish is kept with the ready
command, and the type is changed when an admin says that the list is done.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, event
from selfservice.model.directory import UserType
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalKind
from selfservice.model.refusal import NotFound
from selfservice.model.treatment import Treatment, TreatmentRefused, TreatmentState, list_command
from selfservice.services import authority, caring, foreseeing, helping, posting, redeeming, telling_redemption
from selfservice.services.eligibility import TextRefused, clean_text
from selfservice.services.proposing import Asked, Draft, propose
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How a guest is to be treated, whether people should find them in the address list, and why."""

    user_type: UserType
    wants_list: bool
    why: str


def ask(rt: Runtime, guest_id: str, wish: Wish, *, by: Actor) -> str:
    """Ask that a guest is treated otherwise; return the id of the proposal that an admin there agrees to."""
    with transaction(rt.sessions) as tx:
        guest = helping.guest_to_change(tx, rt, guest_id, by=by)
        ensure_treatable(tx, rt, guest, wish.user_type)
        reason = clean_text(wish.why, what="reason", longest=500)
        if not reason:
            raise TextRefused("A reason is needed.", next_step="Say why in a few words.", owner="You")
        draft = Draft(
            kind=ProposalKind.MEMBER,
            tenant_id=guest.tenant_id,
            guest_id=guest.id,
            body={"user_type": wish.user_type.value, "wants_list": wish.wants_list},
            reason=reason,
            asked=second_people(tx, guest, by=by),
            one_key=f"member:{guest.id}",
            answer_days=foreseeing.policy_of(tx, guest.tenant_id).answer_days,
        )
        proposal_id = propose(tx, rt, draft, by=by).id
    rt.waker.wake("mail")
    return proposal_id


def apply(tx: Session, rt: Runtime, proposal: Proposal, by: Actor) -> None:
    """Keep what was agreed to: the type is changed now, or once the address list is done."""
    guest = tx.get_one(Guest, proposal.guest_id, with_for_update=True)
    if not authority.administers(rt.settings, guest.tenant_id, by=by) or by.ref == proposal.proposed_by:
        raise NotFound
    user_type = UserType(str(proposal.body["user_type"]))
    ensure_treatable(tx, rt, guest, user_type)
    listed_first = bool(proposal.body["wants_list"]) and user_type is UserType.MEMBER
    treatment = Treatment(
        tenant_id=guest.tenant_id,
        guest_id=guest.id,
        user_type=user_type,
        wants_list=bool(proposal.body["wants_list"]),
        state=TreatmentState.AWAITING_LIST if listed_first else TreatmentState.ORDERED,
        agreed_at=rt.clock(),
    )
    tx.add(treatment)
    details: dict[str, object] = {"proposal": proposal.id, "userType": user_type.value, "list": listed_first}
    account = Account(why=proposal.reason, details=details)
    tx.add(event("guest.agreeTreatment", guest.subject, by=by, at=rt.clock(), account=account))
    if listed_first:
        command = command_of(tx, guest, shown=True)
        to = posting.person(tx, by.ref)
        telling_redemption.list_wanted(tx, rt, guest, about=proposal.id, command=command, to=to)
    else:
        caring.order_treat(tx, rt, guest, user_type=user_type, by=by)


def list_is_done(rt: Runtime, treatment_id: str, *, by: Actor) -> str:
    """Say that the guest is in the address list, so that the type is changed now; return the guest's id."""
    with transaction(rt.sessions) as tx:
        treatment, guest = _awaited(tx, rt, treatment_id, by=by)
        ensure_treatable(tx, rt, guest, treatment.user_type, besides=treatment)
        treatment.state, treatment.listed_at = TreatmentState.ORDERED, rt.clock()
        treatment.listed_by_name = by.name
        account = Account(why="the address list is done", details={"treatment": treatment.id})
        tx.add(event("guest.listed", guest.subject, by=by, at=rt.clock(), account=account))
        caring.order_treat(tx, rt, guest, user_type=treatment.user_type, by=by)
    rt.waker.wake("pump", guest.tenant_id)
    return guest.id


def call_off(rt: Runtime, treatment_id: str, *, by: Actor) -> str:
    """Give up a change that waits for the address list; the guest stays what they are. Return the guest's id."""
    with transaction(rt.sessions) as tx:
        treatment, guest = _awaited(tx, rt, treatment_id, by=by)
        account = Account(why="called off before the address list was done", details={"treatment": treatment.id})
        tx.add(event("guest.callOffTreatment", guest.subject, by=by, at=rt.clock(), account=account))
        tx.delete(treatment)
    return guest.id


def ensure_treatable(
    tx: Session, rt: Runtime, guest: Guest, user_type: UserType, *, besides: Treatment | None = None
) -> None:
    """Refuse where the change makes no sense: not ours, blocked, treated so already, or never signed in."""
    person = tx.get(Person, (guest.tenant_id, guest.object_id))
    if not guest.managed or person is None:
        raise _refused(f"{guest.name} was not invited or taken in by Selfservice.")
    if guest.standing is not GuestStanding.ACTIVE or not person.active or foreseeing.facts_of(tx, guest).is_leaver:
        raise _refused(f"{guest.name} is blocked, or not in the directory any more.")
    if person.user_type is user_type:
        raise _refused(f"{guest.name} is treated as a {user_type.value.lower()} already.")
    if not redeeming.has_accepted(guest, person):
        raise _refused(f"{guest.name} has not accepted the invitation yet.")
    waiting = awaited_of(tx, guest)
    if waiting is not None and waiting is not besides:
        raise _refused("A change waits for the address list already.")


def awaited_of(tx: Session, guest: Guest) -> Treatment | None:
    """Return the change that waits until the address list is done, or None."""
    query = select(Treatment).where(Treatment.guest_id == guest.id, Treatment.state == TreatmentState.AWAITING_LIST)
    return tx.scalars(query.order_by(Treatment.agreed_at.desc()).limit(1)).first()


def command_of(tx: Session, guest: Guest, *, shown: bool) -> str:
    """Return the line for Exchange Online PowerShell that shows the guest in the address list, or hides them."""
    person = tx.get(Person, (guest.tenant_id, guest.object_id))
    return list_command(person.user_principal_name if person else guest.object_id, shown=shown)


def second_people(tx: Session, guest: Guest, *, by: Actor) -> tuple[Asked, ...]:
    """Return who can agree: the admins of the resource tenant, but for whoever asks."""
    return tuple(each for each in helping.admins_of(tx, guest.tenant_id) if each.ref != by.ref)


def _awaited(tx: Session, rt: Runtime, treatment_id: str, *, by: Actor) -> tuple[Treatment, Guest]:
    treatment = tx.get(Treatment, treatment_id, with_for_update=True)
    if treatment is None or not authority.administers(rt.settings, treatment.tenant_id, by=by):
        raise NotFound
    if treatment.state is not TreatmentState.AWAITING_LIST:
        raise _refused("This is done already.")
    return treatment, tx.get_one(Guest, treatment.guest_id)


def _refused(cause: str) -> TreatmentRefused:
    return TreatmentRefused(cause, next_step="Look at the guest's page.", owner="You")
