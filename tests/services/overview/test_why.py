"""Each request says why it goes its way and how long that usually takes: by the rule as it was, from what happened."""

from dataclasses import replace
from datetime import timedelta

from selfservice.model.actor import PersonRef
from selfservice.model.rulebook import ApproverRule
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.rule import Band
from selfservice.services.overview.requests import request_page
from selfservice.services.overview.waits import usual_hours
from selfservice.store.transaction import reading, transaction
from tests.services.deciding.ruling import TWO_OF_GROUP, agree, ask, named, one_stage, put_rule
from tests.services.making import ANN, BOB, CONTOSO, LEE, START, WOODGROVE, World
from tests.services.overview.journeys import wait


def add_clauses(world: World, rule_id: str, *clauses: Clause) -> None:
    """Let a rule ask something."""
    with transaction(world.rt.sessions) as tx:
        row = tx.get_one(ApproverRule, rule_id)
        row.write(replace(row.value, clauses=clauses))


def test_the_rule_that_held_is_shown_with_each_clause_and_what_was_found(world: World) -> None:
    rule_id = put_rule(world.rt, one_stage(named(BOB)))
    short = Clause(attribute=Attribute.DAYS, operator=Operator.AT_MOST, number=30)
    finance = Clause(attribute=Attribute.DEPARTMENT, operator=Operator.ANY_OF, values=("Finance",))
    add_clauses(world, rule_id, short, finance)
    why = request_page(world.rt, ask(world), ANN).why
    assert why is not None
    assert why.rule is not None
    assert (why.rule.rule_id, why.rule.version, why.rule.holds) == (rule_id, 1, True)
    said = {clause.words: (clause.found, clause.holds) for clause in why.rule.clauses}
    assert said["length of access is at most 30 days"] == ("20 days", True)
    assert said["department is Finance"] == ("Finance", True)
    assert ("department", "Finance") in why.facts
    assert "Bob Ray" in why.outcome


def test_where_no_rule_holds_the_packages_approvers_decide_and_that_is_said(world: World) -> None:
    why = request_page(world.rt, ask(world), ANN).why
    assert why is not None
    assert why.rule is None
    assert "the approvers of the access package" in why.outcome


def test_a_later_edit_of_the_rule_leaves_the_reason_as_it_was(world: World) -> None:
    rule_id = put_rule(world.rt, one_stage(named(BOB)), band=Band.FIRST)
    request_id = ask(world)
    before = request_page(world.rt, request_id, ANN).why
    with transaction(world.rt.sessions) as tx:
        row = tx.get_one(ApproverRule, rule_id)
        row.write(replace(row.value, name="Renamed", outcome=one_stage(named(LEE))))
        row.version = 2
    assert request_page(world.rt, request_id, ANN).why == before


# --- the usual wait ---------------------------------------------------------------------------------------------------


def decided_after(world: World, *hours: float) -> None:
    for number, each in enumerate(hours):
        request_id = ask(world, form_key=f"w{number}", guest_address=f"w{number}@partner.example")
        wait(world.rt, hours=each)
        agree(world.rt, request_id, by=BOB)


def hours_of(world: World, *people: PersonRef, tenant_id: str = "") -> float | None:
    with reading(world.rt.sessions) as tx:
        return usual_hours(tx, people, tenant_id)


def test_the_usual_wait_is_the_median_of_what_these_people_took(world: World) -> None:
    decided_after(world, 1, 2, 3, 40, 100)
    assert hours_of(world, BOB.ref) == 3
    assert hours_of(world, BOB.ref, LEE.ref, tenant_id=CONTOSO) == 3
    (stage,) = request_page(world.rt, ask(world, ends_on=START.date() + timedelta(days=30)), ANN).stages
    assert stage.usual_hours == 3


def test_of_fewer_than_five_decisions_nothing_is_said(world: World) -> None:
    decided_after(world, 1, 2, 3, 4)
    assert hours_of(world, BOB.ref) is None
    assert hours_of(world) is None


def test_only_these_people_and_this_tenant_count(world: World) -> None:
    decided_after(world, 1, 1, 1, 1, 1)
    assert hours_of(world, LEE.ref) is None
    assert hours_of(world, BOB.ref, tenant_id=WOODGROVE) is None


def test_each_voice_of_a_quorum_counts_for_whoever_gave_it(world: World) -> None:
    put_rule(world.rt, TWO_OF_GROUP)
    for number in range(5):
        request_id = ask(world, form_key=f"w{number}", guest_address=f"w{number}@partner.example")
        wait(world.rt, hours=2)
        agree(world.rt, request_id, by=BOB)
        wait(world.rt, hours=6)
        agree(world.rt, request_id, by=LEE)
    assert (hours_of(world, BOB.ref), hours_of(world, LEE.ref)) == (2, 8)


def test_a_stage_that_is_over_says_no_usual_wait(world: World) -> None:
    decided_after(world, 1, 2, 3, 4, 5)
    request_id = ask(world, ends_on=START.date() + timedelta(days=30))
    agree(world.rt, request_id, by=BOB)
    (stage,) = request_page(world.rt, request_id, ANN).stages
    assert stage.usual_hours is None
