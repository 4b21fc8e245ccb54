"""Leaving: an employee whose account at home is disabled or removed is blocked as a guest everywhere, and nothing waits
for them any more. One click undoes it for a while.
"""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, GuestAct
from selfservice.model.actor import SYSTEM
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.directory import UserType
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.lifecycle import Mode, why_untouched
from selfservice.model.person import Person
from selfservice.services import braking, caring, ending, foreseeing, handing_on, telling_leavers
from selfservice.services.caring import Doing, Untouchable
from selfservice.services.runtime import Runtime

WHY = "their account at home was disabled or removed"


def notice(tx: Session, rt: Runtime, person: Person) -> None:
    """Do what follows from somebody's leaving, in the transaction in which it is noticed."""
    if person.user_type is UserType.GUEST:
        return
    handing_on.close_own(tx, rt, person)
    handing_on.end_delegations(tx, rt, person)
    if person.enabled or person.removed_at is None:
        # Whoever was disabled before they are removed was noticed then, and what somebody undid since stays undone.
        for guest in tx.scalars(_guests_of(person)).all():
            _echo(tx, rt, guest)
            rt.waker.wake("pump", guest.tenant_id)
    rt.waker.wake("tend")
    rt.waker.wake("mail")


def notice_return(tx: Session, rt: Runtime, person: Person) -> None:
    """Tell whoever answers for the guests of somebody who is back that one click unblocks them; it is not done by
    itself.
    """
    for guest in tx.scalars(_guests_of(person)).all():
        last = caring.last_act(tx, guest)
        if last is None:
            continue
        if _is_echo(last) and guest.standing is GuestStanding.BLOCKED and caring.can_undo(last, at=rt.clock()):
            telling_leavers.is_back(tx, rt, guest, last)
            rt.waker.wake("mail")
        elif guest.standing_cause is ActCause.UNDONE and _undid_echo(tx, last):
            # What somebody undid was for this time: whoever leaves anew is blocked anew.
            guest.standing_cause = None


def _is_echo(act: GuestAct) -> bool:
    return act.kind is ActKind.BLOCK and act.cause is ActCause.LEAVER


def _undid_echo(tx: Session, act: GuestAct) -> bool:
    blocks = select(GuestAct).where(GuestAct.guest_id == act.guest_id, GuestAct.undone_by_id == act.id)
    return any(_is_echo(block) for block in tx.scalars(blocks))


def _guests_of(person: Person) -> Select[Guest]:
    theirs = select(Guest).where(Guest.home_tenant_id == person.tenant_id, Guest.home_object_id == person.object_id)
    return theirs.order_by(Guest.id)


def _echo(tx: Session, rt: Runtime, guest: Guest) -> None:
    """Block the guest object where it is ours; else take away what was given there, and leave the object alone."""
    if not why_untouched(foreseeing.facts_of(tx, guest)):
        act = _block(tx, rt, guest)
        if act is not None:
            telling_leavers.has_left(tx, rt, guest, act)
        return
    running = select(Assignment).where(Assignment.guest_id == guest.id, Assignment.state == AssignmentState.ACTIVE)
    for assignment in tx.scalars(running.order_by(Assignment.id).with_for_update()).all():
        ending.begin(tx, rt, assignment, by=SYSTEM, why=WHY)
    if guest.standing is not GuestStanding.GONE:
        telling_leavers.was_left_alone(tx, rt, guest)


def _block(tx: Session, rt: Runtime, guest: Guest) -> GuestAct | None:
    """Return the block, or None where they stand blocked already, something else is under way, or too many would be."""
    policy = foreseeing.policy_of(tx, guest.tenant_id)
    if guest.standing is not GuestStanding.ACTIVE:
        return None
    # What is not done now is due all the same: the sweep does it as soon as it may. What somebody undid before was for
    # another time.
    guest.look_at = rt.clock()
    if guest.standing_cause is ActCause.UNDONE:
        guest.standing_cause = None
    if policy.mode is Mode.ENFORCE and braking.room(tx, rt, guest.tenant_id, policy) == 0:
        braking.brake(tx, rt, guest.tenant_id, policy)
        return None
    doing = Doing(kind=ActKind.BLOCK, cause=ActCause.LEAVER, why=WHY, by=SYSTEM, undo_days=policy.undo_days)
    try:
        return caring.begin(tx, rt, guest, doing)
    except Untouchable:
        return None
