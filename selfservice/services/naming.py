"""Naming: somebody becomes a sponsor of a guest, or is one no longer."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.audit import Account, event
from selfservice.model.guest import Guest
from selfservice.model.package import AccessPackage, PartyKind
from selfservice.model.request import AccessRequest
from selfservice.model.sponsor import MOST_SPONSORS, GuestSponsor, ensure_room
from selfservice.services import sponsoring
from selfservice.services.runtime import Runtime


@dataclass(frozen=True, kw_only=True)
class Named:
    """Somebody who is to be a sponsor, and why they are. An interim one answers until somebody has taken over."""

    ref: PersonRef
    name: str
    why: str
    kind: PartyKind = PartyKind.PERSON
    interim: bool = False


def name(tx: Session, rt: Runtime, guest: Guest, named: Named, *, by: Actor) -> GuestSponsor:
    """Make somebody a sponsor of the guest; one who is already stays, and is no interim one where that is said now."""
    rows = sponsoring.rows_of(tx, guest)
    known = next((row for row in rows if row.ref == named.ref), None)
    if known is not None and (not known.interim or named.interim):
        return known
    if known is None:
        ensure_room(rows)
        known = GuestSponsor(
            guest_id=guest.id,
            tenant_id=named.ref.tenant_id,
            object_id=named.ref.object_id,
            kind=named.kind,
            name=named.name,
            since=rt.clock(),
        )
        tx.add(known)
    known.interim = named.interim
    tx.flush()
    details: dict[str, object] = {"sponsor": named.ref.object_id, "interim": named.interim}
    account = Account(why=named.why, details=details)
    tx.add(event("guest.sponsorNamed", guest.subject, by=by, at=rt.clock(), account=account))
    return known


def drop(tx: Session, rt: Runtime, guest: Guest, rows: Iterable[GuestSponsor], why: str, *, by: Actor) -> None:
    """Let these be sponsors of the guest no longer."""
    for row in list(rows):
        tx.delete(row)
        account = Account(why=why, details={"sponsor": row.object_id, "name": row.name})
        tx.add(event("guest.sponsorDropped", guest.subject, by=by, at=rt.clock(), account=account))
    tx.flush()


def name_granted(tx: Session, rt: Runtime, request: AccessRequest, guest: Guest, *, by: Actor) -> None:
    """Make whoever answers for what was granted a sponsor: the request's, or the owner of what an employee asked for
    themself. Where the guest has as many as there can be, the sponsor of the access answers all the same.
    """
    package = tx.get_one(AccessPackage, request.package_id)
    owner = PersonRef(tenant_id=package.tenant_id, object_id=package.owner_id)
    why = f"{package.name} was granted"
    named = Named(ref=request.sponsor, name=request.sponsor_name, why=why)
    if request.for_self or sponsoring.is_own(guest, request.sponsor):
        named = Named(ref=owner, name=package.owner_name, kind=package.owner_kind, why=why)
    rows = sponsoring.rows_of(tx, guest)
    if named.ref.object_id and (len(rows) < MOST_SPONSORS or any(row.ref == named.ref for row in rows)):
        name(tx, rt, guest, named, by=by)
