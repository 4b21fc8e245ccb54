"""What is told of the care for guests: their sponsors hear of each act, the guest of a fresh link alone."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, GuestAct
from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.guest import ActCause, Guest
from selfservice.model.mail import MailKind
from selfservice.services import caring_words, posting, sponsoring
from selfservice.services.posting import Letter, Recipient, post
from selfservice.services.runtime import Runtime

KINDS = {
    ActKind.BLOCK: MailKind.GUEST_BLOCKED,
    ActKind.UNBLOCK: MailKind.GUEST_BACK,
    ActKind.DELETE: MailKind.GUEST_DELETED,
    ActKind.RESTORE: MailKind.GUEST_BACK,
}


def act_done(tx: Session, rt: Runtime, guest: Guest, act: GuestAct) -> None:
    """Tell whoever answers for the guest what was done to them, why, and until when a click undoes it.

    Of a leaver they are told when it is noticed, by `leaving`.
    """
    if act.kind is ActKind.BLOCK and act.cause is ActCause.LEAVER:
        return
    facts = _facts(rt, guest) | {
        "reason": act.why,
        "cause": caring_words.CAUSES[act.cause],
        "by": act.by_name if act.by_object_id else "",
        "undo_until": act.undo_until.date().isoformat() if act.undo_until else "",
        "is_restored": "yes" if act.kind is ActKind.RESTORE else "",
    }
    letter = Letter(
        kind=KINDS[act.kind],
        about=act.id,
        tenant_id=guest.tenant_id,
        link=f"{rt.settings.base_url}/guests/person/{guest.id}",
        facts=facts,
    )
    for to in _told(tx, rt, guest):
        post(tx, rt, letter, to=to)


def fresh_link(tx: Session, rt: Runtime, delivery: Delivery, attempt_id: str) -> None:
    """Send the guest a fresh personal link, to the address of the order alone; it stays sealed until the mail leaves.

    Each order is told of by itself: the same guest may need another link later.
    """
    guest = tx.get_one(Guest, delivery.guest_id)
    address = str(delivery.order.get("to_address") or delivery.order.get("address") or guest.address)
    letter = Letter(
        kind=MailKind.FRESH_LINK,
        about=f"{delivery.id}/{attempt_id}",
        tenant_id=guest.tenant_id,
        link="",
        facts=_facts(rt, guest)
        | {
            "guest_address": address,
            "is_reset": "yes" if delivery.kind is DeliveryKind.RESET else "",
            "packages": ", ".join(sorted({package.name for package in sponsoring.packages_of(tx, guest)})),
        },
        sealed_link=delivery.redeem_link,
    )
    post(tx, rt, letter, to=Recipient(key="guest", address=address, name=guest.display_name))


def _facts(rt: Runtime, guest: Guest) -> dict[str, str]:
    tenant = rt.settings.tenant_by_id(guest.tenant_id)
    return posting.NO_REQUEST | {
        "guest": guest.name,
        "guest_address": guest.address,
        "resource_tenant": tenant.name if tenant else "",
        "help_contact": tenant.help_contact if tenant else "",
    }


def _told(tx: Session, rt: Runtime, guest: Guest) -> list[Recipient]:
    """Whoever answers for the guest now, and whoever did last: an access that is over has a sponsor no more."""
    ended = select(Assignment).where(Assignment.guest_id == guest.id).order_by(Assignment.starts_at.desc()).limit(1)
    last = tx.scalars(ended).first()
    before = posting.person(tx, last.sponsor) if last is not None else None
    found = [*sponsoring.recipients(tx, rt, guest), *([before] if before is not None else [])]
    return list({to.key: to for to in found}.values())
