"""Redeeming: a guest who has not accepted gets a fresh link: from whoever may help, by themself, or as a reminder.

A link is made when it is needed and goes to the approved address alone; it needs no second approval. Whether somebody
gets one is one question, asked of every way.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.address import address_key
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState
from selfservice.model.directory import RedemptionState
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.person import Person
from selfservice.model.policy import QuotaReached
from selfservice.model.redemption import (
    AlreadyAccepted,
    LinkAsk,
    LinkRefused,
    ensure_not_too_often,
)
from selfservice.model.refusal import Refused
from selfservice.model.unable import Away
from selfservice.services import caring, foreseeing, helping, quotas, telling_redemption
from selfservice.services.quotas import Allowance
from selfservice.services.runtime import Runtime
from selfservice.store.scope import everything
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

ASKS_AN_HOUR = 10
"""From one address of the network, on the page for guests."""

LINKS_AN_HOUR = 200
"""Into one tenant, from the page for guests: whatever is asked there, its directory and its mail stay usable."""

BATCH = 100
CHORE = "links"


def fresh_link(rt: Runtime, guest_id: str, *, by: Actor) -> None:
    """Send a guest who has not accepted a fresh link, at the wish of somebody who may help them."""
    with transaction(rt.sessions) as tx:
        guest = helping.guest_to_help(tx, rt, guest_id, by=by)
        ensure_linkable(tx, rt, guest)
        ensure_not_too_often(links_of(tx, guest), at=rt.clock())
        caring.order_link(tx, rt, guest, to_address=guest.address, why=f"{by.name} asked for a fresh link", by=by)
        tenant_id = guest.tenant_id
    rt.waker.wake("pump", tenant_id)


def ask_link(rt: Runtime, address: str, remote_address: str) -> None:
    """Write down that somebody asks for a fresh link on the page for guests: the same work whoever they name."""
    at = rt.clock()
    asker = hmac.new(rt.settings.secret_key.encode(), remote_address.encode(), hashlib.sha256).hexdigest()
    allowance = Allowance(kind=f"link ask {at.hour}", subject=asker, limit=ASKS_AN_HOUR)
    # Whoever asks is nobody yet, and what others asked counts for everybody.
    with everything(), transaction(rt.sessions) as tx:
        if not quotas.count_one(tx, "", allowance, at.date()):
            raise QuotaReached(
                "From where you are, this was asked very often within an hour.",
                next_step="Try again in an hour, or write to whoever invited you.",
                owner="You",
            )
        tx.add(LinkAsk(address_key=address_key(address.strip())[:320], asked_at=at))
    rt.waker.wake("chore", CHORE)


def work_links(rt: Runtime) -> int:
    """Work off what was asked on the page for guests, and return how much that was."""
    with reading(rt.sessions) as tx:
        waiting = tx.scalars(select(LinkAsk.id).order_by(LinkAsk.asked_at, LinkAsk.id).limit(BATCH)).all()
    for ask_id in waiting:
        try:
            with transaction(rt.sessions) as tx:
                _work(tx, rt, ask_id)
        except Away:
            raise
        except Exception:
            # Whatever is wrong with this one must not keep the others waiting for ever.
            log.exception("a link was not made by a fault of ours")
            _forget(rt, ask_id)
    return len(waiting)


def ensure_linkable(tx: Session, rt: Runtime, guest: Guest) -> None:
    """Refuse a link for a guest who needs none, or must not get one."""
    person = tx.get(Person, (guest.tenant_id, guest.object_id))
    is_leaver = foreseeing.facts_of(tx, guest).is_leaver
    if is_leaver or guest.standing is not GuestStanding.ACTIVE or (person is not None and not person.active):
        raise LinkRefused(
            f"{guest.name} is blocked, or gone here or at home, so a link would not help.",
            next_step="Look at the guest's page to see why.",
            owner="An admin of the tenant",
        )
    if not has_access(tx, guest, at=rt.clock()):
        raise LinkRefused(
            f"No access of {guest.name} runs any more, so there is nothing to accept.",
            next_step="Ask for the access anew.",
            owner="You",
        )
    if is_moving(tx, guest):
        raise LinkRefused(
            f"The invitation of {guest.name} is being moved to another address.",
            next_step="Wait: the link goes there by itself.",
            owner="Nobody",
        )
    if not guest.managed:
        raise LinkRefused(
            f"{guest.name} was not invited by Selfservice.",
            next_step="Take the guest in first, or ask an admin of the tenant to invite them again.",
            owner="An admin of the tenant",
        )
    if has_accepted(guest, person):
        raise AlreadyAccepted(f"{guest.name} has accepted already.", next_step="Nothing is left to do.", owner="Nobody")


def has_access(tx: Session, guest: Guest, *, at: datetime) -> bool:
    """Say whether something waits for the guest behind the invitation: an access, or the day until which they stay."""
    if guest.ends_on is not None and guest.ends_on >= at.date():
        return True
    running = select(Assignment.id).where(
        Assignment.guest_id == guest.id,
        Assignment.state == AssignmentState.ACTIVE,
        Assignment.ends_on >= at.date(),
    )
    return tx.scalar(running.limit(1)) is not None


def has_accepted(guest: Guest, person: Person | None) -> bool:
    """Say whether the guest needs no invitation: they accepted one, or never needed one."""
    if guest.redeemed_at is not None:
        return True
    return person is not None and person.redemption_state is RedemptionState.ACCEPTED


def links_of(tx: Session, guest: Guest) -> tuple[datetime, ...]:
    """Return when fresh links were ordered for a guest, the oldest first."""
    ordered = select(Delivery.created_at).where(Delivery.guest_id == guest.id, Delivery.kind == DeliveryKind.LINK)
    return tuple(tx.scalars(ordered.order_by(Delivery.created_at)))


def sent_lately(tx: Session, guest: Guest, *, at: datetime) -> bool:
    """Say whether the guest got a fresh link within a day."""
    return any(at - each < timedelta(days=1) for each in links_of(tx, guest))


def is_moving(tx: Session, guest: Guest) -> bool:
    """Say whether the invitation is being moved to another address: a link to the old one must not overtake it."""
    moving = select(Delivery.id).where(
        Delivery.guest_id == guest.id,
        Delivery.kind == DeliveryKind.RESET,
        Delivery.state == DeliveryState.WORKING,
    )
    return tx.scalar(moving.limit(1)) is not None


def _work(tx: Session, rt: Runtime, ask_id: str) -> None:
    ask = tx.get(LinkAsk, ask_id, with_for_update={"skip_locked": True})
    if ask is None:
        return
    resources = [tenant.tenant_id for tenant in rt.settings.tenants.values() if tenant.is_resource]
    guests = select(Guest).where(Guest.tenant_id.in_(resources), Guest.address_key == ask.address_key)
    for guest in tx.scalars(guests.order_by(Guest.id).with_for_update()).all():
        _answer(tx, rt, guest)
    tx.delete(ask)


def _answer(tx: Session, rt: Runtime, guest: Guest) -> None:
    """Send what helps this guest, or nothing at all: whoever asked may be anybody."""
    at = rt.clock()
    allowance = Allowance(kind=f"link made {at.hour}", subject="page", limit=LINKS_AN_HOUR)
    try:
        ensure_linkable(tx, rt, guest)
        ensure_not_too_often(links_of(tx, guest), at=at)
        if quotas.count_one(tx, guest.tenant_id, allowance, at.date()):
            why = "asked for on the page for guests"
            caring.order_link(tx, rt, guest, to_address=guest.address, why=why, by=SYSTEM)
    except AlreadyAccepted:
        telling_redemption.already_accepted(tx, rt, guest)
    except Refused as refusal:
        log.info("a link was not made", guest=guest.id, cause=refusal.cause)


def _forget(rt: Runtime, ask_id: str) -> None:
    with transaction(rt.sessions) as tx:
        ask = tx.get(LinkAsk, ask_id)
        if ask is not None:
            tx.delete(ask)
