"""Posting: a mail is a row of the outbox, written in the transaction of what it tells of.

Each row has a key that says what it tells to whom, and the same is never told twice. Links are made of the configured
address alone, never of anything that a browser sent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import PersonRef
from selfservice.model.base import new_id
from selfservice.model.mail import MailKind, MailState, OutboxMail
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.services.runtime import Runtime

NO_REQUEST = {"home_tenant": "", "resource_tenant": ""}
"""What the frame of a mail says that is about no single request."""

UNSENT = (
    OutboxMail.state.in_((MailState.QUEUED, MailState.SENDING)),
    OutboxMail.lease_until.is_(None),
    OutboxMail.draft_id.is_(None),
)
"""What can still be changed: it has not left, is not just leaving, and lies in no drafts."""


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Where a mail goes. `key` tells recipients apart in the outbox."""

    key: str
    address: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail before it has a recipient. `about` is what it tells of, once for everybody who is told."""

    kind: MailKind
    about: str
    tenant_id: str
    link: str
    facts: Mapping[str, str]
    request_id: str | None = None
    sealed_link: str | None = None


def post(tx: Session, rt: Runtime, letter: Letter, *, to: Recipient | None) -> bool:
    """Put a mail into the outbox, unless the same was told before or the person has no address; say whether it was."""
    if to is None or not to.address:
        return False
    once_key = f"{letter.kind.value}:{letter.about}:{to.key}"
    if tx.scalar(select(OutboxMail.id).where(OutboxMail.once_key == once_key)) is not None:
        return False
    mail_id = new_id()
    tx.add(
        OutboxMail(
            id=mail_id,
            once_key=once_key,
            kind=letter.kind,
            tenant_id=letter.tenant_id,
            request_id=letter.request_id,
            to_address=to.address,
            to_name=to.name,
            message_id=f"<{mail_id}@{urlsplit(rt.settings.base_url).hostname}>",
            facts={**letter.facts, "link": letter.link},
            sealed_link=letter.sealed_link,
            created_at=rt.clock(),
        )
    )
    tx.flush()
    return True


def about_request(
    rt: Runtime, request: AccessRequest, kind: MailKind, facts: Mapping[str, str], *, about: str = "", link: str = ""
) -> Letter:
    """Return a letter about a request: with its facts, and a link to its page unless another is given."""
    return Letter(
        kind=kind,
        about=about or request.id,
        tenant_id=request.tenant_id,
        request_id=request.id,
        link=link or request_page(rt.settings, request),
        facts={**facts_of(rt.settings, request), **facts},
    )


def is_posted(tx: Session, kinds: Iterable[MailKind], about: str) -> bool:
    """Say whether anybody was told of this."""
    return tx.scalar(select(OutboxMail.id).where(_told(kinds, about)).limit(1)) is not None


def keys_told(tx: Session, kinds: Iterable[MailKind], about: str) -> frozenset[str]:
    """Return the keys of those who were told of this."""
    keys = tx.scalars(select(OutboxMail.once_key).where(_told(kinds, about)))
    return frozenset(key.split(":", 2)[2] for key in keys)


def take_back(tx: Session, kinds: Iterable[MailKind], about: str) -> None:
    """Take mails out of the outbox that have not left and lie in no drafts; one that is just leaving stays."""
    tx.execute(delete(OutboxMail).where(_told(kinds, about), *UNSENT))


def facts_of(settings: Settings, request: AccessRequest) -> dict[str, str]:
    """Return what every mail about a request may say."""
    resource = settings.tenant_by_id(request.tenant_id)
    home = settings.tenant_by_id(request.requestor_tenant_id)
    return {
        "package": request.package_name,
        "resource_tenant": resource.name if resource else "",
        "home_tenant": home.name if home else "",
        "requestor": request.requestor_name,
        "for_self": "yes" if request.for_self else "",
        "guest": request.guest_name or request.guest_address,
        "guest_address": request.guest_address,
        "sponsor": request.sponsor_name,
        "justification": request.justification,
        "message": request.message,
        "ends_on": request.ends_on.isoformat(),
        "help_contact": resource.help_contact if resource else "",
    }


def request_page(settings: Settings, request: AccessRequest) -> str:
    """Return the address of a request's page."""
    return f"{settings.base_url}/requests/{request.id}"


def requestor(request: AccessRequest) -> Recipient:
    """Return the requestor as a recipient."""
    return Recipient(key=key_of(request.requestor), address=request.requestor_mail, name=request.requestor_name)


def sponsor(tx: Session, request: AccessRequest) -> Recipient | None:
    """Return the sponsor where that is somebody else than the requestor."""
    return None if request.sponsor == request.requestor else person(tx, request.sponsor)


def guest(request: AccessRequest) -> Recipient:
    """Return the beneficiary as a recipient."""
    if request.for_self:
        return requestor(request)
    return Recipient(key="guest", address=request.guest_address, name=request.guest_name)


def person(tx: Session, ref: PersonRef) -> Recipient | None:
    """Return a person whose account is active as a recipient."""
    known = tx.get(Person, (ref.tenant_id, ref.object_id))
    if known is None or not known.active:
        return None
    return Recipient(key=key_of(ref), address=known.mail or known.user_principal_name, name=known.display_name)


def help_contact(settings: Settings, tenant_id: str) -> Recipient | None:
    """Return whoever helps at a tenant, where the settings say how to write to them and not only who they are."""
    tenant = settings.tenant_by_id(tenant_id)
    written = next((word.strip("<>(),;") for word in tenant.help_contact.split() if "@" in word), "") if tenant else ""
    return Recipient(key="help", address=written, name="") if written else None


def key_of(ref: PersonRef) -> str:
    """Return the key under which a person is told."""
    return f"{ref.tenant_id}/{ref.object_id}"


def ref_of(key: str) -> PersonRef:
    """Return the person of such a key."""
    tenant_id, _, object_id = key.partition("/")
    return PersonRef(tenant_id=tenant_id, object_id=object_id)


def _told(kinds: Iterable[MailKind], about: str) -> ColumnElement[bool]:
    return or_(*(OutboxMail.once_key.startswith(f"{kind.value}:{about}:", autoescape=True) for kind in kinds))
