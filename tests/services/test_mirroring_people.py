"""Leavers lose their sessions at once, and a guest's acceptance is noticed and told of once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.directory import DirectoryUser, RedemptionState, UserType
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.session import BrowserSession
from selfservice.services import mirroring, requesting
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, CONTOSO, FABRIKAM, START, World
from tests.services.mirror_steps import DAY, IDS, MINUTE, mirror_again, people, put, telling_contoso, user
from tests.services.telling import TellingDirectory
from tests.services.test_requesting import GUS, make_ask

contoso = pytest.fixture(telling_contoso)


def sign_in(world: World, object_id: str, *, tenant_id: str = CONTOSO, browser: str = "t1") -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(
            BrowserSession(
                token_hash=browser,
                tenant_id=tenant_id,
                object_id=object_id,
                created_at=START,
                seen_at=START,
                expires_at=START + timedelta(hours=8),
            )
        )


def signed_in(world: World) -> set[str]:
    with reading(world.rt.sessions) as tx:
        return set(tx.scalars(select(BrowserSession.token_hash)))


def events(world: World, action: str) -> list[AuditEvent]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def test_s09_whoever_is_disabled_loses_every_session_and_nobody_else_does(
    world: World, contoso: TellingDirectory
) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    sign_in(world, IDS[0], browser="t1")
    sign_in(world, IDS[0], browser="t2")
    sign_in(world, IDS[1], browser="of another person")
    sign_in(world, IDS[0], tenant_id=FABRIKAM, browser="of the same id in another tenant")
    contoso.users.put(user(0, enabled=False))
    mirror_again(world)
    assert signed_in(world) == {"of another person", "of the same id in another tenant"}
    (event,) = events(world, "person.disabled")
    assert (event.object_id, event.tenant_id, event.details) == (IDS[0], CONTOSO, {"sessionsEnded": 2})


def test_s09_whoever_is_removed_loses_every_session(world: World, contoso: TellingDirectory) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    sign_in(world, IDS[0])
    contoso.users.remove(IDS[0])
    mirror_again(world)
    assert signed_in(world) == set()
    assert [event.object_id for event in events(world, "person.removed") if event.object_id == IDS[0]] == [IDS[0]]


def test_s09_whoever_only_a_full_round_misses_loses_every_session_as_well(
    world: World, contoso: TellingDirectory
) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    sign_in(world, IDS[0])
    del contoso.users.objects[IDS[0]]
    mirror_again(world, DAY)
    assert signed_in(world) == set()


def test_a_leaver_is_recorded_once(world: World, contoso: TellingDirectory) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    contoso.users.put(user(0, enabled=False))
    mirror_again(world)
    contoso.users.put(user(0, enabled=False, department="Sales"))
    mirror_again(world)
    assert len(events(world, "person.disabled")) == 1


def test_managers_are_known_and_follow_changes(world: World, contoso: TellingDirectory) -> None:
    contoso.manager_of = {IDS[0]: IDS[3], IDS[1]: IDS[3], IDS[2]: None, IDS[3]: None}
    mirroring.mirror(world.rt, CONTOSO)
    assert [people(world)[i].manager_id for i in IDS[:4]] == [IDS[3], IDS[3], None, None]
    contoso.manager_of |= {IDS[0]: None, IDS[1]: IDS[2]}
    mirror_again(world)
    assert [people(world)[i].manager_id for i in IDS[:4]] == [None, IDS[2], None, None]


def test_members_and_guests_of_a_tenant_are_mirrored_alike(world: World, contoso: TellingDirectory) -> None:
    contoso.users.put(user(5, user_type=UserType.GUEST, redemption_state=RedemptionState.PENDING))
    mirroring.mirror(world.rt, CONTOSO)
    guest = people(world)[IDS[5]]
    assert (guest.user_type, guest.redemption_state) == (UserType.GUEST, RedemptionState.PENDING)


def gus(state: RedemptionState, changed_at: datetime | None = None) -> DirectoryUser:
    return user(5, user_type=UserType.GUEST, redemption_state=state, redemption_changed_at=changed_at)


def ask(world: World) -> str:
    return requesting.submit(world.rt, make_ask(world), by=ANN)


def make_guest(world: World, request_id: str) -> None:
    """Deliver Gus's invitation, as far as our own rows are concerned."""
    guest = Guest(
        tenant_id=CONTOSO,
        object_id=IDS[5],
        origin=GuestOrigin.INVITED,
        address=GUS,
        address_key=GUS,
        ensured_at=START,
    )
    delivery = Delivery(
        tenant_id=CONTOSO,
        kind=DeliveryKind.GRANT,
        request_id=request_id,
        guest_object_id=IDS[5],
        created_at=START,
        due_at=START,
    )
    with transaction(world.rt.sessions) as tx:
        tx.add_all([guest, delivery])


def the_guest(world: World) -> Guest:
    with reading(world.rt.sessions) as tx:
        return tx.scalars(select(Guest)).one()


def told(world: World) -> list[str]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(OutboxMail.to_address).where(OutboxMail.kind == MailKind.GUEST_ACCEPTED)))


def test_an_acceptance_is_noticed_told_and_recorded_once(world: World, contoso: TellingDirectory) -> None:
    make_guest(world, ask(world))
    contoso.users.put(gus(RedemptionState.PENDING))
    mirroring.mirror(world.rt, CONTOSO)
    assert the_guest(world).redeemed_at is None
    accepted_at = START + timedelta(seconds=30)
    for _round in range(2):
        contoso.users.put(gus(RedemptionState.ACCEPTED, accepted_at))
        mirror_again(world)
    assert the_guest(world).redeemed_at == accepted_at
    assert told(world) == ["ann@fabrikam.example"]
    assert len(events(world, "guest.redeemed")) == 1


def test_an_acceptance_that_the_mirror_knew_before_we_knew_the_guest_is_noticed(
    world: World, contoso: TellingDirectory
) -> None:
    request_id = ask(world)
    contoso.users.put(gus(RedemptionState.ACCEPTED))
    mirroring.mirror(world.rt, CONTOSO)
    make_guest(world, request_id)
    mirror_again(world)
    assert the_guest(world).redeemed_at == START + MINUTE


def test_an_acceptance_in_one_tenant_is_none_in_another(world: World, contoso: TellingDirectory) -> None:
    make_guest(world, ask(world))
    fabrikam = TellingDirectory()
    fabrikam.users.put(gus(RedemptionState.ACCEPTED))
    put(world.rt, FABRIKAM, fabrikam)
    mirroring.mirror(world.rt, FABRIKAM)
    mirroring.mirror(world.rt, CONTOSO)
    assert the_guest(world).redeemed_at is None
