"""Escalation: alternates at their time, and at once whoever can where too few of those asked are left."""

import threading
from datetime import timedelta

import pytest

from selfservice.model.actor import Role
from selfservice.model.application import RoleHolder
from selfservice.model.approval import StageState
from selfservice.model.mail import MailKind
from selfservice.model.refusal import NotFound
from selfservice.model.request import RequestState
from selfservice.model.rules.outcome import OWNER, StageSpec
from selfservice.services import escalating
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, DEE, EVE, LEE, WES, World
from tests.services.waiting.steps import (
    DAY,
    approve,
    ask,
    asked,
    events,
    forward,
    join,
    leave,
    mails,
    named,
    put_rule,
    quit_group,
    the_group,
    the_request,
    told,
)

ESCALATED = MailKind.DECISION_ESCALATED
AFTER_TWO_DAYS = StageSpec(approvers=(named(BOB),), escalate_after_days=2, alternates=(named(DEE),))
HOUR = timedelta(hours=1)


def test_alternates_are_asked_at_their_time_and_not_before(world: World) -> None:
    put_rule(world, AFTER_TWO_DAYS)
    request_id = ask(world)
    forward(world, 2 * DAY - timedelta(seconds=1))
    assert escalating.escalate_due(world.rt) == 0
    assert (asked(world, request_id), told(world, ESCALATED)) == (["Bob Ray"], [])
    with pytest.raises(NotFound):
        approve(world, request_id, by=DEE)
    forward(world, timedelta(seconds=1))
    assert escalating.escalate_due(world.rt) == 1
    assert asked(world, request_id) == ["Bob Ray", "Dee Fox"]
    (said,) = events(world, "request.escalate")
    assert (said.why, said.details) == ("not decided within 2 days", {"stage": 0, "asked": ["Dee Fox"]})
    approve(world, request_id, by=DEE)
    assert the_request(world, request_id).state is RequestState.DELIVERING


def test_the_alternate_learns_who_is_silent_and_the_requestor_that_others_are_asked(world: World) -> None:
    put_rule(world, AFTER_TWO_DAYS)
    request_id = ask(world)
    forward(world, 2 * DAY)
    escalating.escalate_due(world.rt)
    to_ann, to_dee = mails(world, ESCALATED)
    assert (to_ann.facts["reader"], to_ann.facts["asked"]) == ("requestor", "Dee Fox")
    assert to_ann.facts["link"] == f"http://localhost:8080/requests/{request_id}"
    assert (to_dee.facts["reader"], to_dee.facts["silent"]) == ("approver", "Bob Ray")
    assert (to_dee.facts["because"], to_dee.facts["link"]) == (
        "named by the rule",
        f"http://localhost:8080/decide/{request_id}",
    )


