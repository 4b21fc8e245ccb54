"""Notifying: who is told what. Every mail is a row of the outbox, written in the transaction of what it tells of.

Each row has a key that says what it tells to whom, and the same is never told twice. Links are made of the configured
address alone, never of anything that a browser sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import PersonRef
from selfservice.model.approval import Outcome
from selfservice.model.assignment import Assignment
from selfservice.model.base import new_id
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.guest import Guest
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.services.launching import launch_url
from selfservice.services.runtime import Runtime


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
    link: str
    facts: Mapping[str, str]
    sealed_link: str | None = None


def request_submitted(tx: Session, rt: Runtime, request: AccessRequest) -> None:
    """Ask the approvers of the open stage to decide, and tell the requestor and another sponsor that it was asked."""
    facts = _facts(rt.settings, request)
    stage = request.open_stage
    if stage is not None:
        link = f"{rt.settings.base_url}/decide/{request.id}"
        for approver in stage.approvers:
            why = {"because": approver.because}
            letter = Letter(kind=MailKind.DECISION_WANTED, about=stage.id, link=link, facts=facts | why)
            _write(tx, rt, request, letter, to=_person(tx, approver.ref))
    names = {"approvers": ", ".join(a.name for a in stage.approvers) if stage else ""}
    page = _request_page(rt.settings, request)
    received = Letter(kind=MailKind.REQUEST_RECEIVED, about=request.id, link=page, facts=facts | names)
    _write(tx, rt, request, received, to=_requestor(request))
    if request.sponsor != request.requestor:
        named = Letter(kind=MailKind.SPONSOR_NAMED, about=request.id, link=page, facts=facts | names)
        _write(tx, rt, request, named, to=_person(tx, request.sponsor))


def request_decided(
    tx: Session, rt: Runtime, request: AccessRequest, outcome: Outcome, decider_name: str, justification: str
) -> None:
    """Tell the requestor what was decided, by whom and why."""
    facts = {"outcome": outcome.value, "decider": decider_name, "reason": justification}
    letter = Letter(
        kind=MailKind.REQUEST_DECIDED,
        about=request.id,
        link=_request_page(rt.settings, request),
        facts=_facts(rt.settings, request) | facts,
    )
    _write(tx, rt, request, letter, to=_requestor(request))


def invitation(tx: Session, rt: Runtime, request: AccessRequest, sealed_link: str, delivery_id: str) -> None:
    """Send the guest their personal link; it stays sealed until the mail leaves."""
    letter = Letter(
        kind=MailKind.INVITATION,
        about=delivery_id,
        link="",
        facts=_facts(rt.settings, request),
        sealed_link=sealed_link,
    )
    _write(tx, rt, request, letter, to=_guest(request))


def access_ready(tx: Session, rt: Runtime, request: AccessRequest, delivery_id: str) -> None:
    """Tell that the access is there: the requestor always, the guest where no invitation tells them."""
    invited = _is_written(tx, MailKind.INVITATION, delivery_id)
    package = tx.get_one(AccessPackage, request.package_id)
    facts = _facts(rt.settings, request) | {"invited": "yes" if invited else ""}
    if not invited:
        opening = Letter(
            kind=MailKind.ACCESS_READY,
            about=delivery_id,
            link=launch_url(rt.settings, package),
            facts=facts | {"reader": "guest"},
        )
        _write(tx, rt, request, opening, to=_guest(request))
    if not request.for_self:
        telling = Letter(
            kind=MailKind.ACCESS_READY,
            about=delivery_id,
            link=_request_page(rt.settings, request),
            facts=facts | {"reader": "requestor"},
        )
        _write(tx, rt, request, telling, to=_requestor(request))


def delivery_failed(tx: Session, rt: Runtime, request: AccessRequest, cause: str, next_step: str) -> None:
    """Tell the requestor that something could not be given, why, and what comes next. Each failure is told once."""
    letter = Letter(
        kind=MailKind.DELIVERY_FAILED,
        about=f"{request.id}:{request.changed_at:%Y%m%dT%H%M%S%f}",
        link=_request_page(rt.settings, request),
        facts=_facts(rt.settings, request) | {"cause": cause, "next_step": next_step},
    )
    _write(tx, rt, request, letter, to=_requestor(request))


def guest_accepted(tx: Session, rt: Runtime, guest: Guest) -> None:
    """Tell the requestors and sponsors of a guest that the guest has accepted the invitation."""
    granted = select(Delivery.request_id).where(
        Delivery.tenant_id == guest.tenant_id,
        Delivery.guest_object_id == guest.object_id,
        Delivery.kind == DeliveryKind.GRANT,
    )
    for request in tx.scalars(select(AccessRequest).where(AccessRequest.id.in_(granted)).order_by(AccessRequest.id)):
        letter = Letter(
            kind=MailKind.GUEST_ACCEPTED,
            about=guest.id,
            link=_request_page(rt.settings, request),
            facts=_facts(rt.settings, request),
        )
        if not request.for_self:
            _write(tx, rt, request, letter, to=_requestor(request))
        if request.sponsor != request.requestor:
            _write(tx, rt, request, letter, to=_person(tx, request.sponsor))


def access_ended(tx: Session, rt: Runtime, assignment: Assignment, guest: Guest) -> None:
    """Tell the requestor and the sponsor that the access is gone, and why."""
    request = tx.get_one(AccessRequest, assignment.request_id)
    facts = {"guest": guest.display_name or guest.address, "reason": assignment.end_reason}
    letter = Letter(
        kind=MailKind.ACCESS_ENDED,
        about=assignment.id,
        link=f"{rt.settings.base_url}/guests/{assignment.id}",
        facts=_facts(rt.settings, request) | facts,
    )
    _write(tx, rt, request, letter, to=_requestor(request))
    if assignment.sponsor != request.requestor:
        _write(tx, rt, request, letter, to=_person(tx, assignment.sponsor))


def _write(tx: Session, rt: Runtime, request: AccessRequest, letter: Letter, *, to: Recipient | None) -> None:
    """Put a mail into the outbox, unless the same was told before or the person has no address."""
    if to is None or not to.address:
        return
    once_key = f"{letter.kind.value}:{letter.about}:{to.key}"
    if tx.scalar(select(OutboxMail.id).where(OutboxMail.once_key == once_key)) is not None:
        return
    mail_id = new_id()
    tx.add(
        OutboxMail(
            id=mail_id,
            once_key=once_key,
            kind=letter.kind,
            tenant_id=request.tenant_id,
            request_id=request.id,
            to_address=to.address,
            to_name=to.name,
            message_id=f"<{mail_id}@{urlsplit(rt.settings.base_url).hostname}>",
            facts={**letter.facts, "link": letter.link},
            sealed_link=letter.sealed_link,
            created_at=rt.clock(),
        )
    )
    tx.flush()


def _is_written(tx: Session, kind: MailKind, about: str) -> bool:
    told = OutboxMail.once_key.startswith(f"{kind.value}:{about}:", autoescape=True)
    return tx.scalar(select(OutboxMail.id).where(told).limit(1)) is not None


def _facts(settings: Settings, request: AccessRequest) -> dict[str, str]:
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


def _request_page(settings: Settings, request: AccessRequest) -> str:
    return f"{settings.base_url}/requests/{request.id}"


def _requestor(request: AccessRequest) -> Recipient:
    return Recipient(key=_key(request.requestor), address=request.requestor_mail, name=request.requestor_name)


def _guest(request: AccessRequest) -> Recipient:
    if request.for_self:
        return _requestor(request)
    return Recipient(key="guest", address=request.guest_address, name=request.guest_name)


def _person(tx: Session, ref: PersonRef) -> Recipient | None:
    person = tx.get(Person, (ref.tenant_id, ref.object_id))
    if person is None or not person.active:
        return None
    return Recipient(key=_key(ref), address=person.mail or person.user_principal_name, name=person.display_name)


def _key(ref: PersonRef) -> str:
    return f"{ref.tenant_id}/{ref.object_id}"
