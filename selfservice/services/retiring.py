"""Retiring: guests who have nothing left, never came, or stopped coming are blocked, and later deleted; where a tenant
only reports, it is written down what would happen.

Each guest has a moment at which they are looked at next: when something is due by what is known, and at least once a
day. So the worker asks for those alone, however many guests there are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import SYSTEM
from selfservice.model.guest import ActCause, Guest, GuestStanding
from selfservice.model.lifecycle import RESTORABLE_DAYS, Coming, GuestFacts, Lifecycle, Mode, coming, due, warned_from
from selfservice.model.mail import MailKind
from selfservice.services import braking, caring, foreseeing, sponsoring, telling_leavers, telling_time
from selfservice.services.caring import Doing, Untouchable
from selfservice.services.expiring import OUTAGES
from selfservice.services.posting import Recipient
from selfservice.services.runtime import Runtime
from selfservice.services.telling_time import Line, Notice
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

BATCH = 200
MOST_BATCHES = 50
"""So many batches are looked at in one go; what is left over is due the next minute."""

AT_LEAST_EVERY = timedelta(days=1)
SOON = timedelta(minutes=1)
"""When a guest is looked at again while an access of theirs is just being taken away."""

WHY: Mapping[ActCause, str] = {
    ActCause.ACCESS_ENDED: "the last access has ended",
    ActCause.UNREDEEMED: "the invitation was never accepted",
    ActCause.INACTIVE: "the guest has not signed in for a long time",
    ActCause.LEAVER: "the account at home is disabled or gone",
    ActCause.REVIEW: "a review decided it",
}


@dataclass(kw_only=True)
class _Warnings:
    """Of which guests one person is to be warned."""

    to: Recipient
    guests: dict[str, Coming] = field(default_factory=dict)


def retire_due(rt: Runtime) -> int:
    """Look at every guest whose time has come, do or report what is due, and warn of what is near. Return how many
    guests were looked at.
    """
    looked, warnings = 0, dict[str, _Warnings]()
    for _ in range(MOST_BATCHES):
        ids = _to_look_at(rt)
        for guest_id in ids:
            try:
                _look(rt, guest_id, warnings)
            except OUTAGES:
                raise
            except Exception:
                log.exception("a guest could not be looked after", guest=guest_id)
                _look_later(rt, guest_id)
        looked += len(ids)
        if len(ids) < BATCH:
            break
    for warning in warnings.values():
        _warn(rt, warning)
    return looked


def _to_look_at(rt: Runtime) -> list[str]:
    # Two questions, each along the index: asked as one with OR, a database walks every guest.
    never, now = Guest.look_at.is_(None), Guest.look_at <= rt.clock()
    with reading(rt.sessions) as tx:
        found = [*_ids(tx, never), *_ids(tx, now)]
    return found[:BATCH]


def _ids(tx: Session, when: ColumnElement[bool]) -> Iterable[str]:
    return tx.scalars(select(Guest.id).where(Guest.managed.is_(True), when).limit(BATCH))


def _look(rt: Runtime, guest_id: str, warnings: dict[str, _Warnings]) -> None:
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        guest = tx.get(Guest, guest_id, with_for_update=True)
        if guest is None:
            return
        policy, facts = foreseeing.policy_of(tx, guest.tenant_id), foreseeing.facts_of(tx, guest)
        next_, now = coming(facts, policy), due(facts, policy, at=at)
        guest.look_at = _next_look(facts, policy, next_, at=at)
        begun = now is not None and _act(tx, rt, guest, now, policy)
        if now is None or policy.mode is Mode.ENFORCE:
            _call_off_reports(tx, guest, at=at)
        if next_ is None or not _is_near(next_, policy, at=at):
            guest.warned_at = guest.warned_cause = None
        elif policy.mode is Mode.ENFORCE and guest.warned_cause is not next_.cause:
            _gather(tx, rt, guest, next_, warnings)
    if begun:
        rt.waker.wake("pump", guest.tenant_id)


def _gather(tx: Session, rt: Runtime, guest: Guest, next_: Coming, warnings: dict[str, _Warnings]) -> None:
    told = sponsoring.recipients(tx, rt, guest)
    for to in told:
        warnings.setdefault(to.key, _Warnings(to=to)).guests[guest.id] = next_
    if not told:
        # Nobody can be told, so the days of grace run from here on.
        guest.warned_at, guest.warned_cause = rt.clock(), next_.cause


def _next_look(facts: GuestFacts, policy: Lifecycle, next_: Coming | None, *, at: datetime) -> datetime:
    moments = [at + AT_LEAST_EVERY]
    if facts.runs and facts.ends and next_ is not None and next_.at <= at:
        moments.append(at + SOON)
    if next_ is not None:
        moments += [moment for moment in (next_.at, warned_from(next_, policy)) if moment is not None and moment > at]
    return min(moments)


def _is_near(next_: Coming, policy: Lifecycle, *, at: datetime) -> bool:
    begins = warned_from(next_, policy)
    return begins is not None and begins <= at


def _act(tx: Session, rt: Runtime, guest: Guest, now: Coming, policy: Lifecycle) -> bool:
    """Do what is due, or report it once; say whether something was begun."""
    if policy.mode is Mode.ENFORCE:
        left = braking.room(tx, rt, guest.tenant_id, policy)
        if left == 0:
            braking.brake(tx, rt, guest.tenant_id, policy)
            return False
        _call_off_reports(tx, guest, at=rt.clock())
    elif _is_reported(tx, rt, guest, now):
        return False
    # A deletion is undone for as long as the directory keeps what it deleted, whatever the settings say.
    undo_days = policy.undo_days if now.kind is ActKind.BLOCK else RESTORABLE_DAYS
    doing = Doing(kind=now.kind, cause=now.cause, why=WHY.get(now.cause, ""), by=SYSTEM, undo_days=undo_days)
    try:
        act = caring.begin(tx, rt, guest, doing)
    except Untouchable as refusal:
        log.info("a guest is left alone", guest=guest.id, why=refusal.cause)
        return False
    if act.state is ActState.BEGUN and act.cause is ActCause.LEAVER and act.kind is ActKind.BLOCK:
        telling_leavers.has_left(tx, rt, guest, act)
    return act.state is ActState.BEGUN


def _is_reported(tx: Session, rt: Runtime, guest: Guest, now: Coming) -> bool:
    """Say whether just this was reported; what was reported of an earlier time is called off, and reported anew."""
    known = False
    for act in _open_reports(tx, guest):
        if (act.kind, act.cause) == (now.kind, now.cause) and act.at >= now.at:
            known = True
        else:
            act.state, act.settled_at = ActState.CALLED_OFF, rt.clock()
    return known


def _call_off_reports(tx: Session, guest: Guest, *, at: datetime) -> None:
    for act in _open_reports(tx, guest):
        act.state, act.settled_at = ActState.CALLED_OFF, at


def _open_reports(tx: Session, guest: Guest) -> Iterable[GuestAct]:
    return tx.scalars(select(GuestAct).where(GuestAct.guest_id == guest.id, GuestAct.state == ActState.REPORTED)).all()


def _look_later(rt: Runtime, guest_id: str) -> None:
    with transaction(rt.sessions) as tx:
        tx.get_one(Guest, guest_id).look_at = rt.clock() + AT_LEAST_EVERY


def _warn(rt: Runtime, warning: _Warnings) -> None:
    """Tell one person of guests who will be blocked; from then on the days of grace run."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        query = select(Guest).where(Guest.id.in_(warning.guests), Guest.standing == GuestStanding.ACTIVE)
        guests = tx.scalars(query.order_by(Guest.address_key, Guest.id).with_for_update()).all()
        if not guests:
            return
        notice = Notice(
            kind=MailKind.GUESTS_LAPSING,
            tenant_id=guests[0].tenant_id,
            link=f"{rt.settings.base_url}/guests",
            lines=tuple(_line(tx, rt, guest, warning.guests[guest.id]) for guest in guests),
            facts={},
        )
        if telling_time.list_to(tx, rt, notice, to=warning.to):
            for guest in guests:
                guest.warned_at, guest.warned_cause = at, warning.guests[guest.id].cause
    rt.waker.wake("mail")


def _line(tx: Session, rt: Runtime, guest: Guest, next_: Coming) -> Line:
    grace = timedelta(days=foreseeing.policy_of(tx, guest.tenant_id).grace_days)
    tenant = rt.settings.tenant_by_id(guest.tenant_id)
    when = telling_time.day(max(next_.at, rt.clock() + grace).date())
    who = f"{guest.display_name} ({guest.address})" if guest.display_name else guest.address
    words = f"{who} at {tenant.name if tenant else ''} on {when}: {WHY[next_.cause]}"
    return Line(about=guest.id, words=words)