def test_it_escalates_once_however_often_and_by_how_many_workers_it_is_looked_at(world: World) -> None:
    put_rule(world, AFTER_TWO_DAYS)
    request_id = ask(world)
    forward(world, 2 * DAY)
    workers = [threading.Thread(target=escalating.escalate_due, args=(world.rt,)) for _each in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    forward(world, DAY)
    assert escalating.escalate_due(world.rt) == 0
    assert (len(events(world, "request.escalate")), told(world, ESCALATED)) == (1, ["ann", "dee"])
    assert asked(world, request_id) == ["Bob Ray", "Dee Fox"]


def test_a_decided_or_expired_request_does_not_escalate(world: World) -> None:
    put_rule(world, AFTER_TWO_DAYS)
    request_id = ask(world)
    forward(world, DAY)
    approve(world, request_id, by=BOB)
    forward(world, 2 * DAY)
    assert escalating.escalate_due(world.rt) == 0
    assert told(world, ESCALATED) == []


def test_an_escalation_asks_whoever_has_become_an_approver_meanwhile(world: World) -> None:
    put_rule(world, StageSpec(approvers=(the_group(),), escalate_after_days=2, alternates=(named(WES),)))
    request_id = ask(world)
    join(world, DEE)
    forward(world, 2 * DAY)
    escalating.escalate_due(world.rt)
    assert asked(world, request_id) == ["Bob Ray", "Dee Fox", "Lee Wu", "Wes Hall"]
    approve(world, request_id, by=DEE)
    assert the_request(world, request_id).state is RequestState.DELIVERING


def test_where_nobody_is_left_the_fallback_is_asked_at_once(world: World) -> None:
    put_rule(world, StageSpec(approvers=(the_group(),), fallback=(named(WES),)))
    request_id = ask(world)
    assert asked(world, request_id) == ["Bob Ray", "Lee Wu"]
    leave(world, BOB)
    assert escalating.escalate_due(world.rt) == 0
    leave(world, LEE)
    assert escalating.escalate_due(world.rt) == 1
    assert asked(world, request_id) == ["Bob Ray", "Lee Wu", "Wes Hall"]
    (said,) = events(world, "request.escalate")
    assert said.why == "too few of those asked can still decide"
    assert told(world, ESCALATED) == ["ann", "wes"]
    approve(world, request_id, by=WES)
    assert the_request(world, request_id).state is RequestState.DELIVERING


def test_where_nobody_is_left_the_alternates_are_asked_before_their_time(world: World) -> None:
    put_rule(
        world,
        StageSpec(approvers=(named(BOB),), escalate_after_days=9, alternates=(named(DEE),), fallback=(named(WES),)),
    )
    request_id = ask(world)
    leave(world, BOB)
    escalating.escalate_due(world.rt)
    assert asked(world, request_id) == ["Bob Ray", "Dee Fox"]
    forward(world, 9 * DAY)
    assert escalating.escalate_due(world.rt) == 0
    approve(world, request_id, by=DEE)


def test_one_too_few_for_the_quorum_is_too_few(world: World) -> None:
    put_rule(world, StageSpec(approvers=(the_group(),), quorum=2, fallback=(named(WES),)))
    request_id = ask(world)
    leave(world, BOB)
    escalating.escalate_due(world.rt)
    assert asked(world, request_id) == ["Bob Ray", "Lee Wu", "Wes Hall"]


def test_a_voice_that_was_given_counts_though_its_giver_has_left(world: World) -> None:
    put_rule(world, StageSpec(approvers=(the_group(),), quorum=2, fallback=(named(WES),)))
    request_id = ask(world)
    approve(world, request_id, by=BOB)
    leave(world, BOB)
    assert escalating.escalate_due(world.rt) == 0
    assert asked(world, request_id) == ["Bob Ray", "Lee Wu"]


def test_somebody_who_left_the_group_and_not_the_company_is_noticed_within_the_hour(world: World) -> None:
    put_rule(world, StageSpec(approvers=(the_group(),), fallback=(named(WES),)))
    request_id = ask(world)
    assert escalating.escalate_due(world.rt) == 0
    quit_group(world, BOB, LEE)
    forward(world, HOUR)
    assert escalating.escalate_due(world.rt) == 1
    assert asked(world, request_id) == ["Bob Ray", "Lee Wu", "Wes Hall"]


def test_where_nobody_can_be_found_the_owner_is_told_once_and_whoever_comes_is_asked(world: World) -> None:
    put_rule(world, StageSpec(approvers=(the_group(),)))
    request_id = ask(world)
    quit_group(world, BOB, LEE)
    forward(world, HOUR)
    assert escalating.escalate_due(world.rt) == 1
    (to_owner,) = mails(world, ESCALATED)
    assert (to_owner.to_address, to_owner.facts["reader"]) == ("bob@contoso.example", "owner")
    assert (to_owner.facts["silent"], to_owner.facts["link"]) == ("Bob Ray, Lee Wu", "http://localhost:8080/rules")
    forward(world, HOUR)
    assert escalating.escalate_due(world.rt) == 0
    assert len(events(world, "request.stuck")) == 1
    join(world, DEE)
    forward(world, HOUR)
    assert escalating.escalate_due(world.rt) == 1
    assert asked(world, request_id) == ["Bob Ray", "Dee Fox", "Lee Wu"]
    approve(world, request_id, by=DEE)


def test_s14_nobody_is_asked_to_decide_for_themself_however_few_are_left(world: World) -> None:
    put_rule(
        world,
        StageSpec(
            approvers=(named(BOB),),
            escalate_after_days=2,
            alternates=(named(ANN), named(EVE)),
            fallback=(named(ANN), OWNER),
        ),
    )
    request_id = ask(world)
    leave(world, BOB, EVE)
    escalating.escalate_due(world.rt)
    assert asked(world, request_id) == ["Bob Ray"]
    assert len(events(world, "request.stuck")) == 1
    forward(world, 2 * DAY)
    escalating.escalate_due(world.rt)
    assert "Ann Lee" not in asked(world, request_id)


def test_a_later_stage_escalates_by_its_own_clock(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(LEE),)), AFTER_TWO_DAYS)
    request_id = ask(world)
    forward(world, 5 * DAY)
    assert escalating.escalate_due(world.rt) == 0
    approve(world, request_id, by=LEE)
    forward(world, 2 * DAY)
    assert escalating.escalate_due(world.rt) == 1
    first, second = the_request(world, request_id).stages
    assert (first.state, second.state) == (StageState.APPROVED, StageState.OPEN)
    assert asked(world, request_id) == ["Bob Ray", "Dee Fox"]


def test_where_the_owner_has_left_too_the_admins_of_the_tenant_are_told(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB),)))
    with transaction(world.rt.sessions) as tx:
        tx.add(RoleHolder(tenant_id=DEE.tenant_id, object_id=DEE.object_id, role=Role.ADMIN))
        tx.add(RoleHolder(tenant_id=LEE.tenant_id, object_id=LEE.object_id, role=Role.AUDITOR))
    ask(world)
    leave(world, BOB)
    escalating.escalate_due(world.rt)
    assert told(world, ESCALATED) == ["dee"]
