"""The thread of a request as pages show it, and what became different since a page was loaded."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from selfservice.model.actor import Actor
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.model.thread import MessageKind, RequestMessage, RequestRevision
from selfservice.services.conversing import thread_of
from selfservice.services.overview.stage_rows import ContentChange, MessageRow

GIVES = "What the access package gives"
WORDS = {
    "package_name": "Access package",
    "package_fingerprint": GIVES,
    "for_self": "For whom",
    "guest_address": "Address of the guest",
    "guest_name": "Name of the guest",
    "guest_company": "Company of the guest",
    "requestor_object_id": "Requestor",
    "sponsor_object_id": "Sponsor",
    "justification": "Justification",
    "message": "Message to the guest",
    "ends_on": "Until when",
    "answers": "Answers",
    "terms_version": "Version of the terms",
}
"""The parts of a request's content that people read; the others change only together with one of these."""


def thread_rows(tx: Session, request: AccessRequest, *, by: Actor) -> tuple[MessageRow, ...]:
    """Return what was asked and answered, in its order."""
    return tuple(
        MessageRow(
            name=message.name,
            text=message.text,
            is_question=message.kind is MessageKind.QUESTION,
            is_mine=message.author == by.ref,
            written_at=message.written_at,
        )
        for message in thread_of(tx, request)
    )


def is_open(thread: tuple[MessageRow, ...]) -> bool:
    """Say whether a question waits for its answer."""
    return bool(thread) and thread[-1].is_question


def open_questions(tx: Session, request_ids: Collection[str]) -> frozenset[str]:
    """Return which of these requests have a question that waits for its answer."""
    if not request_ids:
        return frozenset()
    asked = select(RequestMessage.request_id).where(RequestMessage.request_id.in_(request_ids), _is_last_question())
    return frozenset(tx.scalars(asked))


def changes_since(
    tx: Session, request: AccessRequest, package: AccessPackage, seen: str | None
) -> tuple[ContentChange, ...]:
    """Return what is different from the content that this hash stands for."""
    changes: list[ContentChange] = []
    if seen and seen != request.content_hash:
        changes += _differences(tx, request, package, seen)
    if package.fingerprint != request.package_fingerprint and not any(each.what == GIVES for each in changes):
        changes.append(ContentChange(what=GIVES, before="what you read", now=_gives(package)))
    return tuple(changes)


def _is_last_question() -> ColumnElement[bool]:
    other = aliased(RequestMessage)
    last = select(func.max(other.written_at)).where(other.request_id == RequestMessage.request_id).scalar_subquery()
    return (RequestMessage.kind == MessageKind.QUESTION) & (RequestMessage.written_at == last)


def _differences(tx: Session, request: AccessRequest, package: AccessPackage, seen: str) -> Iterator[ContentChange]:
    before = tx.get(RequestRevision, (request.id, seen))
    if before is None:
        yield ContentChange(what="The request", before="what you read", now="something else: read it again")
        return
    latest = tx.get(RequestRevision, (request.id, request.content_hash))
    why, now = (latest.why if latest else ""), request.content
    for name, what in WORDS.items():
        old, new = before.content.get(name, ""), now[name]
        if old == new:
            continue
        if name == "package_fingerprint":
            yield ContentChange(what=what, before="what you read", now=_gives(package), why=why)
        else:
            yield ContentChange(what=what, before=_said(tx, before.content, name), now=_said(tx, now, name), why=why)


def _said(tx: Session, content: Mapping[str, str], name: str) -> str:
    value = content.get(name, "")
    if name.endswith("_object_id"):
        person = tx.get(Person, (content.get(name.replace("object", "tenant"), ""), value))
        return person.display_name if person else value
    if name == "for_self":
        return "for oneself" if value == "True" else "for a guest"
    if name == "answers":
        return "; ".join(str(answer) for answer in json.loads(value or "{}").values())
    if name == "ends_on" and value:
        day = date.fromisoformat(value)
        return f"{day.day} {day:%B %Y}"
    return value


def _gives(package: AccessPackage) -> str:
    return ", ".join(role.words for role in package.roles)
