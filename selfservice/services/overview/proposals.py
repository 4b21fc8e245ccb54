"""What was proposed about guests: the list of whoever is asked, and one page for a proposal or a whole bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind
from selfservice.model.guest import Guest
from selfservice.model.proposal import Proposal, ProposalAsked, ProposalKind, ProposalState
from selfservice.model.refusal import NotFound
from selfservice.services import authority
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.proposed import changes_of
from selfservice.services.overview.rows import TenantMark
from selfservice.services.runtime import Runtime
from selfservice.services.telling_people import OUTCOMES, WANTED
from selfservice.store.transaction import reading

MOST_SHOWN = 100
MAKES_SPONSOR = frozenset({ProposalKind.HAND_OVER, ProposalKind.SUCCESSION, ProposalKind.ADOPTION})


@dataclass(frozen=True, kw_only=True)
class ProposalRow:
    """One proposal. `words` says what is wanted with the guest; `mine` that the reader may answer it now; `changes` are
    pairs of what would change and how; `makes_sponsor` says that whoever agrees answers for the guest.
    """

    proposal_id: str
    bundle: str
    guest_id: str
    guest_name: str
    words: str
    proposer: str
    reason: str
    tenant: TenantMark
    state: ProposalState
    state_words: str
    proposed_at: datetime
    answer_by: datetime | None
    answerer: str
    answer: str
    because: str
    mine: bool
    own: bool
    changes: tuple[tuple[str, str], ...] = ()
    makes_sponsor: bool = False


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """What waits for the reader's answer, and what the reader proposed and is not answered yet."""

    waiting: tuple[ProposalRow, ...]
    proposed: tuple[ProposalRow, ...]


def inbox(rt: Runtime, by: Actor) -> Inbox:
    """Return what the actor is asked, and what they asked of others; the oldest first."""
    mine = select(ProposalAsked.proposal_id).where(
        ProposalAsked.tenant_id == by.tenant_id,
        ProposalAsked.object_id == by.object_id,
        ProposalAsked.declined_at.is_(None),
    )
    proposed = (Proposal.proposed_by_tenant_id == by.tenant_id) & (Proposal.proposed_by_object_id == by.object_id)
    query = select(Proposal).where(Proposal.state == ProposalState.OPEN, or_(Proposal.id.in_(mine), proposed))
    with reading(rt.sessions) as tx:
        found = tx.scalars(query.order_by(Proposal.proposed_at, Proposal.id).limit(MOST_SHOWN)).all()
        rows = _rows(tx, rt, found, by)
    return Inbox(
        waiting=tuple(row for row in rows if row.mine), proposed=tuple(row for row in rows if row.own and not row.mine)
    )


def proposal_page(rt: Runtime, proposal_id: str, by: Actor) -> ProposalRow:
    """Return one proposal to whoever was asked, proposed it, or oversees its tenant."""
    with reading(rt.sessions) as tx:
        proposal = tx.get(Proposal, proposal_id)
        if proposal is None or not _may_see(rt, proposal, by):
            raise NotFound
        return _rows(tx, rt, [proposal], by)[0]


def bundle_page(rt: Runtime, bundle: str, by: Actor) -> tuple[ProposalRow, ...]:
    """Return the proposals of a bundle that the actor may look at."""
    with reading(rt.sessions) as tx:
        found = tx.scalars(select(Proposal).where(Proposal.bundle == bundle).order_by(Proposal.id)).all()
        seen = [proposal for proposal in found if _may_see(rt, proposal, by)]
        if not seen:
            raise NotFound
        return tuple(sorted(_rows(tx, rt, seen, by), key=lambda row: (row.guest_name.casefold(), row.proposal_id)))


def _may_see(rt: Runtime, proposal: Proposal, by: Actor) -> bool:
    if by.kind is not ActorKind.PERSON:
        return False
    asked = any(each.ref == by.ref for each in proposal.asked)
    return asked or proposal.proposed_by == by.ref or authority.oversees(rt.settings, proposal.tenant_id, by=by)


def _rows(tx: Session, rt: Runtime, proposals: Sequence[Proposal], by: Actor) -> list[ProposalRow]:
    ids = {proposal.guest_id for proposal in proposals if proposal.guest_id}
    guests = {guest.id: guest for guest in tx.scalars(select(Guest).where(Guest.id.in_(ids)))} if ids else {}
    return [_row(rt, proposal, guests.get(proposal.guest_id or ""), by) for proposal in proposals]


def _row(rt: Runtime, proposal: Proposal, guest: Guest | None, by: Actor) -> ProposalRow:
    asked = next((each for each in proposal.asked if each.ref == by.ref), None)
    is_open = proposal.state is ProposalState.OPEN
    waiting = ", ".join(each.name for each in proposal.waiting_for)
    return ProposalRow(
        proposal_id=proposal.id,
        bundle=proposal.bundle or "",
        guest_id=guest.id if guest is not None else "",
        guest_name=guest.name if guest is not None else str(proposal.body.get("guest_name", "")),
        words=_words(proposal),
        proposer=proposal.proposed_by_name,
        reason=proposal.reason,
        tenant=mark_of(rt.settings, proposal.tenant_id),
        state=proposal.state,
        state_words=f"waits for {waiting}" if is_open else OUTCOMES[proposal.state],
        proposed_at=proposal.proposed_at,
        answer_by=proposal.answer_by,
        answerer=proposal.answered_by_name,
        answer=proposal.answer,
        because=asked.because if asked is not None else "",
        mine=is_open and proposal.asks(by.ref) and proposal.proposed_by != by.ref,
        own=proposal.proposed_by == by.ref,
        changes=changes_of(proposal),
        makes_sponsor=proposal.kind in MAKES_SPONSOR,
    )


def _words(proposal: Proposal) -> str:
    address = proposal.body.get("address")
    if proposal.kind is ProposalKind.RESET and isinstance(address, str):
        return f"invite again with {address}"
    return WANTED[proposal.kind]
