"""Concluding a delivery of care: what its settled steps mean for the guest and the act, and who is told."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import SYSTEM
from selfservice.model.address import address_key
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import Account, event
from selfservice.model.delivery import CARE, Delivery, DeliveryKind, DeliveryState, StepKind, StepState
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.person import Person
from selfservice.services import telling_care
from selfservice.services.preparing_care import act_of
from selfservice.services.runtime import Runtime

ACTS = frozenset({StepKind.BLOCK, StepKind.UNBLOCK, StepKind.DELETE, StepKind.RESTORE})
"""Steps that are the whole of an act: left out, nothing else of it makes sense."""

DONE_WORDS = {
    ActKind.BLOCK: "blocked",
    ActKind.UNBLOCK: "unblocked",
    ActKind.DELETE: "deleted",
    ActKind.RESTORE: "restored",
}


def stand(tx: Session, delivery: Delivery, standing: GuestStanding, *, at: datetime) -> None:
    """Keep where the guest stands by a step that is done; one whom an access brought back has an act that says so."""
    if delivery.kind in CARE:
        guest, act = tx.get_one(Guest, delivery.guest_id), act_of(tx, delivery)
        guest.stand(standing, cause=act.cause if act else None, at=at)
        return
    query = select(Guest).where(Guest.tenant_id == delivery.tenant_id, Guest.object_id == delivery.guest_object_id)
    guest = tx.scalars(query.with_for_update()).one()
    kind = ActKind.RESTORE if guest.standing is GuestStanding.DELETED else ActKind.UNBLOCK
    guest.stand(standing, cause=ActCause.ACCESS_GIVEN, at=at)
    tx.add(
        GuestAct(
            tenant_id=guest.tenant_id,
            guest_id=guest.id,
            kind=kind,
            cause=ActCause.ACCESS_GIVEN,
            state=ActState.DONE,
            why="an access is given to them",
            at=at,
            by_name=SYSTEM.name,
            delivery_id=delivery.id,
            settled_at=at,
        )
    )
    account = Account(why="an access is given to them", details={"delivery": delivery.id})
    tx.add(event(f"guest.{DONE_WORDS[kind]}", guest.subject, by=SYSTEM, at=at, account=account))


def conclude(tx: Session, rt: Runtime, delivery: Delivery) -> None:
    """Say what came of a delivery whose every step is settled."""
    guest, act = tx.get_one(Guest, delivery.guest_id), act_of(tx, delivery)
    if act is not None:
        _conclude_act(tx, rt, delivery, act, guest)
        return
    if delivery.state is DeliveryState.DONE:
        _take_over(tx, delivery, guest)
    word = "Done" if delivery.state is DeliveryState.DONE else "Failed"
    account = Account(why=_cause(delivery), details={"delivery": delivery.id})
    tx.add(event(f"guest.{delivery.kind.value}{word}", guest.subject, by=SYSTEM, at=rt.clock(), account=account))


def _conclude_act(tx: Session, rt: Runtime, delivery: Delivery, act: GuestAct, guest: Guest) -> None:
    at, main = rt.clock(), delivery.steps[0]
    act.settled_at = at
    if delivery.state is not DeliveryState.DONE:
        act.state, word = ActState.FAILED, f"{act.kind.value}Failed"
    elif main.state is StepState.SKIPPED:
        act.state, word = ActState.CALLED_OFF, f"{act.kind.value}CalledOff"
    else:
        act.state, word = ActState.DONE, DONE_WORDS[act.kind]
    why = act.why if act.state is ActState.DONE else main.note or _cause(delivery)
    account = Account(
        why=why,
        graph_request_id=main.graph_request_id,
        details={"act": act.id, "cause": act.cause.value, "delivery": delivery.id},
    )
    tx.add(event(f"guest.{word}", guest.subject, by=SYSTEM, at=at, account=account))
    if act.state is ActState.DONE:
        if act.kind is ActKind.DELETE:
            _end_what_is_left(tx, guest, act, at=at)
        telling_care.act_done(tx, rt, guest, act)


def _end_what_is_left(tx: Session, guest: Guest, act: GuestAct, *, at: datetime) -> None:
    """A guest who is deleted holds nothing any more: what could not be taken away before is gone with them."""
    mine = select(Assignment).where(Assignment.guest_id == guest.id).with_for_update()
    left = (AssignmentState.ACTIVE, AssignmentState.END_FAILED)
    for assignment in tx.scalars(mine.where(Assignment.state.in_(left))).all():
        if assignment.state is AssignmentState.ACTIVE:
            tx.add(assignment.begin_end(by=SYSTEM, at=at, why=f"the guest was deleted: {act.why}"[:500]))
        tx.add(assignment.finish_end(by=SYSTEM, at=at))


def _take_over(tx: Session, delivery: Delivery, guest: Guest) -> None:
    """Keep what an order has changed about the guest, before the mirror tells it."""
    person = tx.get(Person, (guest.tenant_id, guest.object_id))
    if delivery.kind is DeliveryKind.RESET:
        guest.address = str(delivery.order["address"])
        guest.address_key, guest.redeemed_at = address_key(guest.address), None
        if person is not None:
            # Else the next round of the mirror would take the old acceptance for a new one.
            person.redemption_state = RedemptionState.PENDING
    if delivery.kind is DeliveryKind.TREAT and person is not None:
        person.user_type = UserType(str(delivery.order["user_type"]))


def _cause(delivery: Delivery) -> str:
    return next((step.cause for step in delivery.steps if step.state is StepState.FAILED), "")
