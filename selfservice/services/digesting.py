"""Digesting: what waits for each person, gathered for one mail a day."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.approval import ApprovalStage, StageState
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import audience, posting
from selfservice.services.audience import Reader
from selfservice.services.posting import Letter
from selfservice.services.runtime import Runtime
from selfservice.services.waiting import open_stages
from selfservice.store.transaction import reading

LONGEST_LIST = 50
OLD_AFTER = timedelta(days=1)
"""What waits for longer is in everybody's mail; what is newer only in the mail of those who get no other."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that waits for somebody, or has expired in their hands."""

    stage_id: str
    asked_on: date
    words: str


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What is written to one person."""

    reader: Reader
    waiting: list[Item] = field(default_factory=list)
    lapsed: list[Item] = field(default_factory=list)


def collect(rt: Runtime) -> list[Digest]:
    """Return who has something that waits for them, and what that is, the oldest first."""
    digests: dict[PersonRef, Digest] = {}
    chose: dict[PersonRef, bool] = {}
    at = rt.clock()
    for each in open_stages(rt):
        for reader in audience.readers(each.tx, each.request, each.stage, each.stage.asked, at=at):
            person = reader.person
            if person not in chose:
                chose[person] = audience.wants_digest(each.tx, person)
            if chose[person] or _is_old(reader, at):
                digest = digests.setdefault(person, Digest(reader=reader))
                digest.waiting.append(_item(each.request, each.stage, reader))
    _add_lapsed(rt, digests)
    for digest in digests.values():
        digest.waiting.sort(key=lambda item: (item.asked_on, item.words))
    return sorted(digests.values(), key=lambda digest: digest.reader.to.key)


def write(tx: Session, rt: Runtime, digest: Digest) -> bool:
    """Put the mail of one person into the outbox, without what was decided meanwhile; say whether anything waits."""
    ids = [item.stage_id for item in digest.waiting]
    still = set(
        tx.scalars(select(ApprovalStage.id).where(ApprovalStage.id.in_(ids), ApprovalStage.state == StageState.OPEN))
    )
    waiting = [item for item in digest.waiting if item.stage_id in still]
    if not waiting:
        return False
    more = len(waiting) - LONGEST_LIST
    letter = Letter(
        kind=MailKind.DECISION_DIGEST,
        about=rt.clock().date().isoformat(),
        tenant_id=digest.reader.person.tenant_id,
        link=f"{rt.settings.base_url}/decide",
        facts=posting.NO_REQUEST
        | {
            "count": str(len(waiting)),
            "stages": "\n".join(item.stage_id for item in waiting[:LONGEST_LIST]),
            "waiting": "\n".join(item.words for item in waiting[:LONGEST_LIST]),
            "more": str(more) if more > 0 else "",
            "lapsed": "\n".join(item.words for item in digest.lapsed[:LONGEST_LIST]),
        },
    )
    return posting.post(tx, rt, letter, to=digest.reader.to)


def strike(tx: Session, stage_id: str) -> None:
    """Take what is decided out of daily mails that have not left; one in which nothing is left does not leave."""
    unsent = select(OutboxMail).where(
        OutboxMail.kind == MailKind.DECISION_DIGEST,
        *posting.UNSENT,
    )
    for mail in tx.scalars(unsent.with_for_update(skip_locked=True)):
        stages, lines = mail.facts["stages"].splitlines(), mail.facts["waiting"].splitlines()
        kept = [(stage, line) for stage, line in zip(stages, lines, strict=True) if stage != stage_id]
        if len(kept) == len(lines):
            continue
        if not kept:
            tx.delete(mail)
            continue
        facts = {
            "stages": "\n".join(stage for stage, _line in kept),
            "waiting": "\n".join(line for _stage, line in kept),
        }
        mail.facts = {**mail.facts, **facts, "count": str(int(mail.facts["count"]) - 1)}


def _add_lapsed(rt: Runtime, digests: dict[PersonRef, Digest]) -> None:
    """Add what expired since yesterday to the mails of those who were asked and did not answer."""
    with reading(rt.sessions) as tx:
        expired = select(AccessRequest).where(
            AccessRequest.state == RequestState.EXPIRED, AccessRequest.changed_at > rt.clock() - OLD_AFTER
        )
        for request in tx.scalars(expired.order_by(AccessRequest.changed_at, AccessRequest.id)):
            late = max((stage for stage in request.stages if stage.opened_at), key=lambda stage: stage.position)
            for approver in late.asked:
                if approver.ref in digests and late.vote_of(approver.ref) is None and not approver.quiet:
                    words = _one_line(f"{_what(request)}, asked by {request.requestor_name}")
                    item = Item(stage_id=late.id, asked_on=request.submitted_at.date(), words=words)
                    digests[approver.ref].lapsed.append(item)


def _is_old(reader: Reader, at: datetime) -> bool:
    return reader.asked_at is not None and reader.asked_at <= at - OLD_AFTER


def _item(request: AccessRequest, stage: ApprovalStage, reader: Reader) -> Item:
    asked_on = (reader.asked_at or request.submitted_at).date()
    words = f"{_what(request)}, asked by {request.requestor_name} on {_day(request.submitted_at.date())}"
    if stage.answer_by is not None:
        words += f", expires on {_day(stage.answer_by.date())}"
    if reader.instead_of:
        words += f" (for {reader.instead_of}, who is away)"
    return Item(stage_id=stage.id, asked_on=asked_on, words=_one_line(words))


def _what(request: AccessRequest) -> str:
    if request.for_self:
        return request.package_name
    return f"{request.package_name} for {request.guest_name or request.guest_address}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"
