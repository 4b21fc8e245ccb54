"""Telling of time: what people are told of an access that ends or goes on, and of guests who will be blocked."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.assignment import Assignment
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest
from selfservice.services import posting
from selfservice.services.launching import launch_url
from selfservice.services.posting import Letter, Recipient
from selfservice.services.runtime import Runtime

LONGEST_LIST = 50


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that a mail lists: what it is about, by id, and the words for it."""

    about: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A mail that lists several things: one for a person and a day, however many there are."""

    kind: MailKind
    tenant_id: str
    link: str
    lines: tuple[Line, ...]
    facts: dict[str, str]


def list_to(tx: Session, rt: Runtime, notice: Notice, *, to: Recipient) -> bool:
    """Put the day's mail of this kind for one person into the outbox; say whether it was, or one had been before."""
    more = len(notice.lines) - LONGEST_LIST
    letter = Letter(
        kind=notice.kind,
        about=rt.clock().date().isoformat(),
        tenant_id=notice.tenant_id,
        link=notice.link,
        facts=posting.NO_REQUEST
        | notice.facts
        | {
            "count": str(len(notice.lines)),
            "abouts": "\n".join(line.about for line in notice.lines),
            "ending": "\n".join(one_line(line.words) for line in notice.lines[:LONGEST_LIST]),
            "more": str(more) if more > 0 else "",
        },
    )
    return posting.post(tx, rt, letter, to=to)


def strike(tx: Session, assignment_id: str) -> None:
    """Take an access whose end is decided out of warnings that have not left; an empty one does not leave at all."""
    unsent = select(OutboxMail).where(OutboxMail.kind == MailKind.ACCESS_ENDING, *posting.UNSENT)
    for mail in tx.scalars(unsent.with_for_update(skip_locked=True)):
        abouts, lines = mail.facts["abouts"].splitlines(), mail.facts["ending"].splitlines()
        if assignment_id not in abouts:
            continue
        place = abouts.index(assignment_id)
        del abouts[place], lines[place : place + 1]
        if not lines:
            tx.delete(mail)
            continue
        more = len(abouts) - len(lines)
        facts = {"abouts": "\n".join(abouts), "ending": "\n".join(lines), "count": str(len(abouts))}
        mail.facts = {**mail.facts, **facts, "more": str(more) if more > 0 else ""}


def extended(tx: Session, rt: Runtime, request: AccessRequest, held: Assignment) -> None:
    """Tell everybody concerned that an access goes on; the requestor only where no decision tells them."""
    facts = {"ends_on": held.ends_on.isoformat(), "reader": "sponsor"}
    letter = posting.about_request(rt, request, MailKind.ACCESS_EXTENDED, facts)
    if not request.stages:
        posting.post(tx, rt, letter, to=posting.requestor(request))
    if held.sponsor != request.requestor:
        posting.post(tx, rt, letter, to=posting.person(tx, held.sponsor))
    if not request.for_self:
        link = launch_url(rt.settings, tx.get_one(AccessPackage, request.package_id))
        to_guest = posting.about_request(rt, request, MailKind.ACCESS_EXTENDED, facts | {"reader": "guest"}, link=link)
        posting.post(tx, rt, to_guest, to=posting.guest(request))


def braked(tx: Session, rt: Runtime, tenant_id: str, cause: str) -> None:
    """Tell whoever helps at a tenant that its lifecycle has stopped until an admin looks."""
    tenant = rt.settings.tenant_by_id(tenant_id)
    letter = Letter(
        kind=MailKind.LIFECYCLE_BRAKED,
        about=f"{tenant_id}:{rt.clock():%Y%m%dT%H%M%S%f}",
        tenant_id=tenant_id,
        link=f"{rt.settings.base_url}/admin/lifecycle",
        facts=posting.NO_REQUEST | {"resource_tenant": tenant.name if tenant else "", "cause": cause},
    )
    posting.post(tx, rt, letter, to=posting.help_contact(rt.settings, tenant_id))


def ahead(days: int) -> str:
    """Say how many days away something is."""
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def day(on: date) -> str:
    """Return a date in words."""
    return f"{on.day} {on:%b %Y}"


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.split())
