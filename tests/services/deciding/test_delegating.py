"""While somebody is away a colleague decides for them: once, for a window, without either one's conflicts."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.audit import AuditEvent
from selfservice.model.delegation import DelegationRefused, WindowRefused
from selfservice.model.directory import UserType
from selfservice.model.group import GroupMembership
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound
from selfservice.model.request import RequestState
from selfservice.services import delegating
from selfservice.services.delegating import DelegationOver
from selfservice.services.overview import deciding, delegations, home
from selfservice.services.overview.requests import request_page
from selfservice.services.voices import AlreadyDecided, ConflictOfInterest, NoLongerApprover
from selfservice.store.transaction import reading, transaction
from tests.services.deciding.ruling import (
    DAN,
    FAY,
    GIL,
    TWO_OF_GROUP,
    agree,
    ask,
    hire,
    named,
    one_stage,
    put_rule,
    the_request,
)
from tests.services.making import ANN, BOB, CONTOSO, CY, EXPENSES_APPROVERS, FABRIKAM, LEE, START, HandClock, World

TODAY = START.date()


def away(world: World, who: Actor, to: Actor, *, first: int = 0, last: int = 7) -> str:
    day = timedelta(days=1)
    return delegating.delegate(
        world.rt, by=who, to=to.ref, starts_on=TODAY + first * day, ends_on=TODAY + last * day, reason="holidays"
    )


def forward(world: World, **how_long: float) -> None:
    assert isinstance(world.rt.clock, HandClock)
    world.rt.clock.forward(timedelta(**how_long))


@pytest.fixture
def staffed(world: World) -> World:
    """Return the small company with three more colleagues at Contoso."""
    hire(world.rt, DAN, FAY, GIL)
    return world


# --- giving and ending ------------------------------------------------------------------------------------------------


def test_a_delegation_is_told_to_the_delegate_and_on_record(staffed: World) -> None:
    away(staffed, BOB, DAN)
    with reading(staffed.rt.sessions) as tx:
        (event,) = tx.scalars(select(AuditEvent).where(AuditEvent.action == "delegation.give"))
        (mail,) = tx.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.DELEGATION_GIVEN))
    assert (event.actor_object_id, event.why, event.details["to"]) == (BOB.object_id, "holidays", DAN.object_id)
    assert mail.to_name == "Dan Oak"
    (row,) = delegations.away_page(staffed.rt, BOB).mine
    assert (row.delegate, row.is_running, row.is_over) == ("Dan Oak", True, False)
    (row,) = delegations.away_page(staffed.rt, DAN).for_me
    assert (row.delegator, row.is_mine) == ("Bob Ray", False)


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (5, 4), (0, 91)])
def test_a_window_lies_in_the_next_ninety_days(staffed: World, first: int, last: int) -> None:
    with pytest.raises(WindowRefused):
        away(staffed, BOB, DAN, first=first, last=last)


@pytest.mark.parametrize("to", [BOB, ANN, CY], ids=lambda actor: actor.name)
def test_only_another_colleague_of_ones_own_tenant_stands_in(staffed: World, to: Actor) -> None:
    with pytest.raises(DelegationRefused, match="own organisation"):
        away(staffed, BOB, to)


@pytest.mark.parametrize("change", [{"enabled": False}, {"removed_at": START}, {"user_type": UserType.GUEST}])
def test_whoever_is_gone_or_a_guest_does_not_stand_in(staffed: World, change: dict[str, object]) -> None:
    with transaction(staffed.rt.sessions) as tx:
        for name, value in change.items():
            setattr(tx.get_one(Person, (CONTOSO, DAN.object_id)), name, value)
    with pytest.raises(DelegationRefused):
        away(staffed, BOB, DAN)


def test_nobody_hands_over_twice_for_the_same_days(staffed: World) -> None:
    away(staffed, BOB, DAN, last=3)
    with pytest.raises(DelegationRefused, match="Dan Oak decides for you already"):
        away(staffed, BOB, FAY, first=3)
    away(staffed, BOB, FAY, first=4)


def test_s16_a_delegate_who_is_away_cannot_be_chosen_and_hands_nothing_on(staffed: World) -> None:
    away(staffed, DAN, FAY)
    with pytest.raises(DelegationRefused, match="is away as well"):
        away(staffed, BOB, DAN)
    with pytest.raises(DelegationRefused, match="cannot hand that on"):
        away(staffed, FAY, GIL)


def test_s16_two_people_never_stand_in_for_each_other(staffed: World) -> None:
    away(staffed, BOB, DAN)
    with pytest.raises(DelegationRefused):
        away(staffed, DAN, BOB)
    away(staffed, DAN, BOB, first=8, last=9)


def test_one_colleague_may_stand_in_for_several(staffed: World) -> None:
    away(staffed, BOB, DAN)
    away(staffed, LEE, DAN)
    assert len(delegations.away_page(staffed.rt, DAN).for_me) == 2


@pytest.mark.parametrize("ender", [BOB, DAN], ids=lambda actor: actor.name)
def test_either_of_the_two_ends_it_early(staffed: World, ender: Actor) -> None:
    request_id = ask(staffed)
    delegation_id = away(staffed, BOB, DAN)
    delegating.end(staffed.rt, delegation_id, by=ender)
    with pytest.raises(NotFound):
        agree(staffed.rt, request_id, by=DAN)
    with pytest.raises(DelegationOver):
        delegating.end(staffed.rt, delegation_id, by=ender)
    away(staffed, BOB, FAY)


def test_s22_a_stranger_ends_nothing(staffed: World) -> None:
    delegation_id = away(staffed, BOB, DAN)
    with pytest.raises(NotFound):
        delegating.end(staffed.rt, delegation_id, by=LEE)


# --- deciding for somebody --------------------------------------------------------------------------------------------


def test_a_delegate_sees_and_decides_what_waits_for_the_one_who_is_away(staffed: World) -> None:
    request_id = ask(staffed)
    away(staffed, BOB, DAN)
    (row,) = deciding.inbox(staffed.rt, DAN).rows
    assert (row.id, row.on_behalf_of) == (request_id, "Bob Ray")
    assert home.counts(staffed.rt, DAN).to_decide == home.home(staffed.rt, DAN).to_decide == 1
    page = deciding.decision_page(staffed.rt, request_id, DAN)
    assert (page.may_decide, page.on_behalf_of) == (True, "Bob Ray")
    (asked, _lee) = page.stages[0].asked
    assert (asked.name, asked.delegate, asked.delegate_until) == ("Bob Ray", "Dan Oak", TODAY + timedelta(days=7))
    agree(staffed.rt, request_id, by=DAN)
    (vote,) = request_page(staffed.rt, request_id, ANN).stages[0].votes
    assert (vote.name, vote.on_behalf_of) == ("Dan Oak", "Bob Ray")
    with reading(staffed.rt.sessions) as tx:
        (event,) = tx.scalars(select(AuditEvent).where(AuditEvent.action == "request.approve"))
    assert (event.actor_object_id, event.details["for"]) == (DAN.object_id, BOB.object_id)


def test_a_delegate_decides_in_the_window_and_neither_before_nor_after(staffed: World) -> None:
    request_id = ask(staffed)
    away(staffed, BOB, DAN, first=1, last=2)
    for _day in range(4):
        if TODAY + timedelta(days=1) <= staffed.rt.clock().date() <= TODAY + timedelta(days=2):
            assert deciding.decision_page(staffed.rt, request_id, DAN).may_decide
        else:
            with pytest.raises(NotFound):
                agree(staffed.rt, request_id, by=DAN)
            assert deciding.inbox(staffed.rt, DAN).rows == ()
        forward(staffed, days=1)


def test_what_a_delegate_decided_stays_theirs_to_see(staffed: World) -> None:
    request_id = ask(staffed)
    away(staffed, BOB, DAN, last=1)
    agree(staffed.rt, request_id, by=DAN)
    forward(staffed, days=5)
    assert [row.id for row in deciding.inbox(staffed.rt, DAN, show="decided").rows] == [request_id]
    assert deciding.decision_page(staffed.rt, request_id, DAN).decided_by == "Dan Oak"


def test_the_inbox_tells_what_is_mine_from_what_is_delegated(staffed: World) -> None:
    put_rule(staffed.rt, one_stage(named(BOB), named(DAN)))
    both = ask(staffed)
    with transaction(staffed.rt.sessions) as tx:
        tx.delete(next(a for a in tx.merge(the_request(staffed.rt, both)).stages[0].approvers if a.ref == DAN.ref))
    away(staffed, BOB, DAN)
    forward(staffed, seconds=1)
    own = ask(staffed, form_key="f2", guest_address="mia@partner.example")
    assert [row.id for row in deciding.inbox(staffed.rt, DAN, whose="mine").rows] == [own]
    assert [row.id for row in deciding.inbox(staffed.rt, DAN, whose="delegated").rows] == [both, own]
    assert [row.on_behalf_of for row in deciding.inbox(staffed.rt, DAN).rows] == ["Bob Ray", ""]


def test_s16_a_principal_and_their_delegate_are_one_voice(staffed: World) -> None:
    put_rule(staffed.rt, TWO_OF_GROUP)
    request_id = ask(staffed)
    away(staffed, BOB, DAN)
    agree(staffed.rt, request_id, by=DAN)
    with pytest.raises(AlreadyDecided, match="Dan Oak has approved this request for you already") as refusal:
        agree(staffed.rt, request_id, by=BOB)
    assert refusal.value.decider == "Dan Oak"
    assert the_request(staffed.rt, request_id).state is RequestState.PENDING_APPROVAL
    agree(staffed.rt, request_id, by=LEE)
    assert the_request(staffed.rt, request_id).state is RequestState.DELIVERING


def test_s16_a_delegate_adds_nothing_to_what_their_principal_decided(staffed: World) -> None:
    put_rule(staffed.rt, TWO_OF_GROUP)
    request_id = ask(staffed)
    away(staffed, BOB, DAN)
    agree(staffed.rt, request_id, by=BOB)
    with pytest.raises(AlreadyDecided) as refusal:
        agree(staffed.rt, request_id, by=DAN)
    assert refusal.value.decider == "Bob Ray"
    assert the_request(staffed.rt, request_id).stages[0].agreed == 1


def test_s16_a_second_account_of_a_delegate_is_no_second_voice(staffed: World) -> None:
    put_rule(staffed.rt, TWO_OF_GROUP)
    with transaction(staffed.rt.sessions) as tx:
        tx.get_one(Person, (CONTOSO, FAY.object_id)).mail = "dan@contoso.example"
    request_id = ask(staffed)
    away(staffed, BOB, DAN)
    away(staffed, LEE, FAY)
    agree(staffed.rt, request_id, by=DAN)
    with pytest.raises(AlreadyDecided):
        agree(staffed.rt, request_id, by=FAY)
    assert the_request(staffed.rt, request_id).stages[0].agreed == 1


def test_s25_nobody_lends_a_voice_that_was_not_asked_for(staffed: World) -> None:
    member = {"tenant_id": CONTOSO, "group_id": EXPENSES_APPROVERS}
    with transaction(staffed.rt.sessions) as tx:
        tx.add(GroupMembership(**member, member_id=DAN.object_id))
    request_id = ask(staffed)
    with transaction(staffed.rt.sessions) as tx:
        tx.delete(tx.get_one(GroupMembership, (CONTOSO, EXPENSES_APPROVERS, DAN.object_id)))
        tx.add(GroupMembership(**member, member_id=FAY.object_id))
    away(staffed, FAY, DAN)
    with pytest.raises(NoLongerApprover):
        agree(staffed.rt, request_id, by=DAN)


def test_s16_a_delegate_of_two_is_one_voice(staffed: World) -> None:
    put_rule(staffed.rt, TWO_OF_GROUP)
    request_id = ask(staffed)
    away(staffed, BOB, DAN)
    away(staffed, LEE, DAN)
    agree(staffed.rt, request_id, by=DAN)
    with pytest.raises(AlreadyDecided):
        agree(staffed.rt, request_id, by=DAN)
    assert the_request(staffed.rt, request_id).stages[0].agreed == 1


def test_a_delegate_who_is_asked_themself_speaks_for_themself_first(staffed: World) -> None:
    put_rule(staffed.rt, TWO_OF_GROUP)
    request_id = ask(staffed)
    away(staffed, BOB, LEE)
    agree(staffed.rt, request_id, by=LEE)
    (vote,) = the_request(staffed.rt, request_id).stages[0].votes
    assert (vote.ref, vote.principal) == (LEE.ref, LEE.ref)
    agree(staffed.rt, request_id, by=BOB)
    assert the_request(staffed.rt, request_id).state is RequestState.DELIVERING


def test_s14_a_delegate_never_decides_what_they_answer_for(staffed: World) -> None:
    request_id = ask(staffed)
    with transaction(staffed.rt.sessions) as tx:
        request = tx.merge(the_request(staffed.rt, request_id))
        request.sponsor_tenant_id, request.sponsor_object_id = DAN.tenant_id, DAN.object_id
    away(staffed, BOB, DAN)
    with pytest.raises(ConflictOfInterest):
        agree(staffed.rt, request_id, by=DAN)


def test_s14_a_conflict_of_whoever_is_away_is_their_delegates_too(staffed: World) -> None:
    request_id = ask(staffed)
    with transaction(staffed.rt.sessions) as tx:
        request = tx.merge(the_request(staffed.rt, request_id))
        request.sponsor_tenant_id, request.sponsor_object_id = BOB.tenant_id, BOB.object_id
    away(staffed, BOB, DAN)
    with pytest.raises(ConflictOfInterest, match="for Bob Ray"):
        agree(staffed.rt, request_id, by=DAN)
    assert not deciding.decision_page(staffed.rt, request_id, DAN).may_decide


def test_s14_a_delegate_with_the_guests_own_address_is_refused(staffed: World) -> None:
    request_id = ask(staffed)
    with transaction(staffed.rt.sessions) as tx:
        tx.get_one(Person, (CONTOSO, DAN.object_id)).mail = "Gus@Partner.example"
    away(staffed, BOB, DAN)
    with pytest.raises(ConflictOfInterest):
        agree(staffed.rt, request_id, by=DAN)


def test_s25_a_delegate_of_a_former_approver_decides_nothing(staffed: World) -> None:
    request_id = ask(staffed)
    away(staffed, BOB, DAN)
    with transaction(staffed.rt.sessions) as tx:
        tx.get_one(Person, (CONTOSO, BOB.object_id)).removed_at = START
    with pytest.raises(NoLongerApprover, match="Bob Ray is not an approver"):
        agree(staffed.rt, request_id, by=DAN)


@pytest.mark.parametrize("change", [{"enabled": False}, {"removed_at": START}, {"user_type": UserType.GUEST}])
def test_s25_a_delegate_who_left_decides_nothing(staffed: World, change: dict[str, object]) -> None:
    request_id = ask(staffed)
    away(staffed, BOB, DAN)
    with transaction(staffed.rt.sessions) as tx:
        for name, value in change.items():
            setattr(tx.get_one(Person, (CONTOSO, DAN.object_id)), name, value)
    with pytest.raises(NoLongerApprover):
        agree(staffed.rt, request_id, by=DAN)


def test_a_delegate_in_another_tenant_by_the_same_object_id_is_nobody(staffed: World) -> None:
    request_id = ask(staffed)
    away(staffed, BOB, DAN)
    impostor = Actor(tenant_id=FABRIKAM, object_id=DAN.object_id, name="Dan Oak")
    with pytest.raises(NotFound):
        agree(staffed.rt, request_id, by=impostor)
    assert PersonRef(tenant_id=FABRIKAM, object_id=DAN.object_id) != DAN.ref
