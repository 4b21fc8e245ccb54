"""Following: what others do to a guest object in the directory is seen by the mirror, kept, and told; never undone, and
nobody is made anew because of it.

Such a change has the cause `byHand` and an act without a delivery: somebody decided it, though not here.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import SYSTEM
from selfservice.model.audit import Account, event
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.services import telling_care
from selfservice.services.concluding_care import DONE_WORDS
from selfservice.services.runtime import Runtime

WHY = "done in the directory, not by Selfservice"

OURS = {
    GuestStanding.ACTIVE: (DeliveryKind.UNBLOCK, DeliveryKind.RESTORE),
    GuestStanding.BLOCKED: (DeliveryKind.BLOCK, DeliveryKind.RESTORE),
    GuestStanding.DELETED: (DeliveryKind.DELETE,),
}
"""Which deliveries bring a guest to where they stand now: one that is under way says so itself when it is done."""


def follow(tx: Session, rt: Runtime, person: Person) -> None:
    """Keep where a guest of ours stands, in the transaction in which the mirror sees that it is somewhere else."""
    mine = select(Guest).where(Guest.tenant_id == person.tenant_id, Guest.object_id == person.object_id)
    guest = tx.scalars(mine.with_for_update()).first()
    if guest is None:
        return
    standing = _standing_of(person)
    is_gone = standing is GuestStanding.DELETED and guest.standing is GuestStanding.GONE
    if guest.standing is standing or is_gone or _is_our_doing(tx, guest, standing):
        return
    kind, at = _act_between(guest.standing, standing), rt.clock()
    guest.stand(standing, cause=ActCause.BY_HAND, at=at)
    act = _act(guest, kind, at=at)
    tx.add(act)
    tx.flush()
    account = Account(why=WHY, details={"act": act.id})
    tx.add(event(f"guest.{DONE_WORDS[kind]}Outside", guest.subject, by=SYSTEM, at=at, account=account))
    telling_care.act_done(tx, rt, guest, act)


def _standing_of(person: Person) -> GuestStanding:
    if person.removed_at is not None:
        return GuestStanding.DELETED
    return GuestStanding.ACTIVE if person.enabled else GuestStanding.BLOCKED


def _act_between(before: GuestStanding, after: GuestStanding) -> ActKind:
    if after is GuestStanding.DELETED:
        return ActKind.DELETE
    if before in (GuestStanding.DELETED, GuestStanding.GONE):
        return ActKind.RESTORE
    return ActKind.BLOCK if after is GuestStanding.BLOCKED else ActKind.UNBLOCK


def _act(guest: Guest, kind: ActKind, *, at: datetime) -> GuestAct:
    return GuestAct(
        tenant_id=guest.tenant_id,
        guest_id=guest.id,
        kind=kind,
        cause=ActCause.BY_HAND,
        state=ActState.DONE,
        why=WHY,
        at=at,
        by_name="somebody in the directory",
        settled_at=at,
    )


def _is_our_doing(tx: Session, guest: Guest, standing: GuestStanding) -> bool:
    working = select(Delivery.id).where(Delivery.tenant_id == guest.tenant_id, Delivery.state == DeliveryState.WORKING)
    caring = working.where(Delivery.guest_id == guest.id, Delivery.kind.in_(OURS[standing]))
    if tx.scalar(caring.limit(1)) is not None:
        return True
    if standing is GuestStanding.DELETED:
        return False
    asked = select(AccessRequest.id).where(
        AccessRequest.tenant_id == guest.tenant_id, AccessRequest.guest_key == guest.address_key
    )
    giving = working.where(Delivery.kind == DeliveryKind.GRANT, Delivery.request_id.in_(asked))
    return guest.standing is not GuestStanding.ACTIVE and tx.scalar(giving.limit(1)) is not None
