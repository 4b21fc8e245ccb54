"""Warning: before an access ends, whoever answers for it and whoever has it are told who loses what and when.

One mail for a person and a day, however much ends for them. Nobody is warned of an end that somebody has decided about,
and nobody of an access whose roles the guest keeps by another one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind, StepState
from selfservice.model.guest import Guest
from selfservice.model.lifecycle import Lifecycle, warning_due
from selfservice.model.mail import MailKind
from selfservice.model.package import AccessPackage
from selfservice.model.planning import roles_of
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import foreseeing, posting, sponsoring, telling_time
from selfservice.services.expiring import OUTAGES
from selfservice.services.launching import launch_url
from selfservice.services.posting import Recipient
from selfservice.services.runtime import Runtime
from selfservice.services.telling_time import Line, Notice
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

GUEST = "guest/"


@dataclass(kw_only=True)
class _Mail:
    """What one person is told on one day: by access, for how many days before its end they are warned. `answers_for`
    are those of which nobody need be told once this person is.
    """

    to: Recipient
    tenant_id: str
    link: str = ""
    warnings: dict[str, int] = field(default_factory=dict)
    answers_for: set[str] = field(default_factory=set)


def warn_due(rt: Runtime) -> int:
    """Warn of whatever is to be warned of today, and return how many mails that were.

    Holders are told before sponsors: once a sponsor is told, the warning counts as given.
    """
    told = 0
    for mail in sorted(_mails(rt), key=lambda each: (bool(each.answers_for), each.to.key)):
        try:
            told += _write(rt, mail)
        except OUTAGES:
            raise
        except Exception:
            log.exception("a warning could not be written", to=mail.to.key)
    if told:
        rt.waker.wake("mail")
    return told


def _mails(rt: Runtime) -> Collection[_Mail]:
    mails: dict[str, _Mail] = {}
    with reading(rt.sessions) as tx:
        for due in _due(tx, rt):
            for new in _addressed(tx, rt, due):
                mail = mails.setdefault(new.to.key, new)
                mail.warnings[due.held.id] = due.days
                mail.answers_for |= new.answers_for
    return mails.values()


@dataclass(frozen=True, kw_only=True)
class _Due:
    """An access of which somebody is to be warned today, and which warning that is."""

    held: Assignment
    origin: AccessRequest
    guest: Guest
    days: int


def _due(tx: Session, rt: Runtime) -> Iterable[_Due]:
    """Yield the accesses of which somebody is to be warned today."""
    today, policies = rt.clock().date(), _policies(tx, rt)
    furthest = max((days for policy in policies.values() for days in policy.warn_days), default=-1)
    query = (
        select(Assignment, AccessRequest, Guest)
        .join(AccessRequest, AccessRequest.id == Assignment.request_id)
        .join(Guest, Guest.id == Assignment.guest_id)
        .where(_undecided(), Assignment.ends_on.between(today, today + timedelta(days=furthest)))
        .order_by(Assignment.ends_on, Assignment.id)
    )
    found = []
    for held, origin, guest in tx.execute(query):
        days = warning_due(held.ends_on, held.warned_days, policies[held.tenant_id], today=today)
        if days is not None:
            found.append(_Due(held=held, origin=origin, guest=guest, days=days))
    kept = _kept_otherwise(tx, [due.held for due in found])
    yield from (due for due in found if due.held.id not in kept)


def _policies(tx: Session, rt: Runtime) -> dict[str, Lifecycle]:
    policies = {tenant.tenant_id: foreseeing.policy_of(tx, tenant.tenant_id) for tenant in rt.settings.tenants.values()}
    return defaultdict(Lifecycle, policies)


def _undecided() -> ColumnElement[bool]:
    asked = select(AccessRequest.extends_id).where(
        AccessRequest.state == RequestState.PENDING_APPROVAL, AccessRequest.extends_id.is_not(None)
    )
    return (
        (Assignment.state == AssignmentState.ACTIVE) & Assignment.end_decision.is_(None) & Assignment.id.not_in(asked)
    )


def _addressed(tx: Session, rt: Runtime, due: _Due) -> Iterable[_Mail]:
    held, origin, guest = due.held, due.origin, due.guest
    answers = posting.person(tx, held.sponsor)
    for to in [answers] if answers is not None else sponsoring.recipients(tx, rt, guest):
        yield _Mail(to=to, tenant_id=held.sponsor_tenant_id, answers_for={held.id})
    if not origin.for_self:
        link = launch_url(rt.settings, tx.get_one(AccessPackage, held.package_id))
        to = Recipient(key=f"{GUEST}{guest.id}", address=guest.address, name=guest.display_name)
        yield _Mail(to=to, tenant_id=held.tenant_id, link=link)
    elif origin.requestor != held.sponsor and (holder := posting.person(tx, origin.requestor)) is not None:
        yield _Mail(to=holder, tenant_id=origin.requestor_tenant_id)


def _write(rt: Runtime, mail: _Mail) -> bool:
    today = rt.clock().date()
    with transaction(rt.sessions) as tx:
        # Locked, so that a decision about an end comes either before this mail or after it, and then takes it back.
        query = select(Assignment).where(Assignment.id.in_(mail.warnings), _undecided(), Assignment.ends_on >= today)
        accesses = tx.scalars(query.order_by(Assignment.ends_on, Assignment.id).with_for_update()).all()
        if not accesses:
            return False
        notice = Notice(
            kind=MailKind.ACCESS_ENDING,
            tenant_id=mail.tenant_id,
            link=mail.link or f"{rt.settings.base_url}/extend{f'/{accesses[0].id}' if len(accesses) == 1 else ''}",
            lines=tuple(_line(tx, rt, held, mail, today) for held in accesses),
            facts={
                "reader": "guest" if mail.to.key.startswith(GUEST) else "sponsor",
                "soonest": telling_time.ahead(min((held.ends_on - today).days for held in accesses)),
                "sponsor": ", ".join(dict.fromkeys(held.sponsor_name for held in accesses)),
            },
        )
        told = telling_time.list_to(tx, rt, notice, to=mail.to)
        for held in accesses:
            if told and held.id in mail.answers_for:
                held.warned_days = mail.warnings[held.id]
    return told


def _line(tx: Session, rt: Runtime, held: Assignment, mail: _Mail, today: date) -> Line:
    tenant = rt.settings.tenant_by_id(held.tenant_id)
    guest = tx.get_one(Guest, held.guest_id)
    own = mail.to.key in (f"{GUEST}{guest.id}", f"{guest.home_tenant_id}/{guest.home_object_id}")
    when = f"on {telling_time.day(held.ends_on)}, {telling_time.ahead((held.ends_on - today).days)}"
    what = f"{held.package_name} at {tenant.name if tenant else ''}"
    who = f"{guest.display_name} ({guest.address})" if guest.display_name else guest.address
    return Line(about=held.id, words=f"Your access to {what} ends {when}" if own else f"{who} loses {what} {when}")


def _kept_otherwise(tx: Session, due: Collection[Assignment]) -> frozenset[str]:
    """Return the accesses whose every role the guest keeps by another one that lasts longer."""
    others = defaultdict(list)
    guests = {held.guest_id for held in due}
    query = select(Assignment).where(Assignment.guest_id.in_(guests), Assignment.state == AssignmentState.ACTIVE)
    for other in tx.scalars(query):
        others[other.guest_id].append(other)
    several = [held for held in due if any(each.ends_on > held.ends_on for each in others[held.guest_id])]
    given = _given(tx, {each.request_id for held in several for each in others[held.guest_id]})
    return frozenset(
        held.id
        for held in several
        if given[held.request_id]
        and given[held.request_id]
        <= {key for each in others[held.guest_id] if each.ends_on > held.ends_on for key in given[each.request_id]}
    )


def _given(tx: Session, request_ids: Collection[str]) -> dict[str, set[tuple[str, str, str]]]:
    """Return the roles that each request has given."""
    given: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    grants = select(Delivery).where(Delivery.request_id.in_(request_ids), Delivery.kind == DeliveryKind.GRANT)
    for grant in tx.scalars(grants):
        done = (step for step in grant.steps if step.state is StepState.DONE)
        given[str(grant.request_id)] |= {role.key for role in roles_of(done)}
    return given
