"""Resetting: a guest redeems anew with another address; the object and all that it holds stay.

Whoever controls the new address becomes the guest. So it is a request of its own that a second person agrees to, and
the new address passes what an invitation passes, when it is asked and once more when it is agreed to.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.address import AddressRefused, address_key, domain_of, invitable
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import Account, event
from selfservice.model.directory import UserType
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalKind
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.request import OPEN_STATES, AccessRequest
from selfservice.services import caring, foreseeing, helping, policing, redeeming, sponsoring, telling_redemption
from selfservice.services.eligibility import TextRefused, clean_text
from selfservice.services.proposing import Asked, Draft, propose
from selfservice.services.routing import facts_of, organization_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


class ResetRefused(Refused):
    """This guest cannot redeem anew."""


@dataclass(frozen=True, kw_only=True)
class ResetAsk:
    """The address with which a guest is to redeem from now on, and why."""

    address: str
    why: str


def ask(rt: Runtime, guest_id: str, wanted: ResetAsk, *, by: Actor) -> str:
    """Ask that a guest redeems anew with another address; return the id of the proposal that others agree to."""
    with transaction(rt.sessions) as tx:
        guest = helping.guest_to_change(tx, rt, guest_id, by=by)
        ensure_resettable(tx, rt, guest)
        address = _checked(tx, rt, guest, wanted.address)
        reason = clean_text(wanted.why, what="reason", longest=500)
        if not reason:
            raise TextRefused("A reason is needed.", next_step="Say why in a few words.", owner="You")
        draft = Draft(
            kind=ProposalKind.RESET,
            tenant_id=guest.tenant_id,
            guest_id=guest.id,
            body={
                "address": address,
                "old_address": guest.address,
                "looks_like": policing.resembling(tx, rt, guest.tenant_id, domain_of(address)),
            },
            reason=reason,
            asked=second_people(tx, guest, asker=by.ref),
            one_key=f"reset:{guest.id}",
            answer_days=foreseeing.policy_of(tx, guest.tenant_id).answer_days,
        )
        proposal_id = propose(tx, rt, draft, by=by).id
    rt.waker.wake("mail")
    return proposal_id


def apply(tx: Session, rt: Runtime, proposal: Proposal, by: Actor) -> None:
    """Have a guest redeem anew, as a second person has agreed; everything is looked at once more."""
    guest = tx.get_one(Guest, proposal.guest_id, with_for_update=True)
    if by.ref not in {each.ref for each in second_people(tx, guest, asker=proposal.proposed_by)}:
        raise NotFound
    ensure_resettable(tx, rt, guest)
    address, old = _checked(tx, rt, guest, str(proposal.body["address"])), guest.address
    if address_key(str(proposal.body["old_address"])) != guest.address_key:
        raise ResetRefused("The guest's address has changed since this was asked.", next_step="Ask anew.", owner="You")
    telling_redemption.invitation_moved(tx, rt, guest, proposal_id=proposal.id, agreed_by=by.name)
    # The time to accept begins anew: reminders and the clean-up count from here. The address follows once it is done.
    guest.ensured_at, guest.reminded_days = rt.clock(), None
    caring.order_reset(tx, rt, guest, address=address, by=by)
    account = Account(why=proposal.reason, details={"proposal": proposal.id, "from": old, "to": address})
    tx.add(event("guest.moveInvitation", guest.subject, by=by, at=rt.clock(), account=account))


def ensure_resettable(tx: Session, rt: Runtime, guest: Guest) -> None:
    """Refuse for members, leavers, and guests who are blocked, gone, or hold nothing."""
    person, facts = tx.get(Person, (guest.tenant_id, guest.object_id)), foreseeing.facts_of(tx, guest)
    if person is not None and person.user_type is not UserType.GUEST:
        raise _refused(f"{guest.name} is treated as a member there, and members are never changed.")
    if not guest.managed:
        raise _refused(f"{guest.name} was not invited or taken in by Selfservice.")
    if facts.is_leaver:
        raise _refused(f"The account of {guest.name} at home is switched off or gone.")
    if guest.standing is not GuestStanding.ACTIVE or (person is not None and not person.active):
        raise _refused(f"{guest.name} is blocked, or not in the directory any more.")
    if redeeming.is_moving(tx, guest):
        raise _refused(f"The invitation of {guest.name} is being moved already.")
    if not redeeming.has_access(tx, guest, at=rt.clock()):
        raise _refused(f"No access of {guest.name} runs any more.")


def second_people(tx: Session, guest: Guest, *, asker: PersonRef) -> tuple[Asked, ...]:
    """Return who can agree: admins of the resource tenant, and owners of what the guest holds; no sponsor, no asker."""
    people = [tx.get_one(Person, (ref.tenant_id, ref.object_id)) for ref in sponsoring.owners_of(tx, guest)]
    because = "you own an access package that the guest holds"
    owners = [Asked(ref=person.ref, name=person.display_name, because=because) for person in people]
    return helping.others(tx, guest, [*owners, *helping.admins_of(tx, guest.tenant_id)], than=asker)


def _checked(tx: Session, rt: Runtime, guest: Guest, text: str) -> str:
    """Return the address as it will be invited, or refuse it as an invitation would."""
    address = invitable(text)
    for refusal in _objections(tx, rt, guest, address):
        raise refusal
    return address


def _objections(tx: Session, rt: Runtime, guest: Guest, address: str) -> Iterator[Refused]:
    key, domain, tenant = address_key(address), domain_of(address), rt.settings.tenant_by_id(guest.tenant_id)
    home = rt.settings.tenant_by_id(guest.home_tenant_id or "")
    if key == guest.address_key:
        yield _address(f"The guest is invited as {guest.address} already.")
    if tenant is not None and domain in tenant.domains:
        yield _address(f"That address belongs to {tenant.name} itself.")
    if home is not None and domain not in home.domains:
        yield _address(f"This guest is an employee of {home.name}, and the address is none of theirs.")
    if _is_taken(tx, guest, key):
        yield _address("Another account of the tenant, or a request that waits there, has this address.")
    for assignment in tx.scalars(
        select(Assignment).where(Assignment.guest_id == guest.id, Assignment.state == AssignmentState.ACTIVE)
    ):
        request = tx.get_one(AccessRequest, assignment.request_id)
        for package in sponsoring.packages_of(tx, guest):
            facts = replace(
                facts_of(tx, rt, package, request),
                for_self=False,
                guest_domain=domain,
                organization=organization_of(tx, guest.tenant_id, domain),
            )
            yield from policing.objections_to(tx, rt, package, facts)


def _is_taken(tx: Session, guest: Guest, key: str) -> bool:
    """So nothing that the holder of the address has, or has asked for, can exclude what the guest holds."""
    people = select(Person.object_id).where(
        Person.tenant_id == guest.tenant_id,
        or_(Person.mail_key == key, Person.user_principal_name == key),
        Person.object_id != guest.object_id,
        Person.removed_at.is_(None),
    )
    guests = select(Guest.id).where(Guest.tenant_id == guest.tenant_id, Guest.address_key == key, Guest.id != guest.id)
    asked = select(AccessRequest.id).where(
        AccessRequest.tenant_id == guest.tenant_id,
        AccessRequest.guest_key == key,
        AccessRequest.state.in_(OPEN_STATES),
    )
    return any(tx.scalar(query.limit(1)) is not None for query in (people, guests, asked))


def _refused(cause: str) -> ResetRefused:
    return ResetRefused(cause, next_step="Ask for the access anew, if somebody needs it.", owner="You")


def _address(cause: str) -> AddressRefused:
    return AddressRefused(cause, next_step="Ask the guest for another address.", owner="The guest")
