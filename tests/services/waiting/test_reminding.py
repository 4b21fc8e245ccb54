"""Reminding: the requestor asks once a stage for an answer, and only those who have not decided are written to."""

import pytest

from selfservice.model.actor import Actor
from selfservice.model.mail import MailKind
from selfservice.model.refusal import NotFound
from selfservice.model.request import StepNotAllowed
from selfservice.model.rules.outcome import StageSpec
from selfservice.services import preferring, reminding
from selfservice.services.reminding import AlreadyReminded, NobodyToRemind, TooSoonToRemind
from tests.services.making import ANN, BOB, CY, DEE, EVE, LEE, START, WES, World
from tests.services.waiting.steps import (
    DAY,
    approve,
    ask,
    events,
    forward,
    hand_over,
    leave,
    mails,
    named,
    put_rule,
    the_request,
    told,
)

REMINDED = MailKind.DECISION_REMINDER


def test_the_requestor_reminds_everybody_who_was_asked(world: World) -> None:
    request_id = ask(world)
    forward(world, DAY)
    assert reminding.remind(world.rt, request_id, by=ANN) == 2
    assert told(world, REMINDED) == ["bob", "lee"]
    assert {mail.facts["link"] for mail in mails(world, REMINDED)} == {f"http://localhost:8080/decide/{request_id}"}
    (said,) = events(world, "request.remind")
    assert (said.actor_object_id, said.details) == (ANN.object_id, {"stage": 0, "told": 2})


def test_nobody_is_reminded_on_the_first_day_and_the_refusal_says_from_when(world: World) -> None:
    request_id = ask(world)
    forward(world, DAY * 0.99)
    with pytest.raises(TooSoonToRemind) as refusal:
        reminding.remind(world.rt, request_id, by=ANN)
    assert refusal.value.next_step == "You can remind them from 11 Jan 2027, 09:00 UTC on."
    assert told(world, REMINDED) == []


def test_the_requestor_reminds_once_and_again_only_at_the_next_stage(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB),)), StageSpec(approvers=(named(LEE),)))
    request_id = ask(world)
    forward(world, DAY)
    reminding.remind(world.rt, request_id, by=ANN)
    forward(world, DAY)
    with pytest.raises(AlreadyReminded) as refusal:
        reminding.remind(world.rt, request_id, by=ANN)
    assert "11 Jan 2027, 09:00 UTC" in refusal.value.cause
    approve(world, request_id, by=BOB)
    forward(world, DAY)
    reminding.remind(world.rt, request_id, by=ANN)
    assert [mail.facts["stage_number"] for mail in mails(world, REMINDED) if "lee" in mail.to_address] == ["2"]


@pytest.mark.parametrize("stranger", [CY, BOB, DEE, EVE, WES], ids=lambda actor: actor.name)
def test_nobody_but_the_requestor_reminds(world: World, stranger: Actor) -> None:
    request_id = ask(world, sponsor=CY.ref)
    forward(world, DAY)
    with pytest.raises(NotFound):
        reminding.remind(world.rt, request_id, by=stranger)
    assert told(world, REMINDED) == []


def test_a_decided_request_has_nobody_to_remind(world: World) -> None:
    request_id = ask(world)
    forward(world, DAY)
    approve(world, request_id, by=BOB)
    with pytest.raises(StepNotAllowed):
        reminding.remind(world.rt, request_id, by=ANN)
    assert told(world, REMINDED) == []


def test_who_has_agreed_and_who_left_is_not_reminded_where_several_must_agree(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB), named(LEE), named(DEE), named(WES)), quorum=2))
    request_id = ask(world)
    approve(world, request_id, by=BOB)
    leave(world, WES)
    forward(world, DAY)
    assert reminding.remind(world.rt, request_id, by=ANN) == 2
    assert told(world, REMINDED) == ["dee", "lee"]
    assert {mail.facts["agreed"] for mail in mails(world, REMINDED)} == {"Bob Ray"}


def test_a_quiet_approver_is_never_written_to_and_whoever_reads_once_a_day_is(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB, quiet=True), named(LEE))))
    preferring.set_digest(world.rt, by=LEE, on=True)
    request_id = ask(world)
    assert told(world, MailKind.DECISION_WANTED) == []
    forward(world, DAY)
    reminding.remind(world.rt, request_id, by=ANN)
    assert told(world, REMINDED) == ["lee"]


def test_where_nobody_reads_mail_the_requestor_learns_it_and_may_try_later(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB, quiet=True),)))
    request_id = ask(world)
    forward(world, DAY)
    with pytest.raises(NobodyToRemind):
        reminding.remind(world.rt, request_id, by=ANN)
    stage = the_request(world, request_id).open_stage
    assert stage is not None
    assert stage.reminded_at is None


def test_the_delegate_of_an_absent_approver_is_written_to_instead(world: World) -> None:
    hand_over(world, BOB, DEE)
    request_id = ask(world)
    assert told(world, MailKind.DECISION_WANTED) == ["dee", "lee"]
    to_dee = mails(world, MailKind.DECISION_WANTED)[0]
    assert to_dee.facts["because"] == "you decide for Bob Ray, who is away"
    forward(world, DAY)
    reminding.remind(world.rt, request_id, by=ANN)
    assert told(world, REMINDED) == ["dee", "lee"]


@pytest.mark.parametrize("delegate", [ANN, CY], ids=["who asks", "who is the sponsor"])
def test_s14_a_delegate_who_must_not_decide_is_not_asked_and_the_absent_approver_is(
    world: World, delegate: Actor
) -> None:
    hand_over(world, BOB, delegate)
    ask(world, sponsor=CY.ref)
    assert told(world, MailKind.DECISION_WANTED) == ["bob", "lee"]


def test_a_delegate_who_left_is_not_asked_and_a_delegation_that_is_over_counts_no_more(world: World) -> None:
    hand_over(world, BOB, DEE)
    hand_over(world, LEE, WES, days=3)
    leave(world, DEE)
    forward(world, DAY * 3)
    ask(world)
    assert told(world, MailKind.DECISION_WANTED) == ["bob", "lee"]
    assert world.rt.clock() == START + DAY * 3


def test_one_who_decides_for_themself_and_for_another_is_written_to_once_and_in_their_own_name(world: World) -> None:
    hand_over(world, BOB, LEE)
    ask(world)
    (wanted,) = mails(world, MailKind.DECISION_WANTED)
    assert (wanted.to_address, wanted.facts["because"]) == ("lee@contoso.example", "member of Expenses Approvers")
