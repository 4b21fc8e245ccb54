"""What I asked for, and one request with its whole story."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState, StepKind, StepState
from selfservice.model.guest import Guest
from selfservice.model.mail import MailState, OutboxMail
from selfservice.model.mirror import TenantBrake
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import authority
from selfservice.services.launching import launch_url
from selfservice.services.noticing import told_of
from selfservice.services.overview import paging
from selfservice.services.overview.answering import answers_of
from selfservice.services.overview.interest import interest_of
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.request_rows import Followed, followed, row_of, rows_of
from selfservice.services.overview.rows import Failure, Page, Redemption, RequestPage, RequestRow
from selfservice.services.overview.stages import last_word, stages_of
from selfservice.services.overview.story import MAILED, Facts, story
from selfservice.services.overview.thread import is_open, thread_rows
from selfservice.services.overview.why import why_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

RETRIABLE = frozenset({DeliveryState.FAILED, DeliveryState.PARTLY})


def mine(rt: Runtime, by: Actor, after: str | None = None) -> Page[RequestRow]:
    """Return what the actor asked for, newest first."""
    query = (
        followed()
        .where(
            AccessRequest.requestor_tenant_id == by.tenant_id,
            AccessRequest.requestor_object_id == by.object_id,
        )
        .order_by(AccessRequest.submitted_at.desc(), AccessRequest.id.desc())
        .limit(paging.PER_PAGE + 1)
    )
    start = paging.read_moment(after)
    if start is not None:
        query = query.where(tuple_(AccessRequest.submitted_at, AccessRequest.id) < start)
    with reading(rt.sessions) as tx:
        shown, last = paging.cut(tx.execute(query).all())
        return Page(
            rows=rows_of(rt.settings, shown),
            next_after=paging.after_moment(last[0].submitted_at, last[0].id) if last else None,
        )


def request_page(rt: Runtime, request_id: str, by: Actor) -> RequestPage:
    """Return all about a request that the actor may look at."""
    with reading(rt.sessions) as tx:
        request = authority.request_to_see(tx, rt.settings, request_id, by=by, at=rt.clock())
        return page_of(tx, rt, request, by=by)


def page_of(tx: Session, rt: Runtime, request: AccessRequest, *, by: Actor) -> RequestPage:
    """Return all about a request, read in the caller's transaction."""
    package = tx.get_one(AccessPackage, request.package_id)
    came = gather(tx, request)
    facts = facts_of(tx, rt, came, package=package)
    messages = thread_rows(tx, request, by=by)
    page = replace(
        _page(rt, facts, package, by=by),
        can_decide=interest_of(tx, package, request, by=by, at=rt.clock()).may_decide,
        stages=stages_of(tx, request, at=rt.clock()),
        thread=messages,
        why=why_of(request),
        can_remind=request.requestor == by.ref and request.may_remind(at=rt.clock()),
        question_open=request.state is RequestState.PENDING_APPROVAL and is_open(messages),
        can_answer=by.ref in (request.requestor, request.sponsor),
    )
    return replace(page, version=hashlib.sha256(repr(page).encode()).hexdigest()[:20])


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came of a request: who is concerned, and what was done."""

    told: Followed
    grant: Delivery | None
    end: Delivery | None

    @property
    def given(self) -> tuple[str, ...]:
        """What was given, in words."""
        steps = self.grant.steps if self.grant else ()
        return tuple(step.label for step in steps if step.kind is StepKind.GIVE_ROLE and step.state is StepState.DONE)


def facts_of(tx: Session, rt: Runtime, came: Came, *, package: AccessPackage) -> Facts:
    """Return what a request's story is told from."""
    request = came.told.request
    mails = tx.scalars(
        select(OutboxMail)
        .where(OutboxMail.request_id == request.id, OutboxMail.kind.in_(MAILED))
        .order_by(OutboxMail.created_at.desc())
    ).all()
    brake = tx.get(TenantBrake, request.tenant_id)
    return Facts(
        told=came.told,
        tenant=mark_of(rt.settings, request.tenant_id),
        home=mark_of(rt.settings, request.requestor_tenant_id),
        at=rt.clock(),
        gives=package.roles,
        grant=came.grant,
        end=came.end,
        mails=mails,
        on_hold_because=brake.cause if brake else "",
        blocked=_blocked(tx, came.told),
    )


