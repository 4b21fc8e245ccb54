"""The story of a request: what happened, what happens now, and what is to come, in plain words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from selfservice.model.assignment import AssignmentState
from selfservice.model.delivery import Delivery, DeliveryState, StepKind, StepState
from selfservice.model.mail import MailKind, MailState, OutboxMail
from selfservice.model.package import ResourceRole
from selfservice.model.request import RequestState
from selfservice.services.overview.durations import again
from selfservice.services.overview.request_rows import Followed
from selfservice.services.overview.rows import Failure, Moment, Redemption, TenantMark, Tense, Tone
from selfservice.services.overview.step_words import Cast, inviting, role_words
from selfservice.services.overview.story_deciding import deciding
from selfservice.services.overview.story_delivery import Setting, moments_of

HOPEFUL = frozenset(
    {
        RequestState.PENDING_APPROVAL,
        RequestState.DELIVERING,
        RequestState.DELIVERED,
        RequestState.PARTIALLY_DELIVERED,
    }
)
MAILED = (MailKind.INVITATION, MailKind.ACCESS_READY)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that a request's story is told from."""

    told: Followed
    tenant: TenantMark
    home: TenantMark
    at: datetime
    gives: Sequence[ResourceRole] = ()
    grant: Delivery | None = None
    end: Delivery | None = None
    mails: Sequence[OutboxMail] = ()
    on_hold_because: str = ""
    blocked: Failure | None = None

    @property
    def cast(self) -> Cast:
        """Who and where it is about."""
        request = self.told.request
        return Cast(
            guest=request.guest_name or request.guest_address,
            address=request.guest_address,
            tenant=self.tenant.name,
        )

    @property
    def setting(self) -> Setting:
        """The same, as a delivery's story needs it."""
        return Setting(cast=self.cast, at=self.at, on_hold_because=self.on_hold_because)

    @property
    def mail(self) -> OutboxMail | None:
        """The mail that brings the link to the guest: the invitation, or where none was needed, the news."""
        return next((mail for kind in MAILED for mail in self.mails if mail.kind is kind), None)


def story(facts: Facts) -> tuple[Moment, ...]:
    """Tell the whole story in its order."""
    request = facts.told.request
    if request.extends_id is not None:
        return (*_asking(facts), *deciding(request, tenant=facts.tenant, home=facts.home), *_going_on(facts))
    return (
        *_asking(facts),
        *deciding(request, tenant=facts.tenant, home=facts.home),
        *_delivering(facts),
        *_accepting(facts),
        *_ending(facts),
    )


def _asking(facts: Facts) -> Iterator[Moment]:
    request = facts.told.request
    yield Moment(
        tense=Tense.PAST,
        title="Asked that the access goes on" if request.extends_id else "Asked",
        tone=Tone.GOOD,
        when=request.submitted_at,
        who=f"{request.requestor_name}, {facts.home.name}",
        detail=f"“{request.justification}”",
    )


def _going_on(facts: Facts) -> Iterator[Moment]:
    request, title = facts.told.request, "The access goes on until"
    if request.state is RequestState.PENDING_APPROVAL:
        yield Moment(tense=Tense.FUTURE, title=title, tone=Tone.WAITING, day=request.ends_on)
    elif request.state is RequestState.DELIVERED:
        yield Moment(tense=Tense.PAST, title=title, tone=Tone.GOOD, day=request.ends_on)


def _delivering(facts: Facts) -> Iterator[Moment]:
    if facts.grant is not None:
        yield from moments_of(facts.grant, facts.setting)
        if _mail_is_written(facts.grant):
            yield from _mailing(facts)
    elif facts.told.request.state is RequestState.PENDING_APPROVAL:
        if facts.told.redemption not in (Redemption.ACCEPTED, Redemption.NOT_NEEDED):
            yield _future(inviting(facts.cast).future)
        for role in facts.gives:
            yield _future(role_words(role.kind, role.words, facts.cast).future)
        yield _future(f"The link is mailed to {facts.cast.address}")


def _mail_is_written(grant: Delivery) -> bool:
    return any(step.kind is StepKind.MAIL and step.state is StepState.DONE for step in grant.steps)


def _mailing(facts: Facts) -> Iterator[Moment]:
    mail = facts.mail
    if mail is None:
        return
    link = mail.kind is MailKind.INVITATION
    if mail.state is MailState.SENT:
        title = f"Link mailed to {mail.to_address}" if link else f"Mail to {mail.to_address}: the access is ready"
        yield Moment(tense=Tense.PAST, title=title, tone=Tone.GOOD, when=mail.sent_at)
    elif mail.state is MailState.FAILED:
        yield Moment(
            tense=Tense.PAST,
            title=f"The mail to {mail.to_address} could not be sent",
            tone=Tone.BAD,
            detail=f"{mail.failure} {mail.next_step}".strip(),
        )
    else:
        yield Moment(
            tense=Tense.NOW,
            title=f"Mailing the link to {mail.to_address}" if link else f"Writing to {mail.to_address}: it is ready",
            tone=Tone.MOVING,
            detail=f"{again(mail.next_attempt_at, at=facts.at)}: {mail.failure}" if mail.failure else "",
        )


def _accepting(facts: Facts) -> Iterator[Moment]:
    told, guest = facts.told, facts.cast.guest
    if told.redemption is Redemption.ACCEPTED:
        accepted_at = told.guest.redeemed_at if told.guest else None
        if accepted_at is not None and accepted_at >= told.request.submitted_at:
            yield Moment(tense=Tense.PAST, title=f"{guest} accepted the invitation", tone=Tone.GOOD, when=accepted_at)
    elif told.request.state in HOPEFUL and told.redemption is not Redemption.NOT_NEEDED and _may_still_accept(told):
        if told.assignment is not None and facts.mail is not None and facts.mail.state is MailState.SENT:
            yield _waiting(guest, facts.blocked)
        else:
            yield _future(f"{guest} accepts the invitation")


def _waiting(guest: str, blocked: Failure | None) -> Moment:
    if blocked is None:
        return Moment(tense=Tense.NOW, title=f"Waiting for {guest} to accept the invitation", tone=Tone.WAITING)
    title = f"{guest} cannot accept the invitation any more"
    return Moment(tense=Tense.NOW, title=title, tone=Tone.BAD, detail=blocked.cause)


def _may_still_accept(told: Followed) -> bool:
    return told.assignment is None or told.assignment.state is AssignmentState.ACTIVE


def _ending(facts: Facts) -> Iterator[Moment]:
    assignment = facts.told.assignment
    if facts.end is not None and assignment is not None:
        yield Moment(
            tense=Tense.PAST,
            title="Ending begun",
            tone=Tone.ENDED,
            when=facts.end.created_at,
            detail=assignment.end_reason and f"“{assignment.end_reason}”",
        )
        yield from moments_of(facts.end, facts.setting)
        if assignment.state is AssignmentState.ENDED:
            yield Moment(tense=Tense.PAST, title="Ended", tone=Tone.ENDED, when=assignment.ended_at)
    elif facts.told.request.state in HOPEFUL and not _came_to_nothing(facts):
        yield Moment(tense=Tense.FUTURE, title="Ends on", tone=Tone.WAITING, day=facts.told.request.ends_on)


def _came_to_nothing(facts: Facts) -> bool:
    return facts.grant is not None and facts.grant.state is DeliveryState.FAILED


def _future(title: str) -> Moment:
    return Moment(tense=Tense.FUTURE, title=title, tone=Tone.WAITING)
