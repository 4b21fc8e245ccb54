"""Before deciding, an approver asks and the requestor answers; both are told, and nobody else joins in."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.audit import AuditEvent
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.refusal import NotFound
from selfservice.model.request import StepNotAllowed
from selfservice.services import conversing, delegating, requesting
from selfservice.services.conversing import MOST_MESSAGES, NothingAsked, ThreadFull
from selfservice.services.eligibility import TextRefused
from selfservice.services.overview import deciding, home
from selfservice.services.overview.requests import request_page
from selfservice.services.voices import ConflictOfInterest, NotAskedNow
from selfservice.store.transaction import reading, transaction
from tests.services.deciding.ruling import (
    BOB_THEN_LEE,
    DAN,
    TWO_OF_GROUP,
    agree,
    ask,
    hire,
    put_rule,
    the_request,
)
from tests.services.making import ANN, BOB, CY, DEE, LEE, START, WES, World


def mailed(world: World, kind: MailKind) -> list[str]:
    with reading(world.rt.sessions) as tx:
        return sorted(tx.scalars(select(OutboxMail.to_name).where(OutboxMail.kind == kind)))


def test_a_question_is_answered_and_both_are_told(world: World) -> None:
    request_id = ask(world)
    conversing.ask(world.rt, request_id, by=BOB, text="Which cost centre?")
    assert mailed(world, MailKind.QUESTION_ASKED) == ["Ann Lee"]
    assert deciding.inbox(world.rt, LEE).rows[0].question_open
    page = request_page(world.rt, request_id, ANN)
    assert page.question_open
    assert [row.id for row in home.home(world.rt, ANN).questions] == [request_id]
    conversing.answer(world.rt, request_id, by=ANN, text="4711")
    assert mailed(world, MailKind.QUESTION_ANSWERED) == ["Bob Ray"]
    shown = deciding.decision_page(world.rt, request_id, LEE)
    assert [(each.name, each.text, each.is_question, each.is_mine) for each in shown.thread] == [
        ("Bob Ray", "Which cost centre?", True, False),
        ("Ann Lee", "4711", False, False),
    ]
    assert not deciding.inbox(world.rt, LEE).rows[0].question_open
    assert home.home(world.rt, ANN).questions == ()


def test_the_audit_trail_says_that_it_was_asked_and_not_what(world: World) -> None:
    request_id = ask(world)
    conversing.ask(world.rt, request_id, by=BOB, text="a-canary-in-the-thread")
    conversing.answer(world.rt, request_id, by=ANN, text="a-canary-in-the-thread")
    with reading(world.rt.sessions) as tx:
        events = tx.scalars(select(AuditEvent).where(AuditEvent.object_id == request_id)).all()
    assert [event.action for event in events] == ["request.submit", "request.question", "request.answer"]
    assert not any("canary" in f"{event.why}{event.details}" for event in events)


def test_a_sponsor_may_answer_for_the_requestor(world: World) -> None:
    request_id = ask(world, sponsor=CY.ref)
    conversing.ask(world.rt, request_id, by=BOB, text="Since when do you know them?")
    conversing.answer(world.rt, request_id, by=CY, text="Since May.")
    assert [row.name for row in request_page(world.rt, request_id, ANN).thread] == ["Bob Ray", "Cy Novak"]


@pytest.mark.parametrize("stranger", [ANN, CY, DEE, WES], ids=lambda actor: actor.name)
def test_s22_whoever_does_not_decide_asks_nothing(world: World, stranger: Actor) -> None:
    request_id = ask(world)
    with pytest.raises(NotFound):
        conversing.ask(world.rt, request_id, by=stranger, text="May I?")


@pytest.mark.parametrize("stranger", [BOB, CY, DEE, WES], ids=lambda actor: actor.name)
def test_s22_whoever_neither_asks_nor_sponsors_answers_nothing(world: World, stranger: Actor) -> None:
    request_id = ask(world)
    conversing.ask(world.rt, request_id, by=BOB, text="Why?")
    with pytest.raises(NotFound):
        conversing.answer(world.rt, request_id, by=stranger, text="Because.")


def test_an_answer_needs_a_question(world: World) -> None:
    with pytest.raises(NothingAsked):
        conversing.answer(world.rt, ask(world), by=ANN, text="By the way")


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001, "ring\x07"])
def test_a_question_is_some_clean_text(world: World, text: str) -> None:
    with pytest.raises(TextRefused):
        conversing.ask(world.rt, ask(world), by=BOB, text=text)


def test_a_thread_has_an_end(world: World) -> None:
    request_id = ask(world)
    for number in range(MOST_MESSAGES):
        conversing.ask(world.rt, request_id, by=BOB, text=f"Question {number}?")
    with pytest.raises(ThreadFull):
        conversing.answer(world.rt, request_id, by=ANN, text="One more")
    shown = request_page(world.rt, request_id, ANN).thread
    assert [each.text for each in shown] == [f"Question {number}?" for number in range(MOST_MESSAGES)]


def test_what_is_decided_or_withdrawn_is_asked_about_no_more(world: World) -> None:
    decided, withdrawn = ask(world), ask(world, form_key="f2", guest_address="mia@partner.example")
    conversing.ask(world.rt, decided, by=LEE, text="Why?")
    agree(world.rt, decided, by=BOB)
    requesting.withdraw(world.rt, withdrawn, by=ANN)
    with pytest.raises(StepNotAllowed):
        conversing.ask(world.rt, decided, by=BOB, text="Why?")
    with pytest.raises(StepNotAllowed):
        conversing.answer(world.rt, decided, by=ANN, text="Because.")
    with pytest.raises(StepNotAllowed):
        conversing.ask(world.rt, withdrawn, by=BOB, text="Why?")
    assert not request_page(world.rt, decided, ANN).question_open


def test_a_question_ends_nothing_and_changes_nothing_that_is_decided(world: World) -> None:
    request_id = ask(world)
    seen = the_request(world.rt, request_id).content_hash
    conversing.ask(world.rt, request_id, by=BOB, text="Why?")
    assert the_request(world.rt, request_id).content_hash == seen
    agree(world.rt, request_id, by=BOB)


def test_whoever_has_agreed_may_still_ask_while_the_others_decide(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    conversing.ask(world.rt, request_id, by=BOB, text="And until when really?")
    assert request_page(world.rt, request_id, ANN).question_open


def test_an_earlier_stage_asks_nothing_of_a_later_one(world: World) -> None:
    put_rule(world.rt, BOB_THEN_LEE)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    with pytest.raises(NotAskedNow):
        conversing.ask(world.rt, request_id, by=BOB, text="Why?")
    conversing.ask(world.rt, request_id, by=LEE, text="Why?")


def test_a_delegate_asks_and_s14_not_about_what_concerns_them(world: World) -> None:
    hire(world.rt, DAN)
    today = START.date()
    delegating.delegate(world.rt, by=BOB, to=DAN.ref, starts_on=today, ends_on=today + timedelta(days=3), reason="")
    request_id = ask(world)
    conversing.ask(world.rt, request_id, by=DAN, text="Why?")
    with transaction(world.rt.sessions) as tx:
        request = tx.merge(the_request(world.rt, request_id))
        request.sponsor_tenant_id, request.sponsor_object_id = DAN.tenant_id, DAN.object_id
    with pytest.raises(ConflictOfInterest):
        conversing.ask(world.rt, request_id, by=DAN, text="Why?")
