"""Mailing: the outbox is emptied by one worker at a time, each mail at most once wherever that can be known.

With a mailbox a mail is drafted, the draft's id is stored, and only then is it sent; after a crash the mailbox itself
says how far that came. Over SMTP a mail leaves in one step, which after a crash at one unavoidable point is repeated
with the same Message-ID (docs/decisions/0010).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM
from selfservice.model.audit import Account, Subject, event
from selfservice.model.directory import OutgoingMail, Secret
from selfservice.model.mail import MailState, OutboxMail
from selfservice.model.unable import UnableTo
from selfservice.services import leasing, sealing
from selfservice.services.ports import DraftBox
from selfservice.services.runtime import Runtime, WorkerRuntime
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

Compose = Callable[[OutboxMail, Secret | None], OutgoingMail]
"""Makes the mail of an outbox row and its secret link."""

LEASE, PAUSE = "mail", "pause:mail"
MAX_ATTEMPTS = 8
MAILS_PER_LEASE = 200
FIRST_WAIT, LONGEST_WAIT, SHORT_PAUSE = timedelta(seconds=15), timedelta(hours=1), timedelta(seconds=5)
UNFINISHED = (MailState.QUEUED, MailState.SENDING, MailState.DRAFTED)

PERMANENT = frozenset({"address-refused", "mail-refused", "unsealable"})
"""Codes of failures that no later attempt can change. All others may be the settings', and leave no mail behind."""

ABOUT_ONE_MAIL = frozenset({"mail-deferred"})
"""Codes of failures that say nothing about the next mail."""


def is_due(rt: Runtime) -> bool:
    """Say whether a mail waits to be sent, and nobody is at it."""
    at = rt.clock()
    with reading(rt.sessions) as tx:
        waits = tx.scalar(select(OutboxMail.id).where(_due(at)).limit(1)) is not None
        return waits and not any(leasing.is_held(tx, name, at=at) for name in (LEASE, PAUSE))


def send_due(rt: WorkerRuntime, compose: Compose) -> int:
    """Send every mail that is due and return how many were attempted; 0 where another worker is at it."""
    for_ = rt.settings.intervals.lease
    fence = leasing.claim(rt, LEASE, for_=for_)
    if fence is None:
        return 0
    attempted = 0
    try:
        while attempted < MAILS_PER_LEASE and leasing.renew(rt, LEASE, fence, for_=for_):
            mail = _claim(rt)
            if mail is None:
                break
            attempted += 1
            _attempt(rt, compose, mail)
    finally:
        leasing.release(rt, LEASE, fence)
    return attempted


def _due(at: datetime) -> ColumnElement[bool]:
    return and_(
        OutboxMail.state.in_(UNFINISHED),
        or_(OutboxMail.next_attempt_at.is_(None), OutboxMail.next_attempt_at <= at),
        or_(OutboxMail.lease_until.is_(None), OutboxMail.lease_until <= at),
    )


def _claim(rt: WorkerRuntime) -> OutboxMail | None:
    """Commit that an attempt begins, before anything is sent."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        if leasing.is_held(tx, PAUSE, at=at):
            return None
        oldest = select(OutboxMail).where(_due(at)).order_by(OutboxMail.created_at, OutboxMail.id).limit(1)
        mail = tx.scalar(oldest.with_for_update(skip_locked=True))
        if mail is not None:
            mail.claim(at=at, lease=rt.settings.intervals.lease)
        return mail


def _attempt(rt: WorkerRuntime, compose: Compose, mail: OutboxMail) -> None:
    try:
        link = sealing.unseal(rt.settings, mail.sealed_link) if mail.sealed_link else None
        outgoing = compose(mail, link)
        drafts = rt.mailer.drafts()
        if drafts is None:
            rt.mailer.send(outgoing)
        else:
            _send_draft(rt, drafts, mail, outgoing)
    except UnableTo as failure:
        log.warning("mail failed", mail=mail.id, kind=mail.kind.value, code=failure.code)
        _settle_failure(rt, mail, failure)
    except Exception:
        log.exception("mail failed by a fault of ours", mail=mail.id, kind=mail.kind.value)
        _settle_failure(rt, mail, _fault())
    else:
        _settle(rt, mail)


def _send_draft(rt: WorkerRuntime, drafts: DraftBox, mail: OutboxMail, outgoing: OutgoingMail) -> None:
    """Draft, store the draft's id, send. An earlier attempt is looked for before anything is done again."""
    draft_id = mail.draft_id
    if draft_id is not None:
        found = drafts.get(draft_id)
        if found is None or not found.is_draft:
            return  # it has left the drafts, so it was sent
    else:
        earlier = drafts.find(outgoing.message_id) if mail.attempts > 1 else None
        if earlier is not None and not earlier.is_draft:
            return
        draft_id = (earlier or drafts.create(outgoing)).draft_id
        if not _keep_draft(rt, mail, draft_id):
            return
    drafts.send(draft_id)


def _keep_draft(rt: WorkerRuntime, mail: OutboxMail, draft_id: str) -> bool:
    """Store the draft's id; False where the attempt is no longer ours, so that whoever has it now sends."""
    with transaction(rt.sessions) as tx:
        row = _hold(tx, mail)
        if row is None:
            return False
        row.draft_id, row.state = draft_id, MailState.DRAFTED
    return True


def _settle(rt: WorkerRuntime, mail: OutboxMail) -> None:
    with transaction(rt.sessions) as tx:
        row = _hold(tx, mail)
        if row is not None:
            row.sent(at=rt.clock())
            row.failure = row.next_step = ""
            _record(tx, rt, row, "mail.sent")


def _settle_failure(rt: WorkerRuntime, mail: OutboxMail, failure: UnableTo) -> None:
    """Wait and try again, or set the mail aside for a person. A mail server that is away pauses all mail."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        row = _hold(tx, mail)
        if row is None:
            return
        row.failure, row.next_step, row.lease_until = failure.cause, failure.next_step, None
        if failure.code in PERMANENT or row.attempts >= MAX_ATTEMPTS:
            row.state = MailState.FAILED
            _record(tx, rt, row, "mail.failed", why=failure.cause)
            return
        asked = timedelta(seconds=failure.retry_after or 0)
        row.next_attempt_at = at + max(asked, _wait(row.attempts))
        if failure.transient and failure.code not in ABOUT_ONE_MAIL:
            leasing.hold(tx, PAUSE, until=at + max(asked, SHORT_PAUSE))


def _wait(attempts: int) -> timedelta:
    return min(FIRST_WAIT * (1 << 2 * (attempts - 1)), LONGEST_WAIT)


def _hold(tx: Session, mail: OutboxMail) -> OutboxMail | None:
    row = tx.get_one(OutboxMail, mail.id, with_for_update=True)
    if row.fence != mail.fence or row.state not in UNFINISHED:
        log.warning("late settlement of a mail dropped", mail=mail.id)
        return None
    return row


def _record(tx: Session, rt: Runtime, mail: OutboxMail, action: str, *, why: str = "") -> None:
    details = {"kind": mail.kind.value, "request": mail.request_id, "attempts": mail.attempts}
    subject = Subject(kind="mail", id=mail.id, tenant_id=mail.tenant_id)
    tx.add(event(action, subject, by=SYSTEM, at=rt.clock(), account=Account(why=why, details=details)))


def _fault() -> UnableTo:
    return UnableTo(
        "This mail could not be written or sent by a fault of Selfservice.",
        code="fault",
        owner="Whoever runs Selfservice",
        next_step="Look into the worker's log.",
    )
