"""Proposing: a change to a guest is written down for a second person to agree to. Answers are taken by `agreeing`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind, PersonRef
from selfservice.model.audit import Account, event
from selfservice.model.base import new_id
from selfservice.model.proposal import Proposal, ProposalAsked, ProposalKind, ProposalState
from selfservice.model.refusal import NotAllowed, NotFound, Refused
from selfservice.services import authority, telling_people
from selfservice.services.eligibility import clean_text
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


class AlreadyProposed(Refused):
    """The same is proposed already, and waits for an answer."""


class NobodyToAsk(NotAllowed):
    """There is nobody who could agree."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Somebody to be asked. `because` says why them, to themself: "you are the manager of Ann Lee"."""

    ref: PersonRef
    name: str
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A proposal before it is written down. Those of one `bundle` are told of in one mail, by whoever made them."""

    kind: ProposalKind
    tenant_id: str
    guest_id: str | None
    body: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""
    asked: tuple[Asked, ...]
    one_key: str
    answer_days: int
    bundle: str | None = None


def propose(tx: Session, rt: Runtime, draft: Draft, *, by: Actor) -> Proposal:
    """Write a proposal down and ask for an answer; refuses where the same waits for one already."""
    at = rt.clock()
    if open_one(tx, draft.one_key) is not None:
        raise AlreadyProposed("This is proposed already.", next_step="Wait for the answer.", owner="Whoever was asked")
    if not draft.asked:
        raise NobodyToAsk(
            "There is nobody who could agree to this.", next_step="Ask an admin of the tenant.", owner="An admin"
        )
    proposal = Proposal(
        id=new_id(),
        tenant_id=draft.tenant_id,
        kind=draft.kind,
        one_key=draft.one_key,
        guest_id=draft.guest_id,
        bundle=draft.bundle,
        body=dict(draft.body),
        reason=clean_text(draft.reason, what="reason", longest=1000),
        proposed_by_tenant_id=by.tenant_id,
        proposed_by_object_id=by.object_id,
        proposed_by_name=by.name,
        proposed_at=at,
        answer_by=at + timedelta(days=draft.answer_days),
    )
    tx.add(proposal)
    details: dict[str, object] = {"kind": draft.kind.value, "guest": draft.guest_id}
    tx.add(event("proposal.open", proposal.subject, by=by, at=at, account=Account(why=draft.reason, details=details)))
    ask(tx, rt, proposal, draft.asked)
    return proposal


def ask(tx: Session, rt: Runtime, proposal: Proposal, people: tuple[Asked, ...]) -> None:
    """Ask people who were not asked before, and tell them, unless the proposal is told of with its whole bundle."""
    known = {each.ref for each in proposal.asked}
    for person in people:
        if person.ref not in known:
            proposal.asked.append(
                ProposalAsked(
                    tenant_id=person.ref.tenant_id,
                    object_id=person.ref.object_id,
                    name=person.name,
                    because=person.because[:300],
                    asked_at=rt.clock(),
                )
            )
    tx.flush()
    if proposal.bundle is None:
        telling_people.proposal_made(tx, rt, proposal)


def open_one(tx: Session, one_key: str) -> Proposal | None:
    """Return the proposal with this key that waits for an answer, or None."""
    return tx.scalar(select(Proposal).where(Proposal.one_key == one_key, Proposal.state == ProposalState.OPEN))


def withdraw(rt: Runtime, proposal_id: str, *, by: Actor) -> None:
    """Take a proposal back: whoever made it may, and an admin of the tenant."""
    with transaction(rt.sessions) as tx:
        proposal = tx.get(Proposal, proposal_id, with_for_update=True)
        if proposal is None or by.kind is not ActorKind.PERSON:
            raise NotFound
        if proposal.proposed_by != by.ref and not authority.administers(rt.settings, proposal.tenant_id, by=by):
            raise NotFound
        tx.add(proposal.close(ProposalState.WITHDRAWN, by=by, at=rt.clock()))
        telling_people.take_back(tx, proposal)
