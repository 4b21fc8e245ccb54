"""Adopting drift: an access that was found in the directory is approved afterwards by the access package's owner. Then
it is a request and an access like any other, with an end date, and goes through the same delivery.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.address import address_key
from selfservice.model.audit import Account, event
from selfservice.model.base import new_id
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryStep, StepKind
from selfservice.model.drift import DriftFinding, DriftState
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.package import AccessPackage, PackageState, ResourceRole
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalKind
from selfservice.model.refusal import NotAllowed
from selfservice.model.request import AccessRequest
from selfservice.services import admitting, drift_mending, finding, foreseeing, sponsoring
from selfservice.services.eligibility import clean_text, end_date
from selfservice.services.proposing import Asked, Draft, NobodyToAsk, propose
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """As which access package, until when, and why."""

    package_id: str
    ends_on: date
    why: str


def adopt(rt: Runtime, finding_id: str, adoption: Adoption, *, by: Actor) -> str:
    """Ask the access package's owner to approve afterwards what was found; return the proposal's id."""
    reason = clean_text(adoption.why, what="reason", longest=500)
    with transaction(rt.sessions) as tx:
        found = drift_mending.to_change(tx, rt, finding_id, by=by)
        package = next((each for each in packages_for(tx, found) if each.id == adoption.package_id), None)
        if package is None:
            raise NotAllowed("No such access package gives this.", next_step="Choose one that does.", owner="You")
        ends_on = end_date(adoption.ends_on, package=package, today=rt.clock().date(), longest=package.max_days)
        draft = Draft(
            kind=ProposalKind.DRIFT,
            tenant_id=found.tenant_id,
            guest_id=found.guest_id,
            body={
                "finding": found.id,
                "package": package.id,
                "fingerprint": package.fingerprint,
                "ends_on": ends_on.isoformat(),
                "package_name": package.name,
                "name": found.name,
                "label": found.label,
            },
            reason=reason,
            asked=tuple(_asked(tx, package, besides=by.ref)),
            one_key=f"drift:{found.id}",
            answer_days=foreseeing.policy_of(tx, found.tenant_id).answer_days,
        )
        found.proposal_id = propose(tx, rt, draft, by=by).id
        tx.add(found.mend("drift.adopt", by=by, at=rt.clock(), why=reason))
        proposal_id = found.proposal_id
    rt.waker.wake("mail")
    return proposal_id


def packages_for(tx: Session, found: DriftFinding) -> list[AccessPackage]:
    """Return the published access packages that give the role which was found, by name."""
    if found.role is None or found.kind not in drift_mending.TAKEN:
        return []
    giving = (
        select(AccessPackage)
        .join(ResourceRole, ResourceRole.package_id == AccessPackage.id)
        .where(AccessPackage.tenant_id == found.tenant_id, AccessPackage.state == PackageState.PUBLISHED)
        .where(ResourceRole.kind == found.role.kind, ResourceRole.resource_id == found.role.resource_id)
        .order_by(AccessPackage.name, AccessPackage.id)
    )
    packages = tx.scalars(giving).unique()
    return [each for each in packages if any(role.key == found.role.key for role in each.roles)]


def apply(tx: Session, rt: Runtime, proposal: Proposal, by: Actor) -> None:
    """Make of what was found a request that is approved, and the delivery that makes it an access."""
    found = tx.get_one(DriftFinding, str(proposal.body["finding"]), with_for_update=True)
    package = tx.get_one(AccessPackage, str(proposal.body["package"]), with_for_update={"read": True})
    if found.state is not DriftState.MENDING:
        raise NotAllowed("What was found is not there any more.", next_step="Nothing is left to do.", owner="Nobody")
    if package.fingerprint != proposal.body["fingerprint"] or package.state is not PackageState.PUBLISHED:
        raise NotAllowed(
            f"{package.name} gives something else now, or is not given any more.",
            next_step="Decline it, so that it is proposed anew.",
            owner="You",
        )
    guest = _guest(tx, rt, found)
    request = _request(tx, rt, proposal, package, guest, by=by)
    against = admitting.drift_of(tx, rt, package, request)
    if against:
        raise NotAllowed(against, next_step="Decline it, and have it taken away.", owner="You")
    tx.add(request)
    account = Account(why=proposal.reason, details={"drift": found.id, "proposal": proposal.id})
    tx.add(event("request.adopted", request.subject, by=by, at=rt.clock(), account=account))
    tx.add(request.take("approve", by=by, at=rt.clock(), account=Account(why=proposal.answer)))
    tx.flush()
    delivery = _plan(rt, request, package, guest)
    tx.add(delivery)
    tx.flush()
    found.guest_id, found.delivery_id = guest.id, delivery.id


def _asked(tx: Session, package: AccessPackage, *, besides: PersonRef) -> Iterator[Asked]:
    """Ask the owner; where that is whoever proposes it, those who are named to approve."""
    owners = list(finding.party(tx, package.tenant_id, package.owner, f"owner of {package.name}"))
    named = [
        found
        for each in package.approvers
        for found in finding.party(tx, package.tenant_id, each.party, f"you approve requests for {package.name}")
    ]
    others = [(person, why) for person, why in owners if person.ref != besides]
    asked = {person.ref: (person, why) for person, why in others or named if person.ref != besides}
    if not asked:
        raise NobodyToAsk(
            "Nobody but you could agree to this.", next_step="Name another owner of the access package.", owner="You"
        )
    for ref, (person, why) in asked.items():
        yield Asked(ref=ref, name=person.display_name, because=why)


def _guest(tx: Session, rt: Runtime, found: DriftFinding) -> Guest:
    """Return the guest's row. One made elsewhere gets one, and is not ours to block or delete by that."""
    known = tx.scalar(select(Guest).where(Guest.tenant_id == found.tenant_id, Guest.object_id == found.object_id))
    if known is not None:
        return known
    person = tx.get_one(Person, (found.tenant_id, found.object_id))
    address = person.mail or person.user_principal_name
    guest = Guest(
        tenant_id=found.tenant_id,
        object_id=found.object_id,
        origin=GuestOrigin.ADOPTED,
        address=address[:320],
        address_key=address_key(address)[:320],
        display_name=person.display_name,
        ensured_at=rt.clock(),
    )
    tx.add(guest)
    tx.flush()
    return guest


