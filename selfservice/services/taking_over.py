"""Taking over: whoever has agreed answers for the guest from now on, in the place of whoever did."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.assignment import Assignment
from selfservice.model.audit import Account, event
from selfservice.model.guest import Guest, GuestOrigin, GuestStanding
from selfservice.model.proposal import Proposal
from selfservice.model.refusal import NotAllowed
from selfservice.services import caring, handing_on, naming, sponsoring, telling_people
from selfservice.services.drift_sponsors import sponsors_wanted
from selfservice.services.foreseeing import RUNNING
from selfservice.services.naming import Named
from selfservice.services.runtime import Runtime

IN_DIRECTORY = (GuestStanding.ACTIVE, GuestStanding.BLOCKED)


class CannotTakeOver(NotAllowed):
    """The guest cannot be taken over any more, or not by this person."""


def body_of(instead_of: PersonRef | None, name: str = "") -> dict[str, object]:
    """Return what a proposal says of whom the new sponsor follows; None is whoever answers now."""
    if instead_of is None:
        return {}
    return {"from": [instead_of.tenant_id, instead_of.object_id], "from_name": name}


def instead_of(proposal: Proposal) -> PersonRef | None:
    """Return whom the new sponsor follows, or None for whoever answers."""
    told = proposal.body.get("from")
    if not isinstance(told, list):
        return None
    tenant_id, object_id = (str(each) for each in told)
    return PersonRef(tenant_id=tenant_id, object_id=object_id)


def one_key(guest: Guest, before: PersonRef | None) -> str:
    """Return the key under which one change of sponsor is proposed at a time."""
    return f"sponsor:{guest.id}:{before.object_id if before else 'all'}"


def take_over(tx: Session, rt: Runtime, proposal: Proposal, by: Actor) -> None:
    """Let whoever agreed answer for the guest: accesses, names and directory; or for the request that waits."""
    if proposal.guest_id is None:
        handing_on.take_request(tx, rt, proposal, by)
        return
    guest = tx.get_one(Guest, proposal.guest_id, with_for_update=True)
    if guest.standing is GuestStanding.GONE:
        raise CannotTakeOver("This guest is not in the directory any more.", next_step="Nothing is left to take over.")
    if sponsoring.is_own(guest, by.ref):
        raise CannotTakeOver(
            "This guest is yourself.", next_step="Say no, so that somebody else is asked.", owner="You"
        )
    before = instead_of(proposal)
    why = proposal.reason or "taken over"
    _follow(tx, rt, guest, before, by=by, why=why)
    rows = sponsoring.rows_of(tx, guest)
    gone = [row for row in rows if row.ref != by.ref and (row.interim or before is None or row.ref == before)]
    naming.drop(tx, rt, guest, gone, f"{by.name} has taken over", by=by)
    naming.name(tx, rt, guest, Named(ref=by.ref, name=by.name, why=why), by=by)
    tell_directory(tx, rt, guest, {row.ref for row in gone}, by=by)
    telling_people.sponsor_changed(tx, rt, proposal, guest, by=by)


def tell_directory(tx: Session, rt: Runtime, guest: Guest, gone: Collection[PersonRef] = (), *, by: Actor) -> None:
    """Have our sponsors named in the directory, beside those whom others named there, and these no longer; a guest who
    is not ours is left alone.
    """
    if not guest.managed or guest.origin is GuestOrigin.SYNCED or guest.standing not in IN_DIRECTORY:
        return
    objects = {_object_in(tx, guest.tenant_id, ref) for ref in gone}
    wanted = tuple(each for each in sponsors_wanted(tx, guest) if each.object_id not in objects)
    caring.order_sponsors(tx, rt, guest, wanted, by=by)


def _object_in(tx: Session, tenant_id: str, ref: PersonRef) -> str | None:
    """Return the object of a person in a resource tenant, or None where that tenant does not know them."""
    if ref.tenant_id == tenant_id:
        return ref.object_id
    home = (Guest.home_tenant_id == ref.tenant_id, Guest.home_object_id == ref.object_id)
    return tx.scalar(select(Guest.object_id).where(Guest.tenant_id == tenant_id, *home))


def _follow(tx: Session, rt: Runtime, guest: Guest, before: PersonRef | None, *, by: Actor, why: str) -> None:
    running = select(Assignment).where(Assignment.guest_id == guest.id, Assignment.state.in_(RUNNING))
    for assignment in tx.scalars(running.order_by(Assignment.id).with_for_update()):
        if sponsoring.is_own(guest, assignment.sponsor) or assignment.sponsor == by.ref:
            continue
        if before is None or assignment.sponsor == before:
            details = {"before": assignment.sponsor_object_id, "now": by.object_id}
            assignment.sponsor_tenant_id, assignment.sponsor_object_id = by.tenant_id, by.object_id
            assignment.sponsor_name = by.name
            account = Account(why=why, details=details)
            tx.add(event("assignment.sponsorChanged", assignment.subject, by=by, at=rt.clock(), account=account))
