"""S09: an employee who leaves is blocked as a guest within one mirror interval, and nothing waits for them any more."""

import pytest

from selfservice.model.act import ActKind, ActState
from selfservice.model.delegation import Delegation
from selfservice.model.delivery import Delivery
from selfservice.model.guest import GuestStanding
from selfservice.model.mail import MailKind
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import caring, requesting
from selfservice.store.transaction import reading, transaction
from tests.services.care.steps import act, directory, enforce, events, guest, mails, pump
from tests.services.leaving.steps import make_ann, tell, telling_fabrikam
from tests.services.making import ANN, BOB, CY, DEE, EVE, START, World
from tests.services.mirror_steps import DAY, later
from tests.services.telling import TellingDirectory
from tests.services.test_requesting import make_ask

fabrikam = pytest.fixture(telling_fabrikam)


def last_act(world: World, guest_id: str) -> str:
    with reading(world.rt.sessions) as tx:
        found = caring.last_act(tx, guest(world, guest_id))
        assert found is not None
        return found.id


def test_s09_a_leaver_is_blocked_as_a_guest_and_the_sponsor_is_told(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    guest_id = make_ann(world)
    tell(world, fabrikam, ANN, enabled=False)
    pump(world)
    assert guest(world, guest_id).standing is GuestStanding.BLOCKED
    user = directory(world).get_user(guest(world, guest_id).object_id)
    assert user is not None
    assert user.enabled is False
    (mail,) = mails(world, MailKind.LEAVER_NOTICED)
    assert (mail.to_name, mail.facts["did"]) == ("Bob Ray", "blocked")
    assert ("pump", guest(world, guest_id).tenant_id) in world.rt.waker.woken  # type: ignore[attr-defined]


def test_whoever_is_removed_at_home_is_blocked_as_well(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    guest_id = make_ann(world)
    fabrikam.users.remove(ANN.object_id)
    tell(world, fabrikam, CY)
    pump(world)
    assert guest(world, guest_id).standing is GuestStanding.BLOCKED


def test_a_tenant_that_only_reports_blocks_nobody_and_its_admins_are_told(
    world: World, fabrikam: TellingDirectory
) -> None:
    guest_id = make_ann(world)
    tell(world, fabrikam, ANN, enabled=False)
    pump(world)
    assert guest(world, guest_id).standing is GuestStanding.ACTIVE
    assert act(world, last_act(world, guest_id)).state is ActState.REPORTED
    assert {mail.facts["did"] for mail in mails(world, MailKind.LEAVER_NOTICED)} == {"reported"}


def test_s29_a_leaver_who_is_not_ours_is_left_alone(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    guest_id = make_ann(world, managed=False)
    tell(world, fabrikam, ANN, enabled=False)
    with reading(world.rt.sessions) as tx:
        assert tx.query(Delivery).count() == 0
        assert caring.last_act(tx, guest(world, guest_id)) is None


def test_one_click_undoes_it_for_thirty_days_and_no_longer(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    guest_id = make_ann(world)
    tell(world, fabrikam, ANN, enabled=False)
    pump(world)
    blocked = last_act(world, guest_id)
    with pytest.raises(NotFound):
        caring.undo(world.rt, blocked, by=EVE)
    later(world)
    caring.undo(world.rt, blocked, by=BOB)
    pump(world)
    assert guest(world, guest_id).standing is GuestStanding.ACTIVE
    assert act(world, last_act(world, guest_id)).kind is ActKind.UNBLOCK


def test_nothing_is_undone_by_a_click_after_that(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    guest_id = make_ann(world)
    tell(world, fabrikam, ANN, enabled=False)
    pump(world)
    blocked = last_act(world, guest_id)
    later(world, 30 * DAY)
    with pytest.raises(caring.Untouchable):
        caring.undo(world.rt, blocked, by=BOB)


def test_an_account_that_is_enabled_again_is_told_of_once(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    make_ann(world)
    tell(world, fabrikam, ANN, enabled=False)
    pump(world)
    assert mails(world, MailKind.LEAVER_BACK) == []
    tell(world, fabrikam, ANN, enabled=True)
    tell(world, fabrikam, ANN, enabled=True, department="Sales")
    assert [mail.to_name for mail in mails(world, MailKind.LEAVER_BACK)] == ["Bob Ray"]


def test_what_a_leaver_asked_for_themself_is_taken_back_and_what_others_asked_stays(
    world: World, fabrikam: TellingDirectory
) -> None:
    own = requesting.submit(world.rt, make_ask(world, for_self=True), by=ANN)
    others = requesting.submit(world.rt, make_ask(world, form_key="2" * 32), by=CY)
    tell(world, fabrikam, ANN, enabled=False)
    with reading(world.rt.sessions) as tx:
        assert tx.get_one(AccessRequest, own).state is RequestState.CANCELED
        assert tx.get_one(AccessRequest, others).state is RequestState.PENDING_APPROVAL
    (event,) = events(world, "request.withdraw")
    assert (event.why, event.actor_name) == ("the requestor has left", "Selfservice")


def test_nobody_decides_for_a_leaver_any_more(world: World, fabrikam: TellingDirectory) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(
            Delegation(
                tenant_id=ANN.tenant_id,
                object_id=ANN.object_id,
                name=ANN.name,
                delegate_tenant_id=CY.tenant_id,
                delegate_object_id=CY.object_id,
                delegate_name=CY.name,
                starts_at=START,
                ends_at=START + 9 * DAY,
                created_at=START,
            )
        )
    tell(world, fabrikam, ANN, enabled=False)
    with reading(world.rt.sessions) as tx:
        assert tx.query(Delegation).one().ended_at == world.rt.clock()


def test_an_admin_undoes_it_too(world: World, fabrikam: TellingDirectory) -> None:
    enforce(world)
    guest_id = make_ann(world)
    tell(world, fabrikam, ANN, enabled=False)
    pump(world)
    caring.undo(world.rt, last_act(world, guest_id), by=DEE)
    pump(world)
    assert guest(world, guest_id).standing is GuestStanding.ACTIVE
