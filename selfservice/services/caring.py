"""Caring: what is done to a guest object outside of a request. Each use case writes a delivery, in the caller's
transaction; its steps do it in the directory, look once more before they do, and say what came of it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import Actor, ActorKind
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import Account, AuditEvent, event
from selfservice.model.care import plan_care, plan_repair
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState
from selfservice.model.directory import UserType
from selfservice.model.guest import ActCause, Guest, GuestOrigin, GuestStanding
from selfservice.model.lifecycle import Mode, restorable_until, why_untouched
from selfservice.model.planning import GivenRole
from selfservice.model.refusal import NotFound, Refused
from selfservice.services import authority, caring_words, ending, foreseeing, sponsoring
from selfservice.services.preparing_care import act_of
from selfservice.services.runtime import Runtime
from selfservice.services.steps.describing import MOST_SPONSORS
from selfservice.services.steps.work import SponsorChoice
from selfservice.store.transaction import transaction

TAKING = frozenset({ActKind.BLOCK, ActKind.DELETE})
"""Acts that take something from a guest; the others give it back."""

FROM: Mapping[ActKind, frozenset[GuestStanding]] = {
    ActKind.BLOCK: frozenset({GuestStanding.ACTIVE}),
    ActKind.UNBLOCK: frozenset({GuestStanding.BLOCKED}),
    ActKind.DELETE: frozenset({GuestStanding.ACTIVE, GuestStanding.BLOCKED}),
    ActKind.RESTORE: frozenset({GuestStanding.DELETED}),
}
"""Where a guest has to stand for each act."""

BACK: Mapping[ActKind, ActKind] = {ActKind.BLOCK: ActKind.UNBLOCK, ActKind.DELETE: ActKind.RESTORE}
"""What undoes an act."""


class Untouchable(Refused):
    """This must not be done to this guest, or makes no sense for them now."""


@dataclass(frozen=True, kw_only=True)
class Doing:
    """What is to be done to a guest, why, and by whom; for `undo_days` one click undoes it."""

    kind: ActKind
    cause: ActCause
    why: str
    by: Actor
    undo_days: int = 0


def begin(tx: Session, rt: Runtime, guest: Guest, doing: Doing) -> GuestAct:
    """Write an act down with the delivery that does it, or only report it; the same is never begun twice."""
    tx.refresh(guest, with_for_update=True)
    last = last_act(tx, guest)
    if last is not None and _is_same(last, guest, doing):
        return last
    _ensure_possible(tx, rt, guest, doing, last)
    at = rt.clock()
    reports = doing.kind in TAKING and doing.by.kind is not ActorKind.PERSON
    only_reported = reports and foreseeing.policy_of(tx, guest.tenant_id).mode is Mode.REPORT
    act = GuestAct(
        tenant_id=guest.tenant_id,
        guest_id=guest.id,
        kind=doing.kind,
        cause=doing.cause,
        state=ActState.REPORTED if only_reported else ActState.BEGUN,
        why=doing.why[:500],
        at=at,
        by_tenant_id=doing.by.tenant_id,
        by_object_id=doing.by.object_id,
        by_name=doing.by.name,
        undo_until=at + timedelta(days=doing.undo_days) if doing.undo_days and not only_reported else None,
    )
    if not only_reported:
        if doing.kind is ActKind.DELETE:
            _end_access(tx, rt, guest, doing)
        delivery = plan_care(guest, DeliveryKind(doing.kind.value), at=at)
        tx.add(delivery)
        tx.flush()
        act.delivery_id = delivery.id
    tx.add(act)
    tx.flush()
    action = f"guest.{doing.kind.value}{'Reported' if only_reported else 'Begun'}"
    details = {"act": act.id, "cause": doing.cause.value}
    tx.add(event(action, guest.subject, by=doing.by, at=at, account=Account(why=doing.why, details=details)))
    return act


def undo(rt: Runtime, act_id: str, *, by: Actor) -> None:
    """Undo a block or a deletion with one click: whoever answers for the guest, or an admin there."""
    with transaction(rt.sessions) as tx:
        act = tx.get(GuestAct, act_id, with_for_update=True)
        if act is None or not _may_undo(tx, rt, act, by=by):
            raise NotFound
        if not can_undo(act, at=rt.clock()):
            raise Untouchable(
                "This cannot be undone by a click any more.",
                next_step="Ask an admin of the tenant, or ask for access again.",
                owner="An admin of the tenant",
            )
        guest = tx.get_one(Guest, act.guest_id)
        doing = Doing(kind=BACK[act.kind], cause=ActCause.UNDONE, why=f"undone: {act.why}", by=by)
        act.undone_by_id = begin(tx, rt, guest, doing).id
    rt.waker.wake("pump", act.tenant_id)


def retry(tx: Session, delivery: Delivery, *, by: Actor, at: datetime) -> AuditEvent:
    """Say that a delivery of care is tried once more, and that its act is under way again."""
    act = act_of(tx, delivery)
    if act is not None:
        act.state, act.settled_at = ActState.BEGUN, None
    guest = tx.get_one(Guest, delivery.guest_id)
    return event(f"guest.{delivery.kind.value}Retry", guest.subject, by=by, at=at)


def can_undo(act: GuestAct, *, at: datetime) -> bool:
    """Say whether one click undoes the act now."""
    in_time = act.undo_until is not None and at < act.undo_until
    return in_time and act.kind in BACK and act.state is ActState.DONE and act.undone_by_id is None


def last_act(tx: Session, guest: Guest) -> GuestAct | None:
    """Return what was done to the guest last, or was about to be."""
    acts = select(GuestAct).where(GuestAct.guest_id == guest.id)
    return tx.scalars(acts.order_by(GuestAct.at.desc(), GuestAct.id.desc()).limit(1)).first()


def order_link(tx: Session, rt: Runtime, guest: Guest, *, to_address: str, why: str, by: Actor) -> Delivery:
    """Have a fresh link made and mailed to this address; one that is on its way already is enough."""
    _ensure_ours(guest)
    mine = select(Delivery).where(Delivery.guest_id == guest.id, Delivery.state == DeliveryState.WORKING)
    for delivery in tx.scalars(mine.where(Delivery.kind == DeliveryKind.LINK)):
        if delivery.order.get("to_address") == to_address:
            return delivery
    return _add(tx, guest, plan_care(guest, DeliveryKind.LINK, {"to_address": to_address}, at=rt.clock()), why, by=by)


def order_sponsors(
    tx: Session, rt: Runtime, guest: Guest, sponsors: tuple[SponsorChoice, ...], *, by: Actor
) -> Delivery:
    """Have exactly these named as the guest's sponsors in the directory."""
    _ensure_ours(guest)
    if len(sponsors) > MOST_SPONSORS:
        raise Untouchable(f"A guest has at most {MOST_SPONSORS} sponsors.", next_step="Name fewer.", owner="You")
    order = {"sponsors": [asdict(sponsor) for sponsor in sponsors]}
    why = f"sponsors: {', '.join(sponsor.name for sponsor in sponsors) or 'nobody'}"
    return _add(tx, guest, plan_care(guest, DeliveryKind.SPONSORS, order, at=rt.clock()), why, by=by)


