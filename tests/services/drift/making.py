"""Guests who hold something, as deliveries leave them, and a mirror that has read everything."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import delete, select

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.base import new_id
from selfservice.model.care import plan_care
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState, DeliveryStep, StepKind, StepState
from selfservice.model.directory import UserType
from selfservice.model.drift import DriftFinding, DriftState, HeldRole
from selfservice.model.group import GroupMembership
from selfservice.model.guest import ActCause, Guest, GuestOrigin, GuestStanding
from selfservice.model.lifecycle import KeptLifecycle
from selfservice.model.mirror import MirrorState
from selfservice.model.package import RoleKind
from selfservice.model.person import Person
from selfservice.model.planning import GivenRole
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import drifting
from selfservice.services.drift_sights import LOOKS
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, CONTOSO, CY, EXPENSES_APP, EXPENSES_USERS, READER, HandClock, World

ENDS_ON = date(2027, 3, 1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USERS_ROLE = GivenRole(
    kind=RoleKind.GROUP, resource_id=EXPENSES_USERS, app_role_id=None, label="member of Expenses Users"
)
READER_ROLE = GivenRole(
    kind=RoleKind.APP_ROLE, resource_id=EXPENSES_APP, app_role_id=READER, label="Reads expense reports in Expenses"
)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A guest, and the access that they hold or held."""

    guest_id: str
    object_id: str
    assignment_id: str


def guest_there(world: World, number: int = 1, *, tenant_id: str = CONTOSO, **facts: object) -> Person:
    """Put a guest object into the mirror."""
    person = Person(
        tenant_id=tenant_id,
        object_id=f"99000000-0000-4000-8000-{number:012d}",
        display_name=f"Gus {number}",
        mail=f"gus{number}@partner.example",
        mail_key=f"gus{number}@partner.example",
        user_principal_name=f"gus{number}_partner.example#EXT#@contoso.example",
        user_type=UserType.GUEST,
    )
    for name, value in facts.items():
        setattr(person, name, value)
    with transaction(world.rt.sessions) as tx:
        tx.merge(person)
    return person


def known_guest(world: World, person: Person, *, managed: bool = True) -> str:
    """Keep a guest row for the object, and return its id."""
    guest = Guest(
        id=new_id(),
        tenant_id=person.tenant_id,
        object_id=person.object_id,
        origin=GuestOrigin.INVITED if managed else GuestOrigin.ADOPTED,
        address=person.mail or "",
        address_key=person.mail_key or "",
        display_name=person.display_name,
        ensured_at=world.rt.clock(),
        managed=managed,
    )
    with transaction(world.rt.sessions) as tx:
        tx.add(guest)
    return guest.id


def hold(world: World, number: int = 1, role: GivenRole = USERS_ROLE, *, managed: bool = True) -> Held:
    """Let a guest hold Expenses by a delivery that is done, in our rows and in the mirror."""
    person = guest_there(world, number)
    guest_id = known_guest(world, person, managed=managed)
    return Held(guest_id=guest_id, object_id=person.object_id, assignment_id=grant(world, guest_id, person, role))


def grant(world: World, guest_id: str, person: Person, role: GivenRole = USERS_ROLE, *, in_mirror: bool = True) -> str:
    """Give the guest an access that gives the role, and return the assignment's id."""
    request, assignment_id = _request(world, person), new_id()
    assignment = Assignment(
        id=assignment_id,
        tenant_id=person.tenant_id,
        package_id=world.expenses,
        package_name="Expenses",
        request_id=request.id,
        guest_id=guest_id,
        sponsor_tenant_id=CY.tenant_id,
        sponsor_object_id=CY.object_id,
        sponsor_name=CY.name,
        starts_at=world.rt.clock(),
        ends_on=ENDS_ON,
    )
    with transaction(world.rt.sessions) as tx:
        tx.add(request)
        tx.flush()
        tx.add_all([_delivery(world, request, person, role), assignment])
    if in_mirror:
        put_role(world, person.object_id, role)
    return assignment_id


def put_role(world: World, object_id: str, role: GivenRole = USERS_ROLE) -> None:
    """Let the mirror see that somebody holds the role."""
    with transaction(world.rt.sessions) as tx:
        tx.merge(_held(object_id, role))


def drop_role(world: World, object_id: str, role: GivenRole = USERS_ROLE) -> None:
    """Let the mirror see that the role is gone."""
    held = _held(object_id, role)
    with transaction(world.rt.sessions) as tx:
        if isinstance(held, HeldRole):
            tx.execute(delete(HeldRole).where(HeldRole.user_id == object_id))
        else:
            tx.execute(delete(GroupMembership).where(GroupMembership.member_id == object_id))


def end(world: World, held: Held) -> None:
    """Say that an access has ended, and leave the mirror as it is."""
    with transaction(world.rt.sessions) as tx:
        access = tx.get_one(Assignment, held.assignment_id)
        access.state, access.ended_at = AssignmentState.ENDED, world.rt.clock()


