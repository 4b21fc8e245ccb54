"""One timeline of a person as a guest: what happened in every tenant that the reader may see, and what is to come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor, ActorKind
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery, StepKind, StepState
from selfservice.model.guest import Guest
from selfservice.model.mail import MailState, OutboxMail
from selfservice.model.proposal import Proposal
from selfservice.model.request import AccessRequest
from selfservice.services import authority
from selfservice.services.overview.event_words import words_for
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.passport_rows import NextRow
from selfservice.services.overview.rows import Moment, Tense, Tone
from selfservice.services.overview.step_words import Cast, words_of
from selfservice.services.overview.story import MAILED

MOST_TOLD = 200
TOLD_STEPS = (StepKind.INVITE, StepKind.GIVE_ROLE, StepKind.TAKE_ROLE)


@dataclass(frozen=True, kw_only=True)
class Traces:
    """Where to look for what happened: guest objects, and the accesses and requests that concern them."""

    guests: Sequence[Guest]
    accesses: Sequence[Assignment]
    requests: Sequence[AccessRequest]

    @property
    def tenant_ids(self) -> frozenset[str]:
        """The tenants that the story may tell of."""
        return frozenset(guest.tenant_id for guest in self.guests)


def traces_of(
    tx: Session, settings: Settings, guests: Sequence[Guest], accesses: Sequence[Assignment], by: Actor
) -> Traces:
    """Return what concerns these guest objects: requests that led to an access of theirs, and others for them that the
    reader asked for, or oversees.
    """
    at_tenants = or_(
        *(and_(AccessRequest.tenant_id == g.tenant_id, AccessRequest.guest_key == g.address_key) for g in guests)
    )
    theirs = or_(authority.own_requests(by), authority.overseen_requests(settings, by=by))
    query = select(AccessRequest).where(
        or_(AccessRequest.id.in_([each.request_id for each in accesses]), and_(at_tenants, theirs))
    )
    newest = query.order_by(AccessRequest.submitted_at.desc(), AccessRequest.id).limit(MOST_TOLD)
    return Traces(guests=guests, accesses=accesses, requests=tx.scalars(newest).all())


def past(tx: Session, settings: Settings, traces: Traces) -> tuple[Moment, ...]:
    """Tell what happened, the newest first, as far back as there is room."""
    found = [*_events(tx, settings, traces), *_steps(tx, settings, traces), *_mails(tx, traces)]
    found.sort(key=lambda each: each.when or datetime.max.replace(tzinfo=UTC))
    return tuple(found[-MOST_TOLD:])


def future(traces: Traces, nexts: Mapping[str, tuple[NextRow, ...]]) -> tuple[Moment, ...]:
    """Tell what is to come, in its order."""
    ends = [
        Moment(tense=Tense.FUTURE, title=f"{each.package_name} ends on", tone=Tone.WAITING, day=each.ends_on)
        for each in traces.accesses
        if each.state is AssignmentState.ACTIVE
    ]
    acts = [
        Moment(tense=Tense.FUTURE, title=row.words, tone=Tone.WAITING, day=row.on, who=row.detail)
        for rows in nexts.values()
        for row in rows
        if row.on is not None
    ]
    return tuple(sorted((*ends, *acts), key=lambda each: each.day or date.max))


def _events(tx: Session, settings: Settings, traces: Traces) -> Iterator[Moment]:
    about = {
        "guest": [guest.id for guest in traces.guests],
        "assignment": [each.id for each in traces.accesses],
        "request": [each.id for each in traces.requests],
    }
    proposals = select(Proposal.id).where(Proposal.guest_id.in_(about["guest"]))
    subjects = [
        and_(AuditEvent.object_kind == kind, AuditEvent.object_id.in_(ids)) for kind, ids in about.items() if ids
    ]
    query = select(AuditEvent).where(
        AuditEvent.tenant_id.in_(traces.tenant_ids),
        or_(*subjects, and_(AuditEvent.object_kind == "proposal", AuditEvent.object_id.in_(proposals))),
    )
    names = {access.id: access.package_name for access in traces.accesses}
    names |= {request.id: request.package_name for request in traces.requests}
    newest = tx.scalars(query.order_by(AuditEvent.number.desc()).limit(MOST_TOLD)).all()
    for event in reversed(newest):
        words = words_for(event)
        if words is not None:
            what = words.title.format(tenant=mark_of(settings, event.tenant_id).name)
            package = names.get(event.object_id, "")
            yield Moment(
                tense=Tense.PAST,
                title=f"{what}: {package}" if package else what,
                tone=words.tone,
                when=event.at,
                who=event.actor_name if event.actor_kind is ActorKind.PERSON else "",
                detail=f"“{event.why}”" if event.why else "",
                evidence=event.graph_request_id,
            )


def _steps(tx: Session, settings: Settings, traces: Traces) -> Iterator[Moment]:
    requests = {each.id: each for each in traces.requests}
    for delivery in tx.scalars(select(Delivery).where(Delivery.request_id.in_(requests))):
        request = requests[delivery.request_id or ""]
        cast = Cast(
            guest=request.guest_name or request.guest_address,
            address=request.guest_address,
            tenant=mark_of(settings, request.tenant_id).name,
        )
        for step in delivery.steps:
            if step.kind in TOLD_STEPS and step.state in (StepState.DONE, StepState.FAILED) and step.settled_at:
                words, done = words_of(step, cast), step.state is StepState.DONE
                yield Moment(
                    tense=Tense.PAST,
                    title=words.past if done else words.failed,
                    tone=Tone.GOOD if done else Tone.BAD,
                    when=step.settled_at,
                    who=cast.tenant,
                    detail="" if done else f"{step.cause} {step.next_step}".strip(),
                    evidence=step.graph_request_id,
                )


def _mails(tx: Session, traces: Traces) -> Iterator[Moment]:
    query = select(OutboxMail).where(
        OutboxMail.request_id.in_([each.id for each in traces.requests]),
        OutboxMail.kind.in_(MAILED),
        OutboxMail.state == MailState.SENT,
    )
    theirs = {guest.address_key for guest in traces.guests}
    for mail in tx.scalars(query.order_by(OutboxMail.sent_at)):
        # The same news goes to whoever asked, which is no part of the guest's own story.
        if mail.to_address.casefold() not in theirs:
            continue
        yield Moment(tense=Tense.PAST, title=f"Link mailed to {mail.to_address}", tone=Tone.GOOD, when=mail.sent_at)
