"""Counsel is true: whoever follows it gets what it says. And whoever asks why is shown what came close."""

import random
from dataclasses import replace

import pytest

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.counsel import MOST_ADVICE, MOST_NEAR_MISSES, Advice, counsel, near_misses
from selfservice.model.rules.facts import Attribute, RuleFacts
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.outcome import BY_PACKAGE, Automatic, Deny, Outcome, Stages
from selfservice.model.rules.rule import Band, Rule
from selfservice.model.rules.scanning import scan
from selfservice.model.rules.strictness import BUILT_IN_TAGS, burden
from tests.model.rules.generating import random_facts, random_rule

FACTS = RuleFacts(resource_tenant="t1", package="p1", days=180, for_self=False, answers={"purpose": "other"})
THREE = Stages(stages=BY_PACKAGE.stages * 3)
UP_TO_30 = Clause(attribute=Attribute.DAYS, operator=Operator.AT_MOST, number=30)
OVER_90 = Clause(attribute=Attribute.DAYS, operator=Operator.AT_LEAST, number=91)
TRAVEL = Clause(attribute="answer:purpose", values=("travel", "audit"))


def make_rule(position: int, outcome: Outcome, *clauses: Clause) -> Rule:
    return Rule(
        id=f"r{position}", tenant_id="t1", name=f"Rule {position}", clauses=clauses, outcome=outcome, position=position
    )


def advised(*rules: Rule, facts: RuleFacts = FACTS) -> tuple[Advice, ...]:
    index = RuleIndex(rules)
    return counsel(index, facts, index.route(facts))


def test_a_shorter_time_that_nobody_decides_about_is_advised() -> None:
    (advice,) = advised(make_rule(1, Automatic(), UP_TO_30), make_rule(2, THREE))
    assert advice.sentence == "Ask for 30 days or less: then it is granted without a decision."
    assert advice.facts == replace(FACTS, days=30)


def test_what_avoids_a_no_is_advised() -> None:
    (advice,) = advised(make_rule(1, Deny(reason="Too long."), OVER_90), make_rule(2, THREE))
    assert advice.sentence == "Ask for 90 days or less: then it is decided in 3 stages."


def test_two_changes_are_advised_together_where_one_is_not_enough() -> None:
    (advice, *_others) = advised(make_rule(1, Automatic(), UP_TO_30, TRAVEL), make_rule(2, THREE))
    assert advice.sentence == (
        "Ask for 30 days or less and answer “travel” to “purpose”: then it is granted without a decision."
    )


def test_the_better_outcome_is_advised_first_and_detours_are_not() -> None:
    advice = advised(
        make_rule(1, Automatic(), replace(UP_TO_30, number=7), TRAVEL),
        make_rule(2, BY_PACKAGE, UP_TO_30),
        make_rule(3, BY_PACKAGE, replace(UP_TO_30, number=14), TRAVEL),
        make_rule(4, THREE),
    )
    assert [(each.facts.days, burden(each.outcome)[0]) for each in advice] == [(7, 0), (30, 1)]


def test_asking_for_oneself_is_advised() -> None:
    (advice,) = advised(make_rule(1, Automatic(), Clause(attribute=Attribute.FOR, values=("self",))))
    assert advice.sentence.startswith("Ask for yourself: ")


@pytest.mark.parametrize(
    "clause",
    [
        Clause(attribute=Attribute.DEPARTMENT, values=("Finance",)),
        Clause(attribute=Attribute.GUEST_DOMAIN, values=("partner.example",)),
        Clause(attribute=Attribute.DAYS, operator=Operator.AT_MOST, number=0),
    ],
)
def test_what_the_requestor_cannot_change_is_not_advised(clause: Clause) -> None:
    assert advised(make_rule(1, Automatic(), clause), make_rule(2, THREE)) == ()


def test_an_earlier_no_is_not_advised_into() -> None:
    assert (
        advised(
            make_rule(1, Deny(reason="No."), replace(UP_TO_30, number=60)),
            make_rule(2, Automatic(), UP_TO_30),
            make_rule(3, THREE),
        )
        == ()
    )


def test_tags_are_reckoned_with() -> None:
    index = RuleIndex([make_rule(1, Automatic(), UP_TO_30), make_rule(2, BY_PACKAGE)])
    tags = [BUILT_IN_TAGS["sensitive"]]
    assert counsel(index, FACTS, index.route(FACTS), tightenings=tags) == ()


@pytest.mark.slow
def test_counsel_is_true_for_any_rules() -> None:
    source, given = random.Random(3), 0
    for _book in range(60):
        rules = [random_rule(source, number) for number in range(40)]
        index = RuleIndex(rules)
        for _case in range(20):
            facts = random_facts(source)
            verdict = index.route(facts)
            advice = counsel(index, facts, verdict)
            assert len(advice) <= MOST_ADVICE
            for each in advice:
                assert each.verdict == scan(rules, each.facts)
                assert burden(each.outcome) < burden(verdict.outcome)
                assert replace(each.facts, days=0, for_self=True, answers={}) == replace(
                    facts, days=0, for_self=True, answers={}
                )
            given += bool(advice)
    assert given > 50


def test_near_misses_are_earlier_rules_for_this_package_with_what_failed() -> None:
    other = replace(make_rule(0, Automatic()), band=Band.PACKAGE, scope_id="p2")
    near, far = make_rule(2, Automatic(), UP_TO_30), make_rule(1, Automatic(), UP_TO_30, TRAVEL)
    deciding, later = make_rule(3, THREE), make_rule(4, Automatic(), UP_TO_30)
    rules = [other, near, far, deciding, later, replace(make_rule(0, Automatic(), UP_TO_30), enabled=False)]
    missed = near_misses(RuleIndex(rules), FACTS)
    assert [miss.rule for miss in missed] == [near, far]
    assert [(str(each.clause.attribute), each.holds) for each in missed[1].clauses] == [
        ("resourceTenant", True),
        ("days", False),
        ("answer:purpose", False),
    ]


def test_only_the_nearest_misses_are_shown() -> None:
    rules = [make_rule(number, Automatic(), UP_TO_30) for number in range(20)]
    missed = near_misses(RuleIndex(rules), FACTS)
    assert [miss.rule.position for miss in missed] == list(range(MOST_NEAR_MISSES))
