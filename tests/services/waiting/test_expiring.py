"""Expiry: nothing ends in silence. Who asked is told, with who had agreed; what was agreed before stays agreed."""

import threading
from contextlib import suppress

import pytest

from selfservice.model.approval import StageState
from selfservice.model.mail import MailKind
from selfservice.model.request import RequestState, StepNotAllowed
from selfservice.model.rules.outcome import StageSpec
from selfservice.services import expiring
from tests.services.making import BOB, CY, DEE, LEE, WES, World
from tests.services.waiting.steps import (
    DAY,
    approve,
    ask,
    ask_about,
    events,
    forward,
    mails,
    named,
    put_rule,
    the_request,
    told,
)

EXPIRED = MailKind.REQUEST_EXPIRED


def test_requestor_and_sponsor_are_told_what_nobody_decided_and_whom_to_turn_to(world: World) -> None:
    request_id = ask(world, sponsor=CY.ref)
    forward(world, 14 * DAY)
    assert (expiring.expire_requests(world.rt), expiring.expire_requests(world.rt)) == (1, 0)
    assert told(world, EXPIRED) == ["ann", "cy"]
    to_ann = mails(world, EXPIRED)[0].facts
    assert (to_ann["asked"], to_ann["agreed"], to_ann["owner"]) == ("Bob Ray, Lee Wu", "", "Bob Ray")
    assert to_ann["link"] == f"http://localhost:8080/requests/{request_id}"
    assert the_request(world, request_id).state is RequestState.EXPIRED


def test_who_had_agreed_when_too_few_did_is_said_in_the_mail_and_on_record(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB), named(LEE), named(DEE)), quorum=3, days_to_answer=5))
    request_id = ask(world)
    approve(world, request_id, by=BOB)
    approve(world, request_id, by=DEE)
    forward(world, 5 * DAY)
    expiring.expire_requests(world.rt)
    (to_ann,) = mails(world, EXPIRED)
    assert (to_ann.facts["agreed"], to_ann.facts["quorum"]) == ("Bob Ray, Dee Fox", "3")
    (said,) = events(world, "request.expire")
    assert said.details == {"stage": 0, "agreed": ["Bob Ray", "Dee Fox"]}


def test_a_stage_that_was_agreed_to_stays_agreed_when_a_later_one_expires(world: World) -> None:
    later = StageSpec(approvers=(named(WES),), days_to_answer=3)
    put_rule(world, StageSpec(approvers=(named(LEE),)), later, later)
    request_id = ask(world)
    approve(world, request_id, by=LEE)
    forward(world, 3 * DAY)
    expiring.expire_requests(world.rt)
    states = [stage.state for stage in the_request(world, request_id).stages]
    assert states == [StageState.APPROVED, StageState.ENDED, StageState.ENDED]
    assert mails(world, EXPIRED)[0].facts["agreed"] == "Lee Wu"


def test_a_stage_has_its_own_days_from_when_it_opened(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(LEE),)), StageSpec(approvers=(named(WES),), days_to_answer=3))
    request_id = ask(world)
    forward(world, 13 * DAY)
    approve(world, request_id, by=LEE)
    forward(world, 2 * DAY)
    assert expiring.expire_requests(world.rt) == 0
    assert the_request(world, request_id).state is RequestState.PENDING_APPROVAL


def test_those_who_let_it_lie_get_no_mail_of_their_own(world: World) -> None:
    ask(world)
    forward(world, 14 * DAY)
    expiring.expire_requests(world.rt)
    assert told(world, MailKind.REQUEST_SETTLED) == []


@pytest.mark.parametrize("stages", [1, 2])
def test_s20_of_an_approval_and_the_expiry_at_the_same_moment_one_holds(world: World, stages: int) -> None:
    put_rule(world, *[StageSpec(approvers=(named(BOB), named(LEE)))] * stages)
    requests = [ask_about(world, guest) for guest in ("Gus", "Ivy", "Jo", "Kim")]
    forward(world, 14 * DAY)
    hands = [threading.Thread(target=expiring.expire_requests, args=(world.rt,))]
    hands += [threading.Thread(target=approve_or_be_late, args=(world, request_id)) for request_id in requests]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    for request_id in requests:
        request = the_request(world, request_id)
        agreed = [stage.state is StageState.APPROVED for stage in request.stages]
        if request.state is RequestState.EXPIRED:
            assert not any(agreed)
        else:
            assert agreed[0]
            assert (request.open_stage is None) is (stages == 1)


def approve_or_be_late(world: World, request_id: str) -> None:
    with suppress(StepNotAllowed):
        approve(world, request_id, by=BOB)