def _blocked(tx: Session, told: Followed) -> Failure | None:
    """Return what has come to stand in the way of an invitation that waits to be accepted."""
    pending = told.guest is not None and told.guest.redeemed_at is None and told.redemption is Redemption.PENDING
    said = told_of(tx, told.guest) if told.guest is not None and pending else None
    if said is None:
        return None
    owner, next_step = (str(said.details.get(name, "")) for name in ("owner", "nextStep"))
    return Failure(cause=said.why, owner=owner, next_step=next_step)


def gather(tx: Session, request: AccessRequest) -> Came:
    """Return what came of a request."""
    deliveries = tx.scalars(
        select(Delivery).where(Delivery.request_id == request.id).order_by(Delivery.created_at, Delivery.id)
    ).all()
    grant = _last(deliveries, DeliveryKind.GRANT)
    assignment = tx.scalar(select(Assignment).where(Assignment.request_id == request.id))
    guest = _guest(tx, request, assignment, grant)
    told = Followed(request=request, assignment=assignment, guest=guest, person=_person(tx, request, guest))
    return Came(told=told, grant=grant, end=_last(deliveries, DeliveryKind.END))


def _last(deliveries: Sequence[Delivery], kind: DeliveryKind) -> Delivery | None:
    return next((delivery for delivery in reversed(deliveries) if delivery.kind is kind), None)


def _guest(tx: Session, request: AccessRequest, assignment: Assignment | None, grant: Delivery | None) -> Guest | None:
    if assignment is not None:
        return tx.get(Guest, assignment.guest_id)
    if grant is None or grant.guest_object_id is None:
        return None
    return tx.scalar(
        select(Guest).where(Guest.tenant_id == request.tenant_id, Guest.object_id == grant.guest_object_id)
    )


def _person(tx: Session, request: AccessRequest, guest: Guest | None) -> Person | None:
    if guest is not None:
        return tx.get(Person, (guest.tenant_id, guest.object_id))
    return tx.scalars(
        select(Person)
        .where(
            Person.tenant_id == request.tenant_id,
            Person.mail_key == request.guest_key,
            Person.removed_at.is_(None),
        )
        .order_by(Person.object_id)
        .limit(1)
    ).first()


def _page(rt: Runtime, facts: Facts, package: AccessPackage, *, by: Actor) -> RequestPage:
    told, request = facts.told, facts.told.request
    decider, reason = last_word(request)
    row = replace(row_of(rt.settings, told), is_moving=_is_moving(facts))
    return RequestPage(
        row=row,
        content_hash=request.content_hash,
        can_withdraw=request.state is RequestState.PENDING_APPROVAL and request.requestor == by.ref,
        can_decide=False,
        decided_by=decider,
        decision_reason=reason,
        timeline=story(facts),
        failure=failure_of(rt, facts, by=by),
        redemption=told.redemption if told.guest else Redemption.UNKNOWN,
        accepted_at=told.guest.redeemed_at if told.guest else None,
        launch_url=launch_url(rt.settings, package) if is_usable(told) else "",
        assignment_id=told.assignment.id if told.assignment else "",
        gives=tuple(role.words for role in package.roles),
        answers=answers_of(package, request),
        terms_version=request.terms_version,
    )


def is_usable(told: Followed) -> bool:
    """Say whether the guest can use the access now."""
    active = told.assignment is not None and told.assignment.state is AssignmentState.ACTIVE
    return active and told.redemption is not Redemption.PENDING


def failure_of(rt: Runtime, facts: Facts, *, by: Actor) -> Failure | None:
    """Say what does not work in the delivery that matters now, or in its mail."""
    delivery = facts.end or facts.grant
    failed = next((step for step in delivery.steps if step.state is StepState.FAILED), None) if delivery else None
    if delivery is not None and failed is not None:
        return Failure(
            cause=failed.cause,
            owner=failed.owner,
            next_step=failed.next_step,
            request_id=failed.graph_request_id,
            can_retry=delivery.state in RETRIABLE and authority.administers(rt.settings, delivery.tenant_id, by=by),
            delivery_id=delivery.id,
        )
    if facts.mail is not None and facts.mail.state is MailState.FAILED:
        return Failure(cause=facts.mail.failure, next_step=facts.mail.next_step)
    return facts.blocked


def _is_moving(facts: Facts) -> bool:
    told = facts.told
    ending = told.assignment is not None and told.assignment.state is AssignmentState.ENDING
    mailing = any(mail.state not in (MailState.SENT, MailState.FAILED) for mail in facts.mails)
    return told.request.state is RequestState.DELIVERING or ending or mailing