def order_reset(tx: Session, rt: Runtime, guest: Guest, *, address: str, by: Actor) -> Delivery:
    """Have the guest redeem anew, with this address; the object and all that it holds stay."""
    _ensure_ours(guest)
    delivery = plan_care(guest, DeliveryKind.RESET, {"address": address}, at=rt.clock())
    return _add(tx, guest, delivery, f"to redeem with {address}", by=by)


def order_treat(tx: Session, rt: Runtime, guest: Guest, *, user_type: UserType, by: Actor) -> Delivery:
    """Have the guest treated as a member from now on, or as a guest again."""
    _ensure_ours(guest)
    delivery = plan_care(guest, DeliveryKind.TREAT, {"user_type": user_type.value}, at=rt.clock())
    return _add(tx, guest, delivery, f"to be treated as a {user_type.value.lower()}", by=by)


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What is put right for a guest, and why: roles that are missing, and roles that should be gone."""

    why: str
    give: tuple[GivenRole, ...] = ()
    take: tuple[GivenRole, ...] = ()
    assignment_id: str | None = None


def order_repair(tx: Session, rt: Runtime, guest: Guest, repair: Repair, *, by: Actor) -> Delivery:
    """Have roles given that are missing, and taken away that should be gone."""
    delivery = plan_repair(guest, give=repair.give, take=repair.take, at=rt.clock())
    delivery.assignment_id = repair.assignment_id
    return _add(tx, guest, delivery, repair.why, by=by)


def _add(tx: Session, guest: Guest, delivery: Delivery, why: str, *, by: Actor) -> Delivery:
    tx.add(delivery)
    tx.flush()
    account = Account(why=why, details={"delivery": delivery.id, **delivery.order})
    tx.add(event(f"guest.{delivery.kind.value}Begun", guest.subject, by=by, at=delivery.created_at, account=account))
    return delivery


def _ensure_ours(guest: Guest) -> None:
    if not guest.managed or guest.origin is GuestOrigin.SYNCED:
        raise Untouchable(f"{guest.name} was not invited or taken in by Selfservice.", owner="Nobody")


def _may_undo(tx: Session, rt: Runtime, act: GuestAct, *, by: Actor) -> bool:
    """Whoever answers for the guest, or answered last, or administers the tenant."""
    guest = tx.get_one(Guest, act.guest_id)
    if sponsoring.answers_for(tx, guest, by=by) or authority.administers(rt.settings, act.tenant_id, by=by):
        return True
    ended = select(Assignment).where(Assignment.guest_id == guest.id).order_by(Assignment.ended_at.desc())
    last = tx.scalars(ended.limit(1)).first()
    return last is not None and by.kind is ActorKind.PERSON and last.sponsor == by.ref


def _end_access(tx: Session, rt: Runtime, guest: Guest, doing: Doing) -> None:
    """Whoever is deleted loses what they still have first, so that being restored does not bring it back."""
    mine = select(Assignment).where(Assignment.guest_id == guest.id, Assignment.state == AssignmentState.ACTIVE)
    for assignment in tx.scalars(mine.with_for_update()).all():
        ending.begin(tx, rt, assignment, by=doing.by, why=f"the guest is deleted: {doing.why}"[:500])


def _is_same(last: GuestAct, guest: Guest, doing: Doing) -> bool:
    """The same is under way; or it was reported, or set aside for a person, and nothing has changed since."""
    if last.kind is not doing.kind:
        return False
    if last.state is ActState.BEGUN:
        return True
    stale = guest.standing_since is not None and guest.standing_since > last.at
    stuck = last.state in (ActState.REPORTED, ActState.FAILED)
    return stuck and last.cause is doing.cause and doing.by.kind is not ActorKind.PERSON and not stale


def _ensure_possible(tx: Session, rt: Runtime, guest: Guest, doing: Doing, last: GuestAct | None) -> None:
    facts = foreseeing.facts_of(tx, guest)
    if doing.kind in TAKING and (untouched := why_untouched(facts)):
        raise Untouchable(f"{guest.name} {untouched}.", owner="Nobody")
    _ensure_ours(guest)
    if last is not None and last.state is ActState.BEGUN:
        raise Untouchable(
            f"Something else is being done to {guest.name} at this moment.", next_step="Wait a moment and try again."
        )
    if guest.standing not in FROM[doing.kind]:
        raise Untouchable(f"{guest.name} {caring_words.STANDINGS[guest.standing]}.", next_step="Nothing is left to do.")
    end = restorable_until(facts) if doing.kind is ActKind.RESTORE else None
    if end is not None and end <= rt.clock():
        raise Untouchable(f"{guest.name} cannot be restored any more.", next_step="Ask for access again.")
