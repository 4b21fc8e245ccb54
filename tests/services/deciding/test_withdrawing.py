"""An approval may be taken back by whoever gave it: what follows depends on how far the request has come."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.approval import StageState
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import Delivery
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.refusal import NotFound
from selfservice.model.request import RequestState, StepNotAllowed
from selfservice.model.unable import UnableTo
from selfservice.services import approving, delegating, delivering, requesting, retrying
from selfservice.services.eligibility import TextRefused
from selfservice.services.overview import deciding
from selfservice.services.overview.requests import request_page
from selfservice.services.overview.rows import Tense
from selfservice.services.withdrawing import DeliveryUnderWay, NothingToWithdraw
from selfservice.store.transaction import reading
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
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EXPENSES_USERS, LEE, START, WES, World
from tests.services.overview.journeys import begin, told


def take_back(world: World, request_id: str, *, by: Actor = BOB, why: str = "they left the project") -> None:
    approving.withdraw_approval(world.rt, request_id, by=by, why=why)


def may_take_back(world: World, request_id: str, by: Actor) -> bool:
    return deciding.decision_page(world.rt, request_id, by).may_withdraw_approval


def test_at_an_open_stage_the_voice_counts_no_more_and_may_be_given_again(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    assert may_take_back(world, request_id, BOB)
    take_back(world, request_id)
    assert not may_take_back(world, request_id, BOB)
    agree(world.rt, request_id, by=LEE)
    assert the_request(world.rt, request_id).state is RequestState.PENDING_APPROVAL
    agree(world.rt, request_id, by=BOB)
    request = the_request(world.rt, request_id)
    assert (request.state, request.stages[0].agreed, len(request.stages[0].decisions)) == (
        RequestState.DELIVERING,
        2,
        3,
    )


def test_of_an_earlier_stage_it_denies_the_request_with_the_reason(world: World) -> None:
    put_rule(world.rt, BOB_THEN_LEE)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    take_back(world, request_id)
    request = the_request(world.rt, request_id)
    assert request.state is RequestState.DENIED
    assert [stage.state for stage in request.stages] == [StageState.APPROVED, StageState.ENDED]
    page = request_page(world.rt, request_id, ANN)
    assert (page.decided_by, page.decision_reason) == ("Bob Ray", "they left the project")
    assert "Approval taken back" in told(page, Tense.PAST)
    with reading(world.rt.sessions) as tx:
        events = tx.scalars(select(AuditEvent.action).where(AuditEvent.object_id == request_id)).all()
        (mail,) = tx.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.APPROVAL_WITHDRAWN))
    assert events[-2:] == ["request.approvalWithdrawn", "request.revoke"]
    assert (mail.to_name, mail.facts["reason"]) == ("Ann Lee", "they left the project")
    with pytest.raises(StepNotAllowed):
        agree(world.rt, request_id, by=LEE)


def test_while_it_is_being_delivered_it_must_wait(world: World) -> None:
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    assert not may_take_back(world, request_id, BOB)
    with pytest.raises(DeliveryUnderWay) as refusal:
        take_back(world, request_id)
    assert "Wait until it is delivered" in refusal.value.next_step
    assert the_request(world.rt, request_id).stages[0].agreed == 1


def test_once_delivered_the_access_is_ended_in_the_directory(world: World) -> None:
    journey = begin(world).deliver()
    guest = next(iter(journey.directory.members_of(EXPENSES_USERS)))
    assert may_take_back(world, journey.request_id, BOB)
    take_back(world, journey.request_id)
    with reading(world.rt.sessions) as tx:
        access = tx.scalars(select(Assignment)).one()
    assert (access.state, "they left the project" in access.end_reason) == (AssignmentState.ENDING, True)
    journey.work()
    assert guest not in journey.directory.members_of(EXPENSES_USERS)
    with pytest.raises(NothingToWithdraw):
        take_back(world, journey.request_id)


def test_what_failed_is_not_tried_again_once_an_approval_is_taken_back(world: World) -> None:
    journey = begin(world).agree()
    journey.directory.fail("invite", UnableTo("Invitations are off.", code="forbidden"))
    delivering.pump(world.rt, CONTOSO)
    assert the_request(world.rt, journey.request_id).state is RequestState.DELIVERY_FAILED
    take_back(world, journey.request_id)
    with reading(world.rt.sessions) as tx:
        delivery_id = tx.scalars(select(Delivery.id)).one()
    with pytest.raises(StepNotAllowed, match="approval of this request was withdrawn"):
        retrying.retry_delivery(world.rt, delivery_id, by=DEE)
    delivering.pump(world.rt, CONTOSO)
    assert the_request(world.rt, journey.request_id).state is RequestState.DELIVERY_FAILED


@pytest.mark.parametrize("stranger", [ANN, CY, DEE, WES], ids=lambda actor: actor.name)
def test_s22_a_stranger_takes_nothing_back(world: World, stranger: Actor) -> None:
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    with pytest.raises(NotFound):
        take_back(world, request_id, by=stranger)


def test_nobody_takes_back_what_somebody_else_approved(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    assert not may_take_back(world, request_id, LEE)
    with pytest.raises(NothingToWithdraw):
        take_back(world, request_id, by=LEE)


def test_a_principal_takes_back_what_their_delegate_agreed_to(world: World) -> None:
    hire(world.rt, DAN)
    today = START.date()
    delegating.delegate(world.rt, by=BOB, to=DAN.ref, starts_on=today, ends_on=today + timedelta(days=3), reason="")
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    agree(world.rt, request_id, by=DAN)
    take_back(world, request_id, by=BOB)
    agree(world.rt, request_id, by=BOB)
    assert the_request(world.rt, request_id).stages[0].agreed == 1


@pytest.mark.parametrize("how", ["denied", "withdrawn"])
def test_what_is_over_has_no_approval_to_take_back(world: World, how: str) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    request_id = ask(world)
    agree(world.rt, request_id, by=BOB)
    if how == "denied":
        seen = the_request(world.rt, request_id).content_hash
        approving.deny(world.rt, request_id, by=LEE, seen=seen, justification="no")
    else:
        requesting.withdraw(world.rt, request_id, by=ANN)
    with pytest.raises(StepNotAllowed):
        take_back(world, request_id)
    assert not may_take_back(world, request_id, BOB)


def test_taking_back_needs_a_reason(world: World) -> None:
    request_id = ask(world)
    with pytest.raises(TextRefused):
        take_back(world, request_id, why=" ")
