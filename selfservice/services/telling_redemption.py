"""What guests, sponsors and admins are told of redemption, beside the links themselves."""

from sqlalchemy.orm import Session

from selfservice.model.guest import Guest
from selfservice.model.mail import MailKind
from selfservice.services import posting, sponsoring
from selfservice.services.launching import launch_url
from selfservice.services.posting import Letter, Recipient, post
from selfservice.services.runtime import Runtime


def already_accepted(tx: Session, rt: Runtime, guest: Guest) -> None:
    """Tell a guest who asked for a link that they need none, with the link to what they can use; once a day."""
    package = next(iter(sponsoring.packages_of(tx, guest)), None)
    if package is None:
        return
    facts = _facts(rt, guest) | {"package": package.name}
    about = f"{guest.id}-{rt.clock():%Y%m%d}"
    letter = _letter(guest, MailKind.ALREADY_ACCEPTED, about, launch_url(rt.settings, package), facts)
    post(tx, rt, letter, to=_guest(guest))


def invitation_moved(tx: Session, rt: Runtime, guest: Guest, *, proposal_id: str, agreed_by: str) -> None:
    """Tell the old address and the sponsors that the invitation is moved to another address. Before it is moved."""
    facts = _facts(rt, guest) | {"decider": agreed_by}
    link = f"{rt.settings.base_url}/my-invitation"
    letter = _letter(guest, MailKind.INVITATION_MOVED, proposal_id, link, facts | {"reader": "guest"})
    post(tx, rt, letter, to=_guest(guest))
    page = f"{rt.settings.base_url}/guests/person/{guest.id}/redemption"
    letter = _letter(guest, MailKind.INVITATION_MOVED, proposal_id, page, facts | {"reader": "sponsor"})
    for sponsor in sponsoring.recipients(tx, rt, guest):
        post(tx, rt, letter, to=sponsor)


def list_wanted(tx: Session, rt: Runtime, guest: Guest, *, about: str, command: str, to: Recipient | None) -> None:
    """Tell the admin who agreed that the address list is theirs to change first, with the command for it."""
    page = f"{rt.settings.base_url}/guests/person/{guest.id}/treatment"
    letter = _letter(guest, MailKind.ADDRESS_LIST_WANTED, about, page, _facts(rt, guest) | {"command": command})
    post(tx, rt, letter, to=to)


def _facts(rt: Runtime, guest: Guest) -> dict[str, str]:
    tenant = rt.settings.tenant_by_id(guest.tenant_id)
    return {
        **posting.NO_REQUEST,
        "resource_tenant": tenant.name if tenant else "",
        "help_contact": tenant.help_contact if tenant else "",
        "guest": guest.name,
        "guest_address": guest.address,
    }


def _letter(guest: Guest, kind: MailKind, about: str, link: str, facts: dict[str, str]) -> Letter:
    return Letter(kind=kind, about=about, tenant_id=guest.tenant_id, link=link, facts=facts)


def _guest(guest: Guest) -> Recipient:
    return Recipient(key="guest", address=guest.address, name=guest.display_name)