def _request(
    tx: Session, rt: Runtime, proposal: Proposal, package: AccessPackage, guest: Guest, *, by: Actor
) -> AccessRequest:
    sponsor = next(iter(sponsoring.sponsors_of(tx, guest)), by.ref)
    known = tx.get(Person, (sponsor.tenant_id, sponsor.object_id))
    proposer = tx.get(Person, (proposal.proposed_by_tenant_id, proposal.proposed_by_object_id))
    return AccessRequest(
        id=new_id(),
        form_key=f"drift:{proposal.id}",
        tenant_id=package.tenant_id,
        package_id=package.id,
        package_name=package.name,
        package_fingerprint=package.fingerprint,
        requestor_tenant_id=proposal.proposed_by_tenant_id,
        requestor_object_id=proposal.proposed_by_object_id,
        requestor_name=proposal.proposed_by_name,
        requestor_mail=(proposer.mail if proposer else None) or "",
        for_self=False,
        guest_address=guest.address,
        guest_key=guest.address_key,
        guest_name=guest.display_name,
        guest_domain=guest.address_key.rpartition("@")[2][:255],
        sponsor_tenant_id=sponsor.tenant_id,
        sponsor_object_id=sponsor.object_id,
        sponsor_name=known.display_name if known else by.name,
        justification=proposal.reason,
        ends_on=date.fromisoformat(str(proposal.body["ends_on"])),
        submitted_at=proposal.proposed_at,
        changed_at=rt.clock(),
    )


def _plan(rt: Runtime, request: AccessRequest, package: AccessPackage, guest: Guest) -> Delivery:
    """The guest is there already: only the roles are given, and one that is held already is found so."""
    steps = [
        DeliveryStep(
            position=position,
            kind=StepKind.GIVE_ROLE,
            role_kind=role.kind,
            resource_id=role.resource_id,
            app_role_id=role.role_id,
            label=role.words,
        )
        for position, role in enumerate(package.roles)
    ]
    at = rt.clock()
    return Delivery(
        tenant_id=request.tenant_id,
        kind=DeliveryKind.GRANT,
        request_id=request.id,
        guest_object_id=guest.object_id,
        guest_was_there=True,
        created_at=at,
        due_at=at,
        steps=steps,
    )
