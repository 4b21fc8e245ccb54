"""Announcing: what requestors, sponsors and guests are told of an access, from the invitation to the end."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.assignment import Assignment
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.guest import Guest
from selfservice.model.mail import MailKind
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest
from selfservice.services import posting
from selfservice.services.launching import launch_url
from selfservice.services.posting import about_request, post
from selfservice.services.runtime import Runtime


def invitation(tx: Session, rt: Runtime, request: AccessRequest, sealed_link: str, delivery_id: str) -> None:
    """Send the guest their personal link; it stays sealed until the mail leaves."""
    letter = posting.Letter(
        kind=MailKind.INVITATION,
        about=delivery_id,
        tenant_id=request.tenant_id,
        request_id=request.id,
        link="",
        facts=posting.facts_of(rt.settings, request),
        sealed_link=sealed_link,
    )
    post(tx, rt, letter, to=posting.guest(request))


def access_ready(tx: Session, rt: Runtime, request: AccessRequest, delivery_id: str) -> None:
    """Tell that the access is there: the requestor always, the guest where no invitation tells them."""
    invited = posting.is_posted(tx, (MailKind.INVITATION,), delivery_id)
    facts = {"invited": "yes" if invited else ""}
    if not invited:
        link = launch_url(rt.settings, tx.get_one(AccessPackage, request.package_id))
        to_guest = facts | {"reader": "guest"}
        opening = about_request(rt, request, MailKind.ACCESS_READY, to_guest, about=delivery_id, link=link)
        post(tx, rt, opening, to=posting.guest(request))
    if not request.for_self:
        to_requestor = facts | {"reader": "requestor"}
        telling = about_request(rt, request, MailKind.ACCESS_READY, to_requestor, about=delivery_id)
        post(tx, rt, telling, to=posting.requestor(request))


def delivery_failed(tx: Session, rt: Runtime, request: AccessRequest, cause: str, next_step: str) -> None:
    """Tell the requestor that something could not be given, why, and what comes next. Each failure is told once."""
    facts = {"cause": cause, "next_step": next_step}
    about = f"{request.id}:{request.changed_at:%Y%m%dT%H%M%S%f}"
    letter = about_request(rt, request, MailKind.DELIVERY_FAILED, facts, about=about)
    post(tx, rt, letter, to=posting.requestor(request))


def guest_accepted(tx: Session, rt: Runtime, guest: Guest) -> None:
    """Tell the requestors and sponsors of a guest that the guest has accepted the invitation."""
    for request in granted_to(tx, guest):
        letter = about_request(rt, request, MailKind.GUEST_ACCEPTED, {}, about=guest.id)
        if not request.for_self:
            post(tx, rt, letter, to=posting.requestor(request))
        post(tx, rt, letter, to=posting.sponsor(tx, request))


def access_ended(tx: Session, rt: Runtime, assignment: Assignment, guest: Guest) -> None:
    """Tell the requestor and the sponsor that the access is gone, and why."""
    request = tx.get_one(AccessRequest, assignment.request_id)
    facts = {"guest": guest.display_name or guest.address, "reason": assignment.end_reason}
    link = f"{rt.settings.base_url}/guests/{assignment.id}"
    letter = about_request(rt, request, MailKind.ACCESS_ENDED, facts, about=assignment.id, link=link)
    post(tx, rt, letter, to=posting.requestor(request))
    if assignment.sponsor != request.requestor:
        post(tx, rt, letter, to=posting.person(tx, assignment.sponsor))


def granted_to(tx: Session, guest: Guest) -> list[AccessRequest]:
    """Return the requests whose access was given to this guest, the oldest first."""
    granted = select(Delivery.request_id).where(
        Delivery.tenant_id == guest.tenant_id,
        Delivery.guest_object_id == guest.object_id,
        Delivery.kind == DeliveryKind.GRANT,
    )
    requests = select(AccessRequest).where(AccessRequest.id.in_(granted))
    return list(tx.scalars(requests.order_by(AccessRequest.submitted_at, AccessRequest.id)))
