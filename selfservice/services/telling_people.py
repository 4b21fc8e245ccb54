"""What sponsors, admins, and whoever is asked to take a guest over, are told."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.guest import Guest
from selfservice.model.mail import MailKind
from selfservice.model.proposal import Proposal, ProposalKind, ProposalState
from selfservice.services import posting
from selfservice.services.posting import Letter, post
from selfservice.services.runtime import Runtime

WANTED = {
    ProposalKind.HAND_OVER: "take over as sponsor",
    ProposalKind.SUCCESSION: "take over as sponsor, since the sponsor is leaving or has left",
    ProposalKind.ADOPTION: "take in as sponsor",
    ProposalKind.RESET: "invite again with another address",
    ProposalKind.MEMBER: "treat as a member",
    ProposalKind.DRIFT: "keep an access that was found in the directory",
}
"""What is wanted with the guest, in words that follow "You are asked to"."""

OUTCOMES = {
    ProposalState.ACCEPTED: "agreed",
    ProposalState.DECLINED: "declined",
    ProposalState.EXPIRED: "was not answered in time",
    ProposalState.WITHDRAWN: "was taken back",
}


def proposal_made(tx: Session, rt: Runtime, proposal: Proposal) -> None:
    """Ask whoever was asked for an answer; each of them once."""
    guest = tx.get(Guest, proposal.guest_id) if proposal.guest_id else None
    names = [guest.name] if guest is not None else []
    _made(tx, rt, [proposal], names, about=proposal.id, page=f"/proposals/{proposal.id}")


def bundle_made(tx: Session, rt: Runtime, bundle: str, proposals: Iterable[Proposal]) -> None:
    """Ask for an answer to everything of a bundle in one mail."""
    made = list(proposals)
    guests = [tx.get(Guest, each.guest_id) for each in made if each.guest_id]
    names = sorted((guest.name for guest in guests if guest is not None), key=str.casefold)
    _made(tx, rt, made, names, about=bundle, page=f"/proposals/bundle/{bundle}")


def _made(tx: Session, rt: Runtime, proposals: list[Proposal], names: list[str], *, about: str, page: str) -> None:
    if not proposals:
        return
    first = proposals[0]
    facts = {
        **posting.NO_REQUEST,
        **_common(rt, first),
        "guest": listed(names),
        "count": str(len(proposals)),
        "reason": first.reason,
        "answer_by": first.answer_by.date().isoformat() if first.answer_by else "",
    }
    for asked in {each.ref: each for proposal in proposals for each in proposal.waiting_for}.values():
        letter = Letter(
            kind=MailKind.PROPOSAL_MADE,
            about=about,
            tenant_id=first.tenant_id,
            link=f"{rt.settings.base_url}{page}",
            facts={**facts, "because": asked.because},
        )
        post(tx, rt, letter, to=posting.person(tx, asked.ref))


def proposal_answered(tx: Session, rt: Runtime, proposal: Proposal) -> None:
    """Tell whoever proposed it what came of it; a bundle is told once for each outcome."""
    guest = tx.get(Guest, proposal.guest_id) if proposal.guest_id else None
    about = f"{proposal.bundle or proposal.id}:{proposal.state.value}"
    page = f"/proposals/bundle/{proposal.bundle}" if proposal.bundle else f"/proposals/{proposal.id}"
    letter = Letter(
        kind=MailKind.PROPOSAL_ANSWERED,
        about=about,
        tenant_id=proposal.tenant_id,
        link=f"{rt.settings.base_url}{page}",
        facts={
            **posting.NO_REQUEST,
            **_common(rt, proposal),
            "guest": guest.name if guest is not None else "",
            "count": "" if proposal.bundle is None else "several",
            "state": proposal.state.value,
            "decider": proposal.answered_by_name,
            "reason": proposal.answer,
        },
    )
    post(tx, rt, letter, to=posting.person(tx, proposal.proposed_by))


def sponsor_changed(tx: Session, rt: Runtime, proposal: Proposal, guest: Guest, *, by: Actor) -> None:
    """Tell whoever has agreed that they answer now, and whoever did before that they do no longer; a bundle is told
    once.
    """
    same = select(Guest).join(Proposal, Proposal.guest_id == Guest.id).where(Proposal.bundle == proposal.bundle)
    guests = list(tx.scalars(same.order_by(Guest.display_name, Guest.id))) if proposal.bundle else [guest]
    page = "/guests" if proposal.bundle else f"/guests/person/{guest.id}"
    facts = {
        **posting.NO_REQUEST,
        **_common(rt, proposal),
        "guest": listed([each.name for each in guests]),
        "count": str(len(guests)),
        "sponsor": by.name,
        "reason": proposal.reason,
    }
    before = proposal.body.get("from")
    old = PersonRef(tenant_id=str(before[0]), object_id=str(before[1])) if isinstance(before, list) else None
    for reader, ref in (("new", by.ref), ("old", old)):
        letter = Letter(
            kind=MailKind.SPONSOR_CHANGED,
            about=f"{proposal.bundle or proposal.id}:{reader}",
            tenant_id=proposal.tenant_id,
            link=f"{rt.settings.base_url}{page}",
            facts={**facts, "reader": reader},
        )
        # Whoever proposed it is told of the answer.
        if ref is not None and (reader == "new" or ref != proposal.proposed_by):
            post(tx, rt, letter, to=posting.person(tx, ref))


def take_back(tx: Session, proposal: Proposal) -> None:
    """Let no mail leave any more that asks for an answer to it."""
    if proposal.bundle is None:
        posting.take_back(tx, (MailKind.PROPOSAL_MADE,), proposal.id)


def _common(rt: Runtime, proposal: Proposal) -> dict[str, str]:
    tenant = rt.settings.tenant_by_id(proposal.tenant_id)
    return {
        "resource_tenant": tenant.name if tenant else "",
        "proposer": proposal.proposed_by_name,
        "by_itself": "" if proposal.proposed_by_object_id else "yes",
        "wanted": WANTED[proposal.kind],
    }


def listed(names: list[str]) -> str:
    """Return names as people say them; of many, the first three and how many more."""
    if len(names) <= 3:
        return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
    return f"{', '.join(names[:3])} and {len(names) - 3} more"
