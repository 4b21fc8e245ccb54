"""Orders: sponsors, fresh links, resets and treatment, each done by a delivery that can be tried again."""

import pytest

from selfservice.model.delivery import Delivery, DeliveryState
from selfservice.model.directory import DirectoryUser, RedemptionState, UserType
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.mail import MailKind
from selfservice.model.unable import UnableTo
from selfservice.services import caring, sealing
from selfservice.services.caring import Untouchable
from selfservice.services.steps.work import SponsorChoice
from selfservice.store.transaction import reading, transaction
from tests.services.care.steps import directory, events, guest, mails, make_guest, object_id, pump
from tests.services.making import DEE, World

LOST = UnableTo("The answer was lost.", code="network", transient=True, outcome_unknown=True)
MEMBERS = [f"9b000000-0000-4000-8000-{n:012d}" for n in range(8)]


def state(world: World, delivery_id: str) -> DeliveryState:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(Delivery, delivery_id).state


def order_sponsors(world: World, guest_id: str, *ids: str) -> str:
    for each in MEMBERS:
        directory(world).put_user(DirectoryUser(object_id=each, user_type=UserType.MEMBER, enabled=True))
    wanted = tuple(SponsorChoice(object_id=each, is_group=False, name=each[-2:]) for each in ids)
    with transaction(world.rt.sessions) as tx:
        return caring.order_sponsors(tx, world.rt, tx.get_one(Guest, guest_id), wanted, by=DEE).id


def order_link(world: World, guest_id: str, to: str = "g1@partner.example") -> str:
    with transaction(world.rt.sessions) as tx:
        return caring.order_link(tx, world.rt, tx.get_one(Guest, guest_id), to_address=to, why="asked for", by=DEE).id


def order_reset(world: World, guest_id: str, address: str) -> str:
    with transaction(world.rt.sessions) as tx:
        return caring.order_reset(tx, world.rt, tx.get_one(Guest, guest_id), address=address, by=DEE).id


def order_treat(world: World, guest_id: str, user_type: UserType) -> str:
    with transaction(world.rt.sessions) as tx:
        return caring.order_treat(tx, world.rt, tx.get_one(Guest, guest_id), user_type=user_type, by=DEE).id


def test_exactly_the_sponsors_that_were_ordered_are_named_even_where_five_others_were(world: World) -> None:
    one = make_guest(world)
    directory(world).sponsor_ids[object_id(1)] = MEMBERS[:5]
    directory(world).fail("add_sponsor", LOST, after_effect=True)
    delivery_id = order_sponsors(world, one, *MEMBERS[3:8])
    pump(world)
    assert sorted(directory(world).sponsor_ids[object_id(1)]) == MEMBERS[3:8]
    assert state(world, delivery_id) is DeliveryState.DONE
    assert set(MEMBERS) <= set(directory(world).users), "a sponsor who is taken off stays who they are"


def test_six_sponsors_are_refused_before_anything_is_sent(world: World) -> None:
    one = make_guest(world)
    with pytest.raises(Untouchable):
        order_sponsors(world, one, *MEMBERS[:6])


def test_whom_synchronization_made_is_never_changed(world: World) -> None:
    one = make_guest(world, origin=GuestOrigin.SYNCED)
    with pytest.raises(Untouchable):
        order_sponsors(world, one, MEMBERS[0])
    with pytest.raises(Untouchable):
        order_treat(world, one, UserType.MEMBER)


def test_a_fresh_link_is_mailed_sealed_to_the_ordered_address_and_a_second_one_as_well(world: World) -> None:
    one = make_guest(world)
    first = order_link(world, one)
    assert order_link(world, one) == first, "one that is on its way is enough"
    pump(world)
    second = order_link(world, one)
    pump(world)
    assert second != first
    told = mails(world, MailKind.FRESH_LINK)
    assert [mail.to_address for mail in told] == ["g1@partner.example"] * 2
    links = {sealing.unseal(world.rt.settings, mail.sealed_link or "").reveal() for mail in told}
    assert len(links) == 2
    assert all("redeem" not in str(mail.facts) for mail in told)


def test_whoever_has_accepted_meanwhile_gets_no_link(world: World) -> None:
    one = make_guest(world)
    order_link(world, one)
    directory(world).change_user(object_id(1), redemption_state=RedemptionState.ACCEPTED)
    pump(world)
    assert mails(world, MailKind.FRESH_LINK) == []
    assert guest(world, one).redeemed_at is not None


def test_a_link_for_a_guest_who_is_gone_makes_nobody_anew(world: World) -> None:
    one = make_guest(world)
    delivery_id = order_link(world, one)
    directory(world).remove_user(object_id(1))
    pump(world)
    assert state(world, delivery_id) is DeliveryState.FAILED
    assert directory(world).invited == []


def test_a_link_to_an_address_that_the_guest_does_not_have_is_refused(world: World) -> None:
    one = make_guest(world)
    delivery_id = order_link(world, one, "thief@else.example")
    pump(world)
    assert state(world, delivery_id) is DeliveryState.FAILED
    assert mails(world, MailKind.FRESH_LINK) == []
    assert directory(world).invited == []


def test_a_reset_keeps_the_object_and_mails_the_link_to_the_new_address(world: World) -> None:
    one = make_guest(world, there={"redemption_state": RedemptionState.ACCEPTED})
    directory(world).fail("reset_redemption", LOST, after_effect=True)
    delivery_id = order_reset(world, one, "new@partner.example")
    pump(world)
    assert state(world, delivery_id) is DeliveryState.DONE
    there = directory(world).users[object_id(1)]
    assert (there.mail, there.redemption_state) == ("new@partner.example", RedemptionState.PENDING)
    assert guest(world, one).address == "new@partner.example"
    assert guest(world, one).redeemed_at is None
    assert [mail.to_address for mail in mails(world, MailKind.FRESH_LINK)] == ["new@partner.example"]


def test_a_reset_to_somebody_elses_address_is_refused(world: World) -> None:
    one = make_guest(world)
    make_guest(world, 2)
    delivery_id = order_reset(world, one, "g2@partner.example")
    pump(world)
    assert state(world, delivery_id) is DeliveryState.FAILED
    assert "set_addresses" not in directory(world).calls


def test_an_admin_is_never_reset(world: World) -> None:
    one = make_guest(world)
    directory(world).role_holders.add(object_id(1))
    delivery_id = order_reset(world, one, "new@partner.example")
    pump(world)
    assert state(world, delivery_id) is DeliveryState.FAILED
    assert directory(world).users[object_id(1)].mail == "g1@partner.example"


def test_a_guest_is_treated_as_a_member_and_back(world: World) -> None:
    one = make_guest(world)
    for user_type in (UserType.MEMBER, UserType.GUEST):
        delivery_id = order_treat(world, one, user_type)
        pump(world)
        assert state(world, delivery_id) is DeliveryState.DONE
        assert directory(world).users[object_id(1)].user_type is user_type
    assert len(events(world, "guest.treatDone")) == 2
