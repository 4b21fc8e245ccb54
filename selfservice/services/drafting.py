"""Drafting: one way from what somebody asks for to the request that would be stored, for the submit and for the card
that says beforehand what will happen.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.address import address_key, domain_of
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.refusal import NotAllowed, Refused
from selfservice.model.request import AccessRequest
from selfservice.model.thread import RequestRevision
from selfservice.services import eligibility, questioning, tagging, terms
from selfservice.services.eligibility import Beneficiary
from selfservice.services.runtime import Runtime

T = TypeVar("T")


class Keyed(Protocol):
    """A form that was sent, with the key that is unique to it."""

    @property
    def form_key(self) -> str:
        """What is unique to the form."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What someone asks for. `form_key` is unique to the form, so that pressing twice asks once; no sponsor means
    themself. `answers` are by question key; `terms_version` is the version of the terms that they agreed to.
    """

    form_key: str
    package_id: str
    for_self: bool
    justification: str
    ends_on: date
    guest_address: str = ""
    guest_name: str = ""
    guest_company: str = ""
    sponsor: PersonRef | None = None
    message: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    terms_version: int = 0


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """The request as far as it is written, what is wrong with it, and what is still missing."""

    request: AccessRequest
    problems: tuple[Refused, ...] = ()
    missing: tuple[Refused, ...] = ()


@dataclass
class _Pen:
    """Writes a request from what was asked, and notes what is wrong with it; the flag of a note says that something is
    only missing yet.
    """

    tx: Session
    rt: Runtime
    ask: Ask
    package: AccessPackage
    by: Actor
    notes: list[tuple[Refused, bool]] = field(default_factory=list)

    def request(self) -> AccessRequest:
        """Return the request, not yet stored."""
        ask, package, by, at = self.ask, self.package, self.by, self.rt.clock()
        asker = eligibility.asker(self.tx, by)
        guest, sponsor = self._guest(), self._sponsor(asker)
        return AccessRequest(
            form_key=form_key_of(ask, by),
            tenant_id=package.tenant_id,
            package_id=package.id,
            package_name=package.name,
            package_fingerprint=package.fingerprint,
            requestor_tenant_id=by.tenant_id,
            requestor_object_id=by.object_id,
            requestor_name=asker.display_name or by.name,
            requestor_mail=asker.mail or asker.user_principal_name,
            requestor_department=asker.department or "",
            for_self=ask.for_self,
            guest_address=guest.address,
            guest_key=address_key(guest.address),
            guest_domain=domain_of(guest.address),
            guest_name=guest.name or self._line(ask.guest_name, "name"),
            guest_company=guest.company or self._line(ask.guest_company, "company"),
            sponsor_tenant_id=sponsor.tenant_id,
            sponsor_object_id=sponsor.object_id,
            sponsor_name=sponsor.display_name,
            justification=self._justification(),
            message=self._message(),
            ends_on=self._ends_on(),
            answers=self._answers(),
            terms_version=self._terms(),
            submitted_at=at,
            changed_at=at,
        )

    def _take(self, read: Callable[[], T], *, otherwise: T, is_blank: bool = False) -> T:
        try:
            return read()
        except Refused as refusal:
            # What a package never allows is no matter of an unfinished form.
            self.notes.append((refusal, is_blank and not isinstance(refusal, NotAllowed)))
            return otherwise

    def _guest(self) -> Beneficiary:
        ask = self.ask
        return self._take(
            lambda: eligibility.beneficiary(
                self.tx, self.rt.settings, ask.for_self, ask.guest_address, package=self.package, by=self.by
            ),
            otherwise=Beneficiary(address=""),
            is_blank=not ask.for_self and is_unfinished(ask.guest_address),
        )

    def _sponsor(self, asker: Person) -> Person:
        return self._take(
            lambda: eligibility.sponsor(self.tx, self.ask.sponsor, by=self.by, asker=asker), otherwise=asker
        )

    def _line(self, text: str, what: str) -> str:
        return self._take(lambda: eligibility.clean_line(text, what=what, longest=120), otherwise="")

    def _justification(self) -> str:
        said = self.ask.justification
        return self._take(lambda: eligibility.justification(said), otherwise="", is_blank=not said.strip())

    def _message(self) -> str:
        if self.ask.for_self:
            return ""
        return self._take(lambda: eligibility.clean_text(self.ask.message, what="message", longest=500), otherwise="")

    def _ends_on(self) -> date:
        ends_on, today = self.ask.ends_on, self.rt.clock().date()
        longest = tagging.longest_days_of(self.tx, self.package)
        return self._take(
            lambda: eligibility.end_date(ends_on, package=self.package, today=today, longest=longest),
            otherwise=ends_on,
        )

    def _answers(self) -> dict[str, str]:
        given, answers = self.ask.answers, {}
        for question in questioning.questions_of(self.package):
            answer = self._take(
                partial(questioning.answer_of, question, given),
                otherwise="",
                is_blank=not given.get(question.key, "").strip(),
            )
            if answer:
                answers[question.key] = answer
        return answers

    def _terms(self) -> int:
        version = self.ask.terms_version
        return self._take(
            lambda: terms.ensure_agreed(self.tx, self.package, version), otherwise=0, is_blank=version == 0
        )


def draft(tx: Session, rt: Runtime, ask: Ask, package: AccessPackage, by: Actor) -> AccessRequest:
    """Return the request, complete and not yet stored, or refuse with the first thing that is wrong or missing."""
    pen = _Pen(tx=tx, rt=rt, ask=ask, package=package, by=by)
    request = pen.request()
    for refusal, _ in pen.notes:
        raise refusal
    return request


def sketch(tx: Session, rt: Runtime, ask: Ask, package: AccessPackage, by: Actor) -> Sketch:
    """Return the request as it stands on a form that may not be finished."""
    pen = _Pen(tx=tx, rt=rt, ask=ask, package=package, by=by)
    request = pen.request()
    return Sketch(
        request=request,
        problems=tuple(refusal for refusal, is_blank in pen.notes if not is_blank),
        missing=tuple(refusal for refusal, is_blank in pen.notes if is_blank),
    )


def form_key_of(form: Keyed, by: Actor) -> str:
    """Return a form's key as it is kept: bound to the person, so that nobody can claim, or find out about, another's
    form.
    """
    return hashlib.sha256(f"{by.tenant_id}/{by.object_id}/{form.form_key}".encode()).hexdigest()


def is_unfinished(address: str) -> bool:
    """Say whether somebody may still be typing this address: half of one is no mistake yet."""
    _, at, domain = address.strip().rpartition("@")
    return not at or "." not in domain.strip(".")


def revise(tx: Session, request: AccessRequest, *, by: Actor, why: str) -> None:
    """Keep what a stored request says from now on, so that a page which has become stale can show the difference."""
    tx.merge(
        RequestRevision(
            request_id=request.id,
            content_hash=request.content_hash,
            content=request.content,
            written_at=request.changed_at,
            written_by_name=by.name,
            why=why,
        )
    )
