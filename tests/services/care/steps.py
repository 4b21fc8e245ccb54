"""Steps for tests of care: guests who are known here and there, a tenant that enforces, and a pump."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select

from selfservice.model.act import ActKind, GuestAct
from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.address import address_key
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery
from selfservice.model.directory import DirectoryUser, RedemptionState, UserType
from selfservice.model.guest import ActCause, Guest, GuestOrigin
from selfservice.model.lifecycle import KeptLifecycle
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.person import Person
from selfservice.services import caring, delivering
from selfservice.services.caring import Doing
from selfservice.store.transaction import reading, transaction
from tests.services.fakes import FakeDirectory
from tests.services.making import CONTOSO, START, FakeDirectories, HandClock, World

LONG_AGO = START - timedelta(days=200)


def object_id(n: int) -> str:
    return f"9a000000-0000-4000-8000-{n:012d}"


def directory(world: World) -> FakeDirectory:
    """Return Contoso's directory, made when it is first asked for."""
    assert isinstance(world.rt.directories, FakeDirectories)
    known = world.rt.directories.by_tenant.setdefault(CONTOSO, FakeDirectory(tenant_id=CONTOSO))
    assert isinstance(known, FakeDirectory)
    return known


def enforce(world: World) -> None:
    """Let guests of Contoso really be blocked and deleted."""
    with transaction(world.rt.sessions) as tx:
        tx.add(KeptLifecycle(tenant_id=CONTOSO, body={"mode": "enforce"}, changed_at=START))


def make_guest(world: World, n: int = 1, *, there: Mapping[str, object] | None = None, **here: object) -> str:
    """Make a guest who never accepted, long ago: due to be blocked. `there`: what the directory says instead."""
    address = f"g{n}@partner.example"
    known: dict[str, object] = {
        "object_id": object_id(n),
        "display_name": f"Guest {n}",
        "mail": address,
        "user_type": UserType.GUEST,
        "enabled": True,
        "creation_type": "Invitation",
        "redemption_state": RedemptionState.PENDING,
    }
    user = DirectoryUser(**known | dict(there or {}))  # type: ignore[arg-type]
    directory(world).put_user(user)
    facts: dict[str, object] = {
        "origin": GuestOrigin.INVITED,
        "managed": True,
        "ensured_at": LONG_AGO,
        "warned_cause": ActCause.UNREDEEMED,
    } | here
    guest = Guest(
        tenant_id=CONTOSO,
        object_id=user.object_id,
        address=address,
        address_key=address_key(address),
        display_name=user.display_name,
        **facts,  # type: ignore[arg-type]
    )
    person = Person(tenant_id=CONTOSO, object_id=user.object_id)
    person.learn(user)
    with transaction(world.rt.sessions) as tx:
        tx.add_all([guest, person])
        tx.flush()
        return guest.id


def begin(
    world: World, guest_id: str, kind: ActKind, cause: ActCause = ActCause.UNREDEEMED, *, by: Actor = SYSTEM
) -> str:
    doing = Doing(kind=kind, cause=cause, why="because", by=by, undo_days=30)
    with transaction(world.rt.sessions) as tx:
        return caring.begin(tx, world.rt, tx.get_one(Guest, guest_id), doing).id


def pump(world: World, *, minutes: int = 20) -> None:
    """Work what is due, letting the clock run over every wait."""
    assert isinstance(world.rt.clock, HandClock)
    for _ in range(minutes * 2):
        while delivering.work_one(world.rt, CONTOSO):
            pass
        with reading(world.rt.sessions) as tx:
            if tx.scalar(select(Delivery.id).where(Delivery.state == "working")) is None:
                return
        world.rt.clock.forward(timedelta(seconds=30))


def guest(world: World, guest_id: str) -> Guest:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(Guest, guest_id)


def act(world: World, act_id: str) -> GuestAct:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(GuestAct, act_id)


def note(world: World, act_id: str) -> str:
    """Return what the first step of an act says: its note, or why it failed."""
    with reading(world.rt.sessions) as tx:
        delivery = tx.get_one(Delivery, tx.get_one(GuestAct, act_id).delivery_id)
        return delivery.steps[0].note or delivery.steps[0].cause


def mails(world: World, kind: MailKind) -> list[OutboxMail]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(OutboxMail).where(OutboxMail.kind == kind)))


def events(world: World, action: str) -> list[AuditEvent]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(AuditEvent).where(AuditEvent.action == action)))
