"""Several must agree: each voice counts once, one no ends it, and every stage binds to what was seen."""

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.approval import Outcome, StageState
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery
from selfservice.model.group import GroupMembership
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.request import RequestState
from selfservice.model.rules.outcome import Stages, StageSpec
from selfservice.services import approving
from selfservice.services.approving import ContentChanged, Pick, TooManyAtOnce
from selfservice.services.eligibility import EndDateRefused, TextRefused
from selfservice.services.overview import deciding
from selfservice.services.overview.requests import request_page
from selfservice.services.voices import AlreadyDecided, NotAskedNow
from selfservice.store.transaction import reading, transaction
from tests.services.deciding.ruling import (
    APPROVERS_GROUP,
    BOB_THEN_LEE,
    DAN,
    MANAGER,
    MIA,
    TWO_OF_GROUP,
    agree,
    ask,
    hire,
    named,
    one_stage,
    put_rule,
    the_request,
)
from tests.services.making import ANN, BOB, CONTOSO, EXPENSES_APPROVERS, LEE, START, WES, World


def actions(world: World, request_id: str) -> list[str]:
    with reading(world.rt.sessions) as tx:
        events = select(AuditEvent.action).where(AuditEvent.object_id == request_id).order_by(AuditEvent.number)
        return list(tx.scalars(events))


def asked_by_mail(world: World) -> list[str]:
    with reading(world.rt.sessions) as tx:
        return list(tx.scalars(select(OutboxMail.to_name).where(OutboxMail.kind == MailKind.DECISION_WANTED)))


def deliveries(world: World, request_id: str) -> int:
    with reading(world.rt.sessions) as tx:
        return len(tx.scalars(select(Delivery).where(Delivery.request_id == request_id)).all())