def block(world: World, held: Held) -> None:
    """Say that we have blocked the guest."""
    at = world.rt.clock()
    with transaction(world.rt.sessions) as tx:
        guest = tx.get_one(Guest, held.guest_id)
        delivery = plan_care(guest, DeliveryKind.BLOCK, at=at)
        delivery.state, delivery.settled_at = DeliveryState.DONE, at
        tx.add(delivery)
        tx.flush()
        guest.stand(GuestStanding.BLOCKED, cause=ActCause.LEAVER, at=at)
        tx.add(
            GuestAct(
                tenant_id=guest.tenant_id,
                guest_id=guest.id,
                kind=ActKind.BLOCK,
                cause=ActCause.LEAVER,
                state=ActState.DONE,
                why="left",
                at=at,
                settled_at=at,
                delivery_id=delivery.id,
            )
        )


def change(world: World, held: Held, **facts: object) -> None:
    """Let the mirror see the guest object changed."""
    with transaction(world.rt.sessions) as tx:
        person = tx.get_one(Person, (CONTOSO, held.object_id))
        for name, value in facts.items():
            setattr(person, name, value)


def enforce(world: World, tenant_id: str = CONTOSO) -> None:
    """Let the tenant's lifecycle be enforced."""
    with transaction(world.rt.sessions) as tx:
        tx.merge(KeptLifecycle(tenant_id=tenant_id, body={"mode": "enforce"}, changed_at=world.rt.clock()))


def compare(world: World, after: timedelta = HOUR, *, tenant_id: str = CONTOSO) -> list[DriftFinding]:
    """Let time pass, the mirror read everything, and the worker compare; return what is not closed."""
    assert isinstance(world.rt.clock, HandClock)
    world.rt.clock.forward(after)
    with transaction(world.rt.sessions) as tx:
        for part in LOOKS:
            tx.merge(MirrorState(tenant_id=tenant_id, kind=part, synced_at=world.rt.clock()))
    drifting.compare_due(world.rt)
    return findings(world, tenant_id=tenant_id)


def findings(world: World, *, tenant_id: str = CONTOSO) -> list[DriftFinding]:
    """Return what is not closed, the worst first."""
    query = select(DriftFinding).where(DriftFinding.tenant_id == tenant_id, DriftFinding.state != DriftState.CLOSED)
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(query.order_by(DriftFinding.severity, DriftFinding.object_id)))


def finding(world: World, finding_id: str) -> DriftFinding:
    """Return a finding as it is now."""
    with reading(world.rt.sessions) as tx:
        return tx.get_one(DriftFinding, finding_id)


def deliveries(world: World, kind: DeliveryKind = DeliveryKind.REPAIR) -> list[Delivery]:
    """Return the deliveries of a kind."""
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(Delivery).where(Delivery.kind == kind)))


def _held(object_id: str, role: GivenRole) -> HeldRole | GroupMembership:
    if role.kind is RoleKind.APP_ROLE:
        return HeldRole(
            tenant_id=CONTOSO,
            application_id=role.resource_id,
            app_role_id=role.app_role_id or "",
            user_id=object_id,
        )
    return GroupMembership(tenant_id=CONTOSO, group_id=role.resource_id, member_id=object_id)


def _request(world: World, person: Person) -> AccessRequest:
    at, request_id = world.rt.clock(), new_id()
    return AccessRequest(
        id=request_id,
        form_key=request_id,
        tenant_id=person.tenant_id,
        package_id=world.expenses,
        package_name="Expenses",
        package_fingerprint="f" * 64,
        state=RequestState.DELIVERED,
        requestor_tenant_id=ANN.tenant_id,
        requestor_object_id=ANN.object_id,
        requestor_name=ANN.name,
        requestor_mail="ann@fabrikam.example",
        for_self=False,
        guest_address=person.mail or "",
        guest_key=person.mail_key or "",
        guest_name=person.display_name,
        sponsor_tenant_id=CY.tenant_id,
        sponsor_object_id=CY.object_id,
        sponsor_name=CY.name,
        justification="month-end close",
        ends_on=ENDS_ON,
        submitted_at=at,
        changed_at=at,
    )


def _delivery(world: World, request: AccessRequest, person: Person, role: GivenRole) -> Delivery:
    at = world.rt.clock()
    step = DeliveryStep(
        position=0,
        kind=StepKind.GIVE_ROLE,
        role_kind=role.kind,
        resource_id=role.resource_id,
        app_role_id=role.app_role_id,
        label=role.label,
        state=StepState.DONE,
        attempt_id=new_id(),
        settled_at=at,
    )
    return Delivery(
        tenant_id=person.tenant_id,
        kind=DeliveryKind.GRANT,
        request_id=request.id,
        state=DeliveryState.DONE,
        guest_object_id=person.object_id,
        created_at=at,
        due_at=at,
        settled_at=at,
        steps=[step],
    )
