"""How a guest is treated, and where they sign in: two facts, each by itself, and what changes with the first."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.directory import UserType
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalKind, ProposalState
from selfservice.model.refusal import Refused
from selfservice.services import authority, helping, treating
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rows import TenantMark
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

SIGNS_IN = {
    "ExternalAzureAD": "with the account of another organization",
    "MicrosoftAccount": "with a Microsoft account of their own",
    "mail": "with a code that comes by mail",
    "google.com": "with a Google account",
}


@dataclass(frozen=True, kw_only=True)
class TreatmentPage:
    """A guest's two facts. `wanted` is what they can become; `awaited` is the change that waits for the address list,
    with the `command` for it.
    """

    guest_id: str
    name: str
    address: str
    tenant: TenantMark
    signs_in: str
    treated_as: UserType | None
    in_list: bool | None
    wanted: UserType
    may_change: bool
    administers: bool
    why_not: str
    open_proposal: str
    awaited: str
    command: str


def treatment_page(rt: Runtime, guest_id: str, by: Actor) -> TreatmentPage:
    """Return how a guest is treated whom the actor may look at."""
    with reading(rt.sessions) as tx:
        guest = helping.guest_to_see(tx, rt, guest_id, by=by)
        person = tx.get(Person, (guest.tenant_id, guest.object_id))
        treated_as = person.user_type if person else None
        wanted = UserType.GUEST if treated_as is UserType.MEMBER else UserType.MEMBER
        awaited = treating.awaited_of(tx, guest)
        return TreatmentPage(
            guest_id=guest.id,
            name=guest.name,
            address=guest.address,
            tenant=mark_of(rt.settings, guest.tenant_id),
            signs_in=_signs_in(rt, guest, person),
            treated_as=treated_as,
            in_list=person.in_address_list if person else None,
            wanted=wanted,
            may_change=helping.may_change(tx, rt, guest, by=by),
            administers=authority.administers(rt.settings, guest.tenant_id, by=by),
            why_not=_why_not(tx, rt, guest, wanted),
            open_proposal=_open_proposal(tx, guest),
            awaited=awaited.id if awaited else "",
            command=treating.command_of(tx, guest, shown=wanted is UserType.MEMBER),
        )


def _signs_in(rt: Runtime, guest: Guest, person: Person | None) -> str:
    home = rt.settings.tenant_by_id(guest.home_tenant_id or "")
    if home is not None:
        return f"with their account of {home.name}"
    issuer = person.issuer if person else ""
    if not issuer:
        return "not known yet"
    return SIGNS_IN.get(issuer, f"through {issuer}")


def _why_not(tx: Session, rt: Runtime, guest: Guest, wanted: UserType) -> str:
    try:
        treating.ensure_treatable(tx, rt, guest, wanted)
    except Refused as refusal:
        return refusal.cause
    return ""


def _open_proposal(tx: Session, guest: Guest) -> str:
    waiting = select(Proposal.id).where(
        Proposal.guest_id == guest.id, Proposal.kind == ProposalKind.MEMBER, Proposal.state == ProposalState.OPEN
    )
    return tx.scalar(waiting.limit(1)) or ""
