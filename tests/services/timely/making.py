"""Guests who hold accesses, made without a delivery: what is looked at here is time alone."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.act import GuestAct
from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.delivery import Delivery, DeliveryKind, DeliveryState, DeliveryStep, StepKind, StepState
from selfservice.model.directory import UserType
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.lifecycle import DEFAULT, KeptLifecycle, Lifecycle, Mode, lifecycle_to_data
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.package import AccessPackage, RoleKind
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services.extending import Extension
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, CONTOSO, EXPENSES_USERS, World

ENFORCED = replace(DEFAULT, mode=Mode.ENFORCE)


def hold(world: World, name: str, ends_on: date, *, package_id: str = "", by: Actor = ANN, guest_id: str = "") -> str:
    """Let a guest of this name hold a package until a day, and return the access's id."""
    rt = world.rt
    with transaction(rt.sessions) as tx:
        package = tx.get_one(AccessPackage, package_id or world.expenses)
        guest = tx.get(Guest, guest_id) if guest_id else None
        if guest is None:
            guest = _guest(tx, package.tenant_id, name, rt.clock())
        request = _request(package, name, ends_on, by, rt.clock())
        tx.add(request)
        tx.flush()
        held = Assignment(
            tenant_id=package.tenant_id,
            package_id=package.id,
            package_name=package.name,
            request_id=request.id,
            guest_id=guest.id,
            sponsor_tenant_id=by.tenant_id,
            sponsor_object_id=by.object_id,
            sponsor_name=by.name,
            starts_at=rt.clock(),
            ends_on=ends_on,
        )
        tx.add(held)
        tx.flush()
        return held.id


def _request(package: AccessPackage, name: str, ends_on: date, by: Actor, at: datetime) -> AccessRequest:
    address = f"{name.lower()}@partner.example"
    return AccessRequest(
        form_key=f"{name}-{package.id}-{ends_on}-{by.name}",
        tenant_id=package.tenant_id,
        package_id=package.id,
        package_name=package.name,
        package_fingerprint=package.fingerprint,
        state=RequestState.DELIVERED,
        requestor_tenant_id=by.tenant_id,
        requestor_object_id=by.object_id,
        requestor_name=by.name,
        requestor_mail="ann@fabrikam.example",
        for_self=False,
        guest_address=address,
        guest_key=address,
        guest_name=name,
        guest_domain="partner.example",
        sponsor_tenant_id=by.tenant_id,
        sponsor_object_id=by.object_id,
        sponsor_name=by.name,
        justification="month-end close",
        ends_on=ends_on,
        submitted_at=at,
        changed_at=at,
    )


def _guest(tx: Session, tenant_id: str, name: str, at: datetime) -> Guest:
    address = f"{name.lower()}@partner.example"
    guest = Guest(
        tenant_id=tenant_id,
        object_id=f"object-of-{name.lower()}"[:36],
        origin=GuestOrigin.INVITED,
        address=address,
        address_key=address,
        display_name=name,
        ensured_at=at,
        redeemed_at=at,
        managed=True,
    )
    person = Person(
        tenant_id=tenant_id, object_id=guest.object_id, display_name=name, mail=address, user_type=UserType.GUEST
    )
    tx.add_all([guest, person])
    tx.flush()
    return guest


def until(world: World, assignment_id: str, days: int, *, form_key: str = "form-x") -> Extension:
    """Return an extension until so many days from today."""
    on = world.rt.clock().date() + timedelta(days=days)
    return Extension(ends_on=on, why="the close takes longer", form_key=form_key)


def access(world: World, assignment_id: str) -> Assignment:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(Assignment, assignment_id)


def guest_of(world: World, assignment_id: str) -> Guest:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(Guest, tx.get_one(Assignment, assignment_id).guest_id)


def over(world: World, assignment_id: str) -> None:
    """Let the access be gone from the directory, as its delivery would."""
    with transaction(world.rt.sessions) as tx:
        held = tx.get_one(Assignment, assignment_id)
        held.state, held.ended_at = AssignmentState.ENDED, world.rt.clock()
        tx.get_one(Guest, held.guest_id).look_at = world.rt.clock()


def enforce(world: World, settings: Lifecycle = ENFORCED, tenant_id: str = CONTOSO) -> None:
    with transaction(world.rt.sessions) as tx:
        body, at = lifecycle_to_data(settings), world.rt.clock()
        tx.merge(KeptLifecycle(tenant_id=tenant_id, body=body, changed_at=at))


def mails(world: World, kind: MailKind) -> list[OutboxMail]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.to_address)))


def acts(world: World) -> list[tuple[str, str, str]]:
    with reading(world.rt.sessions) as tx:
        found = tx.scalars(select(GuestAct).order_by(GuestAct.at, GuestAct.id))
        return [(act.kind.value, act.cause.value, act.state.value) for act in found]


def give(world: World, assignment_id: str, resource_id: str = EXPENSES_USERS) -> None:
    """Let the access have given membership of a group."""
    with transaction(world.rt.sessions) as tx:
        held, at = tx.get_one(Assignment, assignment_id), world.rt.clock()
        step = DeliveryStep(
            position=0,
            kind=StepKind.GIVE_ROLE,
            role_kind=RoleKind.GROUP,
            resource_id=resource_id,
            state=StepState.DONE,
        )
        tx.add(
            Delivery(
                tenant_id=held.tenant_id,
                kind=DeliveryKind.GRANT,
                request_id=held.request_id,
                state=DeliveryState.DONE,
                created_at=at,
                due_at=at,
                steps=[step],
            )
        )
