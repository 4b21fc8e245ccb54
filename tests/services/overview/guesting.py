"""Guests made by hand, for tests of lists and passports: objects, accesses and sponsors in any number."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.base import new_id
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest, RequestState
from selfservice.store.transaction import transaction
from tests.services.making import ANN, CONTOSO, START, World

PARTNER = "e0000000-0000-4000-8000-000000000001"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What to make: who the guest is, at which tenant, and what they hold until when, if anything."""

    number: int = 1
    tenant_id: str = CONTOSO
    home: tuple[str, str] | None = None
    sponsor: Actor = ANN
    ends_in: int | None = 20
    state: AssignmentState = AssignmentState.ACTIVE
    redeemed: bool = True
    for_self: bool = False
    why: str = "works on the close"

    @property
    def address(self) -> str:
        """Their address."""
        return f"gus{self.number}@partner.example"


def make_guest(world: World, made: Made) -> Guest:
    """Put a guest into the database, with what they hold."""
    with transaction(world.rt.sessions) as tx:
        guest = _guest(made)
        tx.add_all((guest, _person(made, guest)))
        tx.flush()
        if made.ends_in is not None:
            add_access(tx, world, guest, made)
    return guest


def add_access(tx: Session, world: World, guest: Guest, made: Made) -> Assignment:
    """Let a guest hold the package of their tenant."""
    ends_on = START.date() + timedelta(days=made.ends_in or 0)
    package_id = world.expenses if guest.tenant_id == CONTOSO else world.design
    request = _request(made, guest, package_id, ends_on)
    tx.add(request)
    tx.flush()
    access = Assignment(
        tenant_id=guest.tenant_id,
        package_id=package_id,
        package_name=request.package_name,
        request_id=request.id,
        guest_id=guest.id,
        sponsor_tenant_id=made.sponsor.tenant_id,
        sponsor_object_id=made.sponsor.object_id,
        sponsor_name=made.sponsor.name,
        state=made.state,
        starts_at=START,
        ends_on=ends_on,
        ended_at=START if made.state is AssignmentState.ENDED else None,
    )
    tx.add(access)
    return access


def _guest(made: Made) -> Guest:
    home_tenant_id, home_object_id = made.home or (None, None)
    return Guest(
        tenant_id=made.tenant_id,
        object_id=new_guid(made),
        origin=GuestOrigin.INVITED,
        address=made.address,
        address_key=made.address,
        display_name=f"Gus {made.number}",
        home_tenant_id=home_tenant_id,
        home_object_id=home_object_id,
        ensured_at=START,
        redeemed_at=START if made.redeemed else None,
        managed=True,
    )


def new_guid(made: Made) -> str:
    """Return an object id."""
    return f"{made.number:08d}-0000-4000-8000-{made.tenant_id[:12].replace('-', '0')}"


def _person(made: Made, guest: Guest) -> Person:
    return Person(
        tenant_id=guest.tenant_id,
        object_id=guest.object_id,
        display_name=guest.display_name,
        name_key=guest.display_name.casefold(),
        mail=guest.address,
        mail_key=guest.address_key,
        user_type=UserType.GUEST,
        redemption_state=RedemptionState.ACCEPTED if made.redeemed else RedemptionState.PENDING,
    )


def _request(made: Made, guest: Guest, package_id: str, ends_on: date) -> AccessRequest:
    who = made.sponsor
    return AccessRequest(
        form_key=new_id(),
        tenant_id=guest.tenant_id,
        package_id=package_id,
        package_fingerprint="",
        package_name="Expenses" if guest.tenant_id == CONTOSO else "Design studio",
        for_self=made.for_self,
        requestor_tenant_id=who.tenant_id,
        requestor_object_id=who.object_id,
        requestor_name=who.name,
        requestor_mail="",
        sponsor_tenant_id=who.tenant_id,
        sponsor_object_id=who.object_id,
        sponsor_name=who.name,
        guest_address=guest.address,
        guest_key=guest.address_key,
        guest_name=guest.display_name,
        justification=made.why,
        ends_on=ends_on,
        submitted_at=START,
        changed_at=START,
        state=RequestState.DELIVERED,
    )
