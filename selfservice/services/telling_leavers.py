"""What is told of people who leave: of a guest whose account at home is gone, and of guests whose sponsor goes."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from selfservice.model.act import ActState, GuestAct
from selfservice.model.guest import Guest
from selfservice.model.mail import MailKind
from selfservice.services import posting, sponsoring, successors
from selfservice.services.posting import Letter, Recipient, post
from selfservice.services.runtime import Runtime
from selfservice.services.telling_people import listed


def has_left(tx: Session, rt: Runtime, guest: Guest, act: GuestAct) -> None:
    """Tell whoever answers for the guest, and the admins where the tenant only reports."""
    reported = act.state is ActState.REPORTED
    facts = {
        "did": "reported" if reported else "blocked",
        "undo_until": act.undo_until.date().isoformat() if act.undo_until else "",
    }
    _left(tx, rt, guest, facts | {"reader": "sponsor"}, act.id, to=sponsoring.recipients(tx, rt, guest))
    if reported:
        _left(tx, rt, guest, facts | {"reader": "admin"}, act.id, to=admins(tx, rt, guest.tenant_id))


def was_left_alone(tx: Session, rt: Runtime, guest: Guest) -> None:
    """Tell the admins, and whoever answers for them, of a leaver whose object is not ours to block."""
    facts = {"did": "alone", "undo_until": ""}
    about = f"{guest.id}:{rt.clock():%Y%m%dT%H%M%S}"
    _left(tx, rt, guest, facts | {"reader": "sponsor"}, about, to=sponsoring.recipients(tx, rt, guest))
    _left(tx, rt, guest, facts | {"reader": "admin"}, about, to=admins(tx, rt, guest.tenant_id))


def is_back(tx: Session, rt: Runtime, guest: Guest, act: GuestAct) -> bool:
    """Tell whoever answers for the guest that the account at home is enabled again; say if anybody was told now."""
    home = rt.settings.tenant_by_id(guest.home_tenant_id or "")
    letter = Letter(
        kind=MailKind.LEAVER_BACK,
        about=act.id,
        tenant_id=guest.tenant_id,
        link=guest_page(rt, guest),
        facts={
            **facts_of(rt, guest),
            "home_tenant": home.name if home else "",
            "undo_until": act.undo_until.date().isoformat() if act.undo_until else "",
        },
    )
    told = [post(tx, rt, letter, to=to) for to in sponsoring.recipients(tx, rt, guest)]
    return any(told)


def answers_meanwhile(tx: Session, rt: Runtime, guests: list[Guest], to: Recipient | None, said: str) -> None:
    """Tell an interim sponsor that they answer for these guests of one tenant for now, and why."""
    _sponsor_goes(tx, rt, guests, "interim", said, to=[to])


def who_follows(tx: Session, rt: Runtime, guests: list[Guest], to: Recipient | None, said: str) -> None:
    """Ask a sponsor who is about to leave to hand their guests over."""
    _sponsor_goes(tx, rt, guests, "leaving", said, to=[to])


def nobody_answers(tx: Session, rt: Runtime, guests: list[Guest], said: str) -> None:
    """Tell the admins of a tenant, and its help contact, that nobody answers for these guests."""
    contact = posting.help_contact(rt.settings, guests[0].tenant_id)
    _sponsor_goes(tx, rt, guests, "admin", said, to=[*admins(tx, rt, guests[0].tenant_id), contact])


def admins(tx: Session, rt: Runtime, tenant_id: str) -> list[Recipient]:
    """Return the admins of a tenant as recipients, or else its help contact."""
    people = [to for each in successors.admins(tx, tenant_id) if (to := posting.person(tx, each.ref)) is not None]
    contact = posting.help_contact(rt.settings, tenant_id)
    return people or ([contact] if contact is not None else [])


def guest_page(rt: Runtime, guest: Guest) -> str:
    """Return the address of a guest's page."""
    return f"{rt.settings.base_url}/guests/person/{guest.id}"


def facts_of(rt: Runtime, guest: Guest) -> dict[str, str]:
    """Return what every mail about one guest may say."""
    tenant = rt.settings.tenant_by_id(guest.tenant_id)
    return {
        **posting.NO_REQUEST,
        "guest": guest.name,
        "count": "1",
        "resource_tenant": tenant.name if tenant else "",
    }


def _left(tx: Session, rt: Runtime, guest: Guest, facts: dict[str, str], about: str, *, to: list[Recipient]) -> None:
    home = rt.settings.tenant_by_id(guest.home_tenant_id or "")
    letter = Letter(
        kind=MailKind.LEAVER_NOTICED,
        about=about,
        tenant_id=guest.tenant_id,
        link=guest_page(rt, guest),
        facts={**facts_of(rt, guest), **facts, "home_tenant": home.name if home else ""},
    )
    for each in to:
        post(tx, rt, letter, to=each)


def _sponsor_goes(
    tx: Session, rt: Runtime, guests: list[Guest], reader: str, said: str, *, to: Iterable[Recipient | None]
) -> None:
    first = guests[0]
    page = guest_page(rt, first) if len(guests) == 1 else f"{rt.settings.base_url}/guests"
    letter = Letter(
        kind=MailKind.SPONSOR_INTERIM,
        about=f"{reader}:{first.id}:{rt.clock():%Y%m%d}",
        tenant_id=first.tenant_id,
        link=page,
        facts={
            **facts_of(rt, first),
            "guest": listed([guest.name for guest in guests]),
            "count": str(len(guests)),
            "reader": reader,
            "said": said,
        },
    )
    for each in to:
        post(tx, rt, letter, to=each)