def test_a_stage_closes_when_as_many_agree_as_the_rule_says(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    assert the_request(world.rt, request_id).state is RequestState.PENDING_APPROVAL
    assert deliveries(world, request_id) == 0
    agree(world.rt, request_id, by=LEE)
    assert the_request(world.rt, request_id).state is RequestState.DELIVERING
    assert actions(world, request_id) == ["request.submit", "request.agree", "request.approve"]
    assert deliveries(world, request_id) == 1


def test_nobody_counts_twice_towards_a_quorum(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    with pytest.raises(AlreadyDecided, match="You have approved this request already"):
        agree(world.rt, request_id, by=BOB)
    assert the_request(world.rt, request_id).state is RequestState.PENDING_APPROVAL


def test_s14_a_second_account_of_the_same_person_is_no_second_voice(world: World) -> None:
    hire(world.rt, DAN)
    with transaction(world.rt.sessions) as tx:
        second = tx.get_one(Person, (CONTOSO, DAN.object_id))
        second.mail = second.mail_key = "bob@contoso.example"
    put_rule(world.rt, one_stage(APPROVERS_GROUP, named(DAN), quorum=2))
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    with pytest.raises(AlreadyDecided) as refusal:
        agree(world.rt, request_id, by=DAN)
    assert refusal.value.decider == "Bob Ray"
    agree(world.rt, request_id, by=LEE)


def test_one_no_ends_it_however_many_have_agreed(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    seen = the_request(world.rt, request_id).content_hash
    approving.deny(world.rt, request_id, by=LEE, seen=seen, justification="not this one")
    request = the_request(world.rt, request_id)
    assert (request.state, request.stages[0].state) == (RequestState.DENIED, StageState.DENIED)
    assert deliveries(world, request_id) == 0


def test_stages_are_asked_one_after_the_other(world: World) -> None:
    put_rule(world.rt, BOB_THEN_LEE)
    request_id = ask(world)
    assert asked_by_mail(world) == ["Bob Ray"]
    with pytest.raises(NotFound):
        agree(world.rt, request_id, by=LEE)
    agree(world.rt, request_id, by=BOB)
    with pytest.raises(NotAskedNow):
        agree(world.rt, request_id, by=BOB)
    assert asked_by_mail(world) == ["Lee Wu"]
    agree(world.rt, request_id, by=LEE)
    assert the_request(world.rt, request_id).state is RequestState.DELIVERING


def test_a_no_at_the_first_stage_never_asks_the_second(world: World) -> None:
    put_rule(world.rt, BOB_THEN_LEE)
    request_id = ask(world)
    seen = the_request(world.rt, request_id).content_hash
    approving.deny(world.rt, request_id, by=BOB, seen=seen, justification="no")
    assert [stage.state for stage in the_request(world.rt, request_id).stages] == [StageState.DENIED, StageState.ENDED]
    assert [row.id for row in deciding.inbox(world.rt, LEE).rows] == []


def test_whoever_joined_the_approvers_meanwhile_is_asked_when_their_stage_opens(world: World) -> None:
    hire(world.rt, DAN)
    put_rule(world.rt, Stages(stages=(StageSpec(approvers=(named(BOB),)), StageSpec(approvers=(APPROVERS_GROUP,)))))
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        tx.add(GroupMembership(tenant_id=CONTOSO, group_id=EXPENSES_APPROVERS, member_id=DAN.object_id))
    agree(world.rt, request_id, by=BOB)
    agree(world.rt, request_id, by=DAN)
    assert the_request(world.rt, request_id).state is RequestState.DELIVERING


def test_a_manager_in_the_home_tenant_is_asked_sees_and_decides(world: World) -> None:
    hire(world.rt, MIA, manages=ANN)
    put_rule(world.rt, one_stage(MANAGER))
    request_id = ask(world)
    assert [row.id for row in deciding.inbox(world.rt, MIA).rows] == [request_id]
    assert deciding.decision_page(world.rt, request_id, MIA).may_decide
    agree(world.rt, request_id, by=MIA)
    assert the_request(world.rt, request_id).state is RequestState.DELIVERING
    assert [row.id for row in deciding.inbox(world.rt, MIA, show="decided").rows] == [request_id]


def test_a_rule_that_wants_a_reason_takes_no_decision_without_one(world: World) -> None:
    put_rule(world.rt, one_stage(named(BOB), justification_required=True))
    request_id = ask(world)
    assert deciding.decision_page(world.rt, request_id, BOB).justification_required
    with pytest.raises(TextRefused, match="wants a reason"):
        agree(world.rt, request_id, by=BOB, words=" ")
    agree(world.rt, request_id, by=BOB, words="needed for the close")


# --- a shorter time ---------------------------------------------------------------------------------------------------


def shorter(world: World, request_id: str, *, by: Actor, days: int) -> date:
    until = START.date() + timedelta(days=days)
    seen = the_request(world.rt, request_id).content_hash
    approving.approve(world.rt, request_id, by=by, seen=seen, justification="a week will do", ends_on=until)
    return until


def test_an_approver_may_agree_to_a_shorter_time(world: World) -> None:
    request_id = ask(world)
    until = shorter(world, request_id, by=BOB, days=7)
    request = the_request(world.rt, request_id)
    assert (request.state, request.ends_on) == (RequestState.DELIVERING, until)
    assert request.stages[0].decisions[0].ends_on == until
    assert "request.shortened" in actions(world, request_id)
    (stage,) = request_page(world.rt, request_id, ANN).stages
    assert stage.votes[0].ends_on == until


@pytest.mark.parametrize("days", [21, 0, -1])
def test_nobody_agrees_to_a_longer_time_or_to_a_day_that_is_past(world: World, days: int) -> None:
    request_id = ask(world)
    with pytest.raises(EndDateRefused):
        shorter(world, request_id, by=BOB, days=days)
    assert the_request(world.rt, request_id).ends_on == START.date() + timedelta(days=20)


def test_s17_who_decides_after_a_shorter_time_sees_what_changed(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    seen = the_request(world.rt, request_id).content_hash
    shorter(world, request_id, by=BOB, days=7)
    with pytest.raises(ContentChanged):
        approving.approve(world.rt, request_id, by=LEE, seen=seen, justification="fine")
    page = deciding.decision_page(world.rt, request_id, LEE, seen=seen)
    (change,) = page.changes
    assert (change.what, change.before, change.now) == ("Until when", "30 January 2027", "17 January 2027")
    assert "Bob Ray" in change.why
    approving.approve(world.rt, request_id, by=LEE, seen=page.request.content_hash, justification="fine")
    assert the_request(world.rt, request_id).state is RequestState.DELIVERING


def test_s17_a_page_that_is_fresh_shows_no_change(world: World) -> None:
    request_id = ask(world)
    page = deciding.decision_page(world.rt, request_id, BOB)
    assert deciding.decision_page(world.rt, request_id, BOB, seen=page.request.content_hash).changes == ()


# --- several at once --------------------------------------------------------------------------------------------------


def test_several_are_decided_at_once_and_a_refusal_stops_no_other(world: World) -> None:
    first = ask(world)
    second = ask(world, form_key="f2", guest_address="mia@partner.example", guest_name="")
    stale = ask(world, form_key="f3", guest_address="leo@partner.example", guest_name="Leo")
    picks = [
        Pick(request_id=first, seen=the_request(world.rt, first).content_hash),
        Pick(request_id="0" * 32, seen=""),
        Pick(request_id=stale, seen="0" * 64),
        Pick(request_id=second, seen=the_request(world.rt, second).content_hash),
    ]
    told = approving.decide_many(world.rt, picks, by=BOB, outcome=Outcome.APPROVE, justification="all fine")
    assert [(each.title, each.done) for each in told] == [
        ("Gus Ray: Expenses", True),
        ("", False),
        ("Leo: Expenses", False),
        ("mia@partner.example: Expenses", True),
    ]
    assert "changed since" in told[2].cause
    assert the_request(world.rt, second).state is RequestState.DELIVERING
    assert the_request(world.rt, stale).state is RequestState.PENDING_APPROVAL


def test_s22_a_bulk_decision_says_nothing_about_what_is_not_mine(world: World) -> None:
    request_id = ask(world)
    seen = the_request(world.rt, request_id).content_hash
    (theirs,) = approving.decide_many(
        world.rt, [Pick(request_id=request_id, seen=seen)], by=WES, outcome=Outcome.APPROVE, justification=""
    )
    (absent,) = approving.decide_many(
        world.rt, [Pick(request_id="0" * 32, seen=seen)], by=WES, outcome=Outcome.APPROVE, justification=""
    )
    assert (theirs.title, theirs.cause, theirs.done) == (absent.title, absent.cause, absent.done)


def test_a_bulk_denial_needs_one_reason_and_an_end(world: World) -> None:
    with pytest.raises(TextRefused):
        approving.decide_many(world.rt, [], by=BOB, outcome=Outcome.DENY, justification="")
    with pytest.raises(TooManyAtOnce):
        approving.decide_many(
            world.rt, [Pick(request_id="0" * 32, seen="")] * 51, by=BOB, outcome=Outcome.APPROVE, justification=""
        )


# --- at the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_s20_two_approvals_at_once_both_count_and_deliver_once(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    for number in range(15):
        request_id = ask(world, form_key=f"f{number}", guest_address=f"gus{number}@partner.example")
        assert _together(world, request_id, [BOB, LEE]) == {"Bob Ray": "", "Lee Wu": ""}
        request = the_request(world.rt, request_id)
        assert (request.state, request.stages[0].agreed) == (RequestState.DELIVERING, 2)
        assert deliveries(world, request_id) == 1


@pytest.mark.slow
def test_s20_the_same_voice_pressed_twice_at_once_counts_once(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    for number in range(10):
        request_id = ask(world, form_key=f"f{number}", guest_address=f"gus{number}@partner.example")
        _together(world, request_id, [BOB, BOB])
        request = the_request(world.rt, request_id)
        assert (request.state, request.stages[0].agreed) == (RequestState.PENDING_APPROVAL, 1)


def _together(world: World, request_id: str, people: list[Actor]) -> dict[str, str]:
    """Let these people agree at the same moment, each in a thread, and return what each was told."""
    told: dict[str, str] = {}
    seen, start = the_request(world.rt, request_id).content_hash, threading.Barrier(len(people))

    def press(by: Actor) -> None:
        start.wait()
        try:
            approving.approve(world.rt, request_id, by=by, seen=seen, justification="at once")
            told.setdefault(by.name, "")
        except Refused as refusal:
            told[by.name] = refusal.cause

    threads = [threading.Thread(target=press, args=(by,)) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told
