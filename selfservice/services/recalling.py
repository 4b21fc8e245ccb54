"""Recalling: an invitation that was not accepted is sent again, on the days that the tenant's settings say."""

from datetime import datetime

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM
from selfservice.model.directory import RedemptionState
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.person import Person
from selfservice.model.redemption import reminder_window
from selfservice.model.refusal import Refused
from selfservice.model.unable import Away
from selfservice.services import caring, foreseeing, noticing, redeeming
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

BATCH = 200


def remind_due(rt: Runtime) -> int:
    """Send every reminder that is due, each with a link of its own, and return how many those were."""
    sent = 0
    for tenant in rt.settings.tenants.values():
        if tenant.is_resource:
            sent += _remind(rt, tenant.tenant_id)
    return sent


def _remind(rt: Runtime, tenant_id: str) -> int:
    with reading(rt.sessions) as tx:
        due = [
            (guest_id, days)
            for days in sorted(foreseeing.policy_of(tx, tenant_id).remind_days, reverse=True)
            for guest_id in _due(tx, tenant_id, days, at=rt.clock())
        ]
    sent = sum(_try(rt, guest_id, days) for guest_id, days in due)
    if sent:
        rt.waker.wake("pump", tenant_id)
    return sent


def _due(tx: Session, tenant_id: str, days: int, *, at: datetime) -> list[str]:
    since, until = reminder_window(days, at=at)
    waiting = (
        select(Guest.id)
        .join(Person, (Person.tenant_id == Guest.tenant_id) & (Person.object_id == Guest.object_id))
        .where(
            Guest.tenant_id == tenant_id,
            Guest.managed,
            Guest.standing == GuestStanding.ACTIVE,
            Guest.redeemed_at.is_(None),
            Guest.ensured_at > since,
            Guest.ensured_at <= until,
            or_(Guest.reminded_days.is_(None), Guest.reminded_days < days),
            Person.redemption_state == RedemptionState.PENDING,
        )
        .order_by(Guest.ensured_at, Guest.id)
        .limit(BATCH)
    )
    return list(tx.scalars(waiting))


def _try(rt: Runtime, guest_id: str, days: int) -> bool:
    try:
        return _send(rt, guest_id, days)
    except Away:
        raise
    except Exception:
        # Whatever is wrong with this one guest must not keep the others from being reminded.
        log.exception("a reminder failed by a fault of ours", guest=guest_id)
        return False


def _send(rt: Runtime, guest_id: str, days: int) -> bool:
    """Send one reminder. It counts as given though nothing can be sent now: it is not made up for later."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        guest = tx.get_one(Guest, guest_id, with_for_update=True)
        if guest.reminded_days is not None and guest.reminded_days >= days:
            return False
        guest.reminded_days = days
        if noticing.told_of(tx, guest) is not None or redeeming.sent_lately(tx, guest, at=at):
            return False
        try:
            redeeming.ensure_linkable(tx, rt, guest)
            why = f"not accepted {days} days after the invitation"
            caring.order_link(tx, rt, guest, to_address=guest.address, why=why, by=SYSTEM)
        except Refused as refusal:
            log.info("no reminder is sent", guest=guest.id, cause=refusal.cause)
            return False
    return True
