"""A guest who was invited and has not accepted: Ann asked, Cy answers for them, and Bob owns what they are to use."""

from datetime import timedelta

from sqlalchemy import select

from selfservice.model.actor import PersonRef, Role
from selfservice.model.application import RoleHolder
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.model.redemption import LinkAsk
from selfservice.services import redeeming
from selfservice.store.transaction import reading, transaction
from tests.services.making import CONTOSO, CY, DEE, HandClock, TestRuntime, World
from tests.services.overview.journeys import Journey, begin

GUS = "gus@partner.example"
HOST = "192.0.2.7"


def invite(world: World, address: str = GUS) -> str:
    """Invite a guest, let the mirror see them as pending, and let Dee be known as an admin; return the guest's id."""
    journey = begin(
        world,
        for_self=False,
        guest_address=address,
        guest_name="Gus Ray",
        sponsor=PersonRef(tenant_id=CY.tenant_id, object_id=CY.object_id),
    )
    journey.deliver()
    return mirrored(journey, address)


def mirrored(journey: Journey, address: str) -> str:
    with transaction(journey.rt.sessions) as tx:
        guest = tx.scalars(select(Guest).where(Guest.address == address)).one()
        tx.merge(RoleHolder(tenant_id=CONTOSO, object_id=DEE.object_id, role=Role.ADMIN))
        tx.merge(
            Person(
                tenant_id=guest.tenant_id,
                object_id=guest.object_id,
                display_name=guest.name,
                mail=address,
                mail_key=guest.address_key,
                user_principal_name="gus_partner.example#EXT#@contoso.example",
                user_type=UserType.GUEST,
                redemption_state=RedemptionState.PENDING,
            )
        )
        return guest.id


def change(rt: TestRuntime, guest_id: str, **facts: object) -> None:
    """Let the guest be otherwise than they are."""
    with transaction(rt.sessions) as tx:
        guest = tx.get_one(Guest, guest_id)
        for name, value in facts.items():
            setattr(guest, name, value)


def change_person(rt: TestRuntime, guest_id: str, **facts: object) -> None:
    """Let the mirror say something else of the guest."""
    with transaction(rt.sessions) as tx:
        guest = tx.get_one(Guest, guest_id)
        person = tx.get_one(Person, (guest.tenant_id, guest.object_id))
        for name, value in facts.items():
            setattr(person, name, value)


def accept(rt: TestRuntime, guest_id: str) -> None:
    """Let the guest accept, as the mirror learns of it."""
    change(rt, guest_id, redeemed_at=rt.clock())
    change_person(rt, guest_id, redemption_state=RedemptionState.ACCEPTED)


def links(rt: TestRuntime, guest_id: str) -> list[str]:
    """Return the addresses to which fresh links were ordered, in turn."""
    with reading(rt.sessions) as tx:
        ordered = select(Delivery).where(Delivery.guest_id == guest_id, Delivery.kind == DeliveryKind.LINK)
        return [str(each.order["to_address"]) for each in tx.scalars(ordered.order_by(Delivery.created_at))]


def asks(rt: TestRuntime) -> int:
    """Return how much was asked on the page for guests and is not worked off."""
    with reading(rt.sessions) as tx:
        return len(tx.scalars(select(LinkAsk.id)).all())


def ask(rt: TestRuntime, address: str = GUS, host: str = HOST) -> None:
    """Ask on the page for guests, and let a worker work it off."""
    redeeming.ask_link(rt, address, host)
    redeeming.work_links(rt)
    assert asks(rt) == 0


def wait(rt: TestRuntime, **how_long: float) -> None:
    """Let time pass."""
    assert isinstance(rt.clock, HandClock)
    rt.clock.forward(timedelta(**how_long))


def guest_of(rt: TestRuntime, guest_id: str) -> Guest:
    """Return the guest as they are now."""
    with reading(rt.sessions) as tx:
        return tx.get_one(Guest, guest_id)
