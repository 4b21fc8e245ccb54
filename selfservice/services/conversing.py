"""Conversing: an approver asks for more before deciding, and the requestor or the sponsor answers."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind
from selfservice.model.approval import ApprovalStage
from selfservice.model.audit import Account, event
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.request import WORDS, AccessRequest, RequestState, StepNotAllowed
from selfservice.model.thread import MessageKind, RequestMessage
from selfservice.services import authority, notifying, voices
from selfservice.services.eligibility import TextRefused, clean_text
from selfservice.services.runtime import Runtime
from selfservice.services.voices import Case
from selfservice.store.transaction import transaction

LONGEST_MESSAGE = 2000
MOST_MESSAGES = 20


class ThreadFull(NotAllowed):
    """The thread is as long as it may become."""


class NothingAsked(NotAllowed):
    """Nobody has asked anything yet."""


def ask(rt: Runtime, request_id: str, *, by: Actor, text: str) -> str:
    """Ask the requestor for more before deciding, and return the message's id."""
    words, at = _words(text, "question"), rt.clock()
    with transaction(rt.sessions) as tx:
        request = authority.request_to_decide(tx, request_id, by=by, at=at, lock=True)
        package = tx.get_one(AccessPackage, request.package_id)
        case = Case(package=package, request=request, stage=_open_stage(request))
        voices.standing_of(tx, case, by=by, at=at)
        message = _write(tx, rt, request, MessageKind.QUESTION, words, by=by)
        notifying.question_asked(tx, rt, request, message)
    rt.waker.wake("mail")
    return message.id


def answer(rt: Runtime, request_id: str, *, by: Actor, text: str) -> str:
    """Answer what was asked, as the requestor or the sponsor, and return the message's id."""
    words = _words(text, "answer")
    with transaction(rt.sessions) as tx:
        request = tx.get(AccessRequest, request_id, with_for_update=True)
        if request is None or by.kind is not ActorKind.PERSON or by.ref not in (request.requestor, request.sponsor):
            raise NotFound
        _open_stage(request)
        if not thread_of(tx, request):
            raise NothingAsked("Nobody has asked anything yet.", next_step="Wait for their decision.", owner="Nobody")
        message = _write(tx, rt, request, MessageKind.ANSWER, words, by=by)
        notifying.question_answered(tx, rt, request, message)
    rt.waker.wake("mail")
    return message.id


def thread_of(tx: Session, request: AccessRequest) -> list[RequestMessage]:
    """Return what was asked and answered about a request, in its order."""
    query = select(RequestMessage).where(RequestMessage.request_id == request.id)
    return list(tx.scalars(query.order_by(RequestMessage.written_at, RequestMessage.id)))


def _write(
    tx: Session, rt: Runtime, request: AccessRequest, kind: MessageKind, words: str, *, by: Actor
) -> RequestMessage:
    thread = thread_of(tx, request)
    if len(thread) >= MOST_MESSAGES:
        raise ThreadFull(
            f"The thread holds {MOST_MESSAGES} messages, and no more fit.",
            next_step="Talk to each other, then decide.",
            owner="You",
        )
    message = RequestMessage(
        request_id=request.id,
        kind=kind,
        tenant_id=by.tenant_id,
        object_id=by.object_id,
        name=by.name,
        text=words,
        written_at=_after(thread, rt.clock()),
    )
    tx.add(message)
    account = Account(details={"message": message.id})
    tx.add(event(f"request.{kind.value}", request.subject, by=by, at=rt.clock(), account=account))
    return message


def _after(thread: list[RequestMessage], at: datetime) -> datetime:
    """Return the moment, or one just after the last message: the order of a thread is the order of its moments."""
    return max(at, thread[-1].written_at + timedelta(microseconds=1)) if thread else at


def _open_stage(request: AccessRequest) -> ApprovalStage:
    stage = request.open_stage
    if stage is None or request.state is not RequestState.PENDING_APPROVAL:
        raise StepNotAllowed(
            f"This request is {WORDS[request.state]}, so there is nothing left to ask or to answer.",
            next_step="Look at the request as it is now.",
            owner="You",
        )
    return stage


def _words(text: str, what: str) -> str:
    words = clean_text(text, what=what, longest=LONGEST_MESSAGE)
    if not words:
        raise TextRefused(f"The {what} is missing.", next_step="Type it, then send it.", owner="You")
    return words
