"""How far a guest's redemption has come: what is in the way, whose step is next, and which links were sent."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import AuditEvent
from selfservice.model.crossing.finding import Level
from selfservice.model.diagnosis import Cure, Symptom
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalKind, ProposalState
from selfservice.model.redemption import Examination, ensure_not_too_often
from selfservice.model.refusal import Refused
from selfservice.services import doctoring, foreseeing, helping, redeeming, resetting
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rows import TenantMark, Tone
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

TRIED = {
    "guest.linkBegun": "a fresh link",
    "guest.resetBegun": "a link to another address",
    "guest.moveInvitation": "the invitation was moved",
    "guest.redeemed": "accepted",
}
MOST_TRIED = 20


@dataclass(frozen=True, kw_only=True)
class SymptomRow:
    """One thing that was found, whose it is, and what can be done about it."""

    level: Level
    text: str
    owner: str
    next_step: str
    cure: Cure


@dataclass(frozen=True, kw_only=True)
class TriedRow:
    """Something that was tried to get the guest in."""

    at: datetime
    words: str
    who: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RedemptionPage:
    """All about one guest's redemption. `why_no_link` says why no link can be sent now; `why_no_reset` likewise.

    `is_asking`: the directory is being asked; `asked_at` is when it last answered, `ask_failure` why it did not.
    """

    guest_id: str
    name: str
    address: str
    tenant: TenantMark
    words: str
    tone: Tone
    next_step: SymptomRow
    others: tuple[SymptomRow, ...]
    tried: tuple[TriedRow, ...]
    may_help: bool
    may_change: bool
    why_no_link: str = ""
    why_no_reset: str = ""
    is_asking: bool = False
    asked_at: datetime | None = None
    ask_failure: str = ""
    reminders: tuple[tuple[int, bool], ...] = ()
    open_reset: str = ""
    version: str = ""


def redemption_page(rt: Runtime, guest_id: str, by: Actor) -> RedemptionPage:
    """Return all about the redemption of a guest whom the actor may look at."""
    with reading(rt.sessions) as tx:
        guest = helping.guest_to_see(tx, rt, guest_id, by=by)
        person, kept = tx.get(Person, (guest.tenant_id, guest.object_id)), tx.get(Examination, guest.id)
        diagnosis = doctoring.examine(tx, rt, guest)
        accepted = redeeming.has_accepted(guest, person)
        waits = diagnosis.next_step.finding.level is not Level.STOP
        words, tone = ("not accepted yet", Tone.WAITING) if waits else ("stuck", Tone.BAD)
        page = RedemptionPage(
            guest_id=guest.id,
            name=guest.name,
            address=guest.address,
            tenant=mark_of(rt.settings, guest.tenant_id),
            words="accepted" if accepted else words,
            tone=Tone.GOOD if accepted else tone,
            next_step=_row(diagnosis.next_step),
            others=tuple(_row(each) for each in diagnosis.others),
            tried=_tried(tx, guest),
            may_help=helping.may_help(tx, rt, guest, by=by),
            may_change=helping.may_change(tx, rt, guest, by=by),
            why_no_link=_why_no_link(tx, rt, guest),
            why_no_reset=why_no_reset(tx, rt, guest),
            is_asking=kept is not None and kept.answered_at is None,
            asked_at=kept.answered_at if kept else None,
            ask_failure=kept.failure if kept else "",
            reminders=() if accepted else _reminders(tx, guest),
            open_reset=_open_reset(tx, guest),
        )
    return replace(page, version=hashlib.sha256(repr(page).encode()).hexdigest()[:20])


def why_no_reset(tx: Session, rt: Runtime, guest: Guest) -> str:
    """Say why this guest cannot redeem anew, or nothing."""
    try:
        resetting.ensure_resettable(tx, rt, guest)
    except Refused as refusal:
        return refusal.cause
    return ""


def _why_no_link(tx: Session, rt: Runtime, guest: Guest) -> str:
    try:
        redeeming.ensure_linkable(tx, rt, guest)
        ensure_not_too_often(redeeming.links_of(tx, guest), at=rt.clock())
    except Refused as refusal:
        return refusal.cause
    return ""


def _reminders(tx: Session, guest: Guest) -> tuple[tuple[int, bool], ...]:
    """Return the days after which reminders are sent, and which of them are over."""
    done = guest.reminded_days or 0
    return tuple((days, days <= done) for days in sorted(foreseeing.policy_of(tx, guest.tenant_id).remind_days))


def _tried(tx: Session, guest: Guest) -> tuple[TriedRow, ...]:
    events = (
        select(AuditEvent)
        .where(AuditEvent.object_kind == "guest", AuditEvent.object_id == guest.id, AuditEvent.action.in_(TRIED))
        .order_by(AuditEvent.number.desc())
        .limit(MOST_TRIED)
    )
    return tuple(
        TriedRow(at=each.at, words=TRIED[each.action], who=each.actor_name, why=each.why) for each in tx.scalars(events)
    )


def _open_reset(tx: Session, guest: Guest) -> str:
    waiting = select(Proposal.id).where(
        Proposal.guest_id == guest.id, Proposal.kind == ProposalKind.RESET, Proposal.state == ProposalState.OPEN
    )
    return tx.scalar(waiting.limit(1)) or ""


def _row(symptom: Symptom) -> SymptomRow:
    found = symptom.finding
    return SymptomRow(
        level=found.level, text=found.text, owner=found.owner, next_step=found.next_step, cure=symptom.cure
    )
