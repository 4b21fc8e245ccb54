"""What the rules say to a request is done at the submit, and kept with it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from selfservice.model.approval import StageState
from selfservice.model.delivery import Delivery
from selfservice.model.request import RequestState
from selfservice.model.routing import DeniedByRule, NobodyDecides
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.outcome import Automatic, Deny
from selfservice.model.rules.strictness import Tightening
from selfservice.model.thread import RequestRevision
from selfservice.services import tagging
from selfservice.store.transaction import reading
from tests.services.asking.asking import ask, change, events, request_of, stored
from tests.services.making import ANN, BOB, CONTOSO, DEE, LEE, START, World
from tests.services.rules.writing import FINANCE, asks, new, save

SHORT = Clause(attribute="days", operator=Operator.AT_MOST, number=30)
LONG = Clause(attribute="days", operator=Operator.AT_LEAST, number=31)


def after(days: int) -> date:
    return START.date() + timedelta(days=days)


def kept(data: object) -> dict[str, Any]:
    """Return plain data that was kept, to look into."""
    assert isinstance(data, dict)
    return data


def test_a_rule_that_grants_starts_the_delivery_in_the_same_commit_and_says_which_rule_it_was(world: World) -> None:
    save(world.rt, new("Finance for a month", Automatic(), clauses=(FINANCE, SHORT)))
    request = request_of(world.rt, ask(world))
    assert (request.state, request.stages) == (RequestState.DELIVERING, [])
    with reading(world.rt.sessions) as tx:
        assert tx.scalar(select(Delivery.request_id)) == request.id
    (granted,) = events(world.rt, "request.approve")
    assert granted.actor_name == "Selfservice"
    assert (granted.details["rule"], granted.details["version"]) == (request.rule_id, 1)
    assert "Finance for a month" in granted.why
    assert ("pump", request.tenant_id) in world.rt.waker.woken  # type: ignore[attr-defined]


def test_a_rule_that_says_no_stores_nothing_but_the_audit_event_with_facts_and_rule(world: World) -> None:
    save(world.rt, new("Not for long", Deny(reason="Audits last a month."), clauses=(LONG,)))
    with pytest.raises(DeniedByRule) as refusal:
        ask(world, ends_on=after(60))
    assert "Audits last a month." in refusal.value.cause
    assert refusal.value.next_step.startswith("Ask for 30 days or less")
    assert stored(world.rt) == 0
    (refused,) = events(world.rt, "request.refusedByRule")
    assert (refused.actor_object_id, refused.object_id) == (ANN.object_id, world.expenses)
    details = kept(refused.details)
    assert (details["rule"]["name"], details["facts"]["days"]) == ("Not for long", 60)


def test_what_advice_says_is_true(world: World) -> None:
    save(world.rt, new("Not for long", Deny(reason="Audits last a month."), clauses=(LONG,)))
    assert request_of(world.rt, ask(world, ends_on=after(30))).state is RequestState.PENDING_APPROVAL


def test_why_it_goes_its_way_is_kept_with_each_clause_and_names_to_read_it_by(world: World) -> None:
    save(
        world.rt,
        new("Only for IT", Automatic(), clauses=(Clause(attribute="department", values=("IT",)),)),
        new("Finance asks Bob", asks(BOB), clauses=(FINANCE,)),
    )
    request = request_of(world.rt, ask(world))
    assert request.rule_version == 1
    why = kept(request.why)
    assert why["rule"]["name"] == "Finance asks Bob"
    last = why["clauses"][-1]
    assert (last["attribute"], last["found"], last["holds"]) == ("department", ["Finance"], True)
    assert [miss["rule"]["name"] for miss in why["misses"]] == ["Only for IT"]
    assert why["names"][world.expenses] == "Expenses"
    assert (request.requestor_department, request.guest_domain) == ("Finance", "partner.example")


def test_without_a_rule_the_package_s_approvers_decide_and_that_is_kept_too(world: World) -> None:
    request = request_of(world.rt, ask(world))
    assert (request.rule_id, request.why["rule"]) == (None, {})
    assert [approver.name for approver in request.stages[0].approvers] == ["Bob Ray", "Lee Wu"]


def test_the_stages_are_those_of_the_rule(world: World) -> None:
    save(world.rt, new("Both", asks(BOB, LEE, quorum=2)))
    (stage,) = request_of(world.rt, ask(world)).stages
    assert (stage.state, stage.quorum) == (StageState.OPEN, 2)


def test_the_first_revision_holds_what_was_asked(world: World) -> None:
    request = request_of(world.rt, ask(world))
    with reading(world.rt.sessions) as tx:
        (kept,) = tx.scalars(select(RequestRevision)).all()
    assert (kept.content_hash, kept.content) == (request.content_hash, request.content)


def test_a_tag_makes_the_outcome_of_a_rule_stricter(world: World) -> None:
    save(world.rt, new("Finance", Automatic(), clauses=(FINANCE,)))
    change(world, tags=["sensitive"])
    request = request_of(world.rt, ask(world))
    (stage,) = request.stages
    assert (request.state, stage.quorum) == (RequestState.PENDING_APPROVAL, 2)
    assert stage.rule.justification_required
    assert any("sensitive" in sentence for sentence in kept(request.why)["tightened"])


def test_where_a_tag_asks_for_more_people_than_there_are_it_is_said_and_not_stuck(world: World) -> None:
    save(world.rt, new("Bob alone", asks(BOB)))
    change(world, tags=["sensitive"])
    with pytest.raises(NobodyDecides):
        ask(world)


def test_s56_a_domain_that_looks_like_a_known_one_is_flagged_and_never_granted_without_a_decision(world: World) -> None:
    save(world.rt, new("Everybody", Automatic()))
    honest = request_of(world.rt, ask(world, 1))
    request = request_of(world.rt, ask(world, 2, guest_address="gus@contosso.example"))
    assert (honest.state, request.state) == (RequestState.DELIVERING, RequestState.PENDING_APPROVAL)
    assert request.why["tightened"] == [
        "The guest's domain contosso.example looks like contoso.example, and is another one."
    ]


def test_a_tag_holds_for_the_people_whom_a_look_alike_domain_brings_in(world: World) -> None:
    save(world.rt, new("Everybody", Automatic()))
    tagging.set_tag(world.rt, CONTOSO, Tightening(tag="careful", justification_required=True, least_quorum=2), by=DEE)
    change(world, tags=["careful"])
    granted = request_of(world.rt, ask(world, 1))
    request = request_of(world.rt, ask(world, 2, guest_address="gus@contosso.example"))
    (stage,) = request.stages
    assert (granted.state, request.state) == (RequestState.DELIVERING, RequestState.PENDING_APPROVAL)
    assert (stage.quorum, stage.rule.justification_required) == (2, True)
