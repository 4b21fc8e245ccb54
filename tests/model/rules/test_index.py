"""The router by look-ups answers what the plain scan answers, word for word."""

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.entry import MOST_WAYS, entry_of
from selfservice.model.rules.facts import Attribute, RuleFacts
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.outcome import BY_PACKAGE, Automatic, Deny
from selfservice.model.rules.rule import Band, Rule
from selfservice.model.rules.scanning import in_order, scan, scan_in_order
from tests.model.rules.generating import ATTRIBUTES, random_facts, random_rule


def make_rule(**changes: object) -> Rule:
    facts: dict[str, object] = {"id": "r1", "tenant_id": "t1", "name": "A rule", "clauses": (), "outcome": Automatic()}
    return Rule(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_look_ups_and_scan_agree_on_a_hundred_thousand_cases(part: int) -> None:
    source = random.Random(part)
    decided = 0
    for _book in range(250):
        attributes = source.sample(ATTRIBUTES, source.randint(2, len(ATTRIBUTES)))
        rules = [random_rule(source, number, attributes) for number in range(source.choice((3, 20, 60, 150)))]
        index, ordered = RuleIndex(rules), in_order(rules)
        for _case in range(100):
            facts = random_facts(source)
            verdict = index.route(facts)
            assert verdict == scan_in_order(ordered, facts)
            decided += verdict.rule is not None
    assert decided > 5_000


@pytest.mark.slow
def test_look_ups_and_scan_agree_after_any_edits() -> None:
    source = random.Random(99)
    for _book in range(60):
        index, rules = RuleIndex(), dict[str, Rule]()
        for _step in range(80):
            rule = random_rule(source, source.randint(0, 25))
            if source.random() < 0.3:
                index.drop(rule.id)
                rules.pop(rule.id, None)
            else:
                index.put(rule)
                rules[rule.id] = rule
            facts = random_facts(source)
            assert index.route(facts) == scan(rules.values(), facts)
        assert index.rules == in_order(rules.values())
        assert index.alike(RuleIndex(rules.values()))


@given(st.randoms(use_true_random=False), st.integers(0, 30))
def test_look_ups_and_scan_agree_whatever_hypothesis_thinks_of(source: random.Random, size: int) -> None:
    rules = [random_rule(source, number) for number in range(size)]
    facts = random_facts(source)
    assert RuleIndex(rules).route(facts) == scan(rules, facts)


def test_nothing_is_left_of_rules_that_are_dropped() -> None:
    source = random.Random(5)
    rules = [random_rule(source, number) for number in range(200)]
    index = RuleIndex(rules)
    for rule in rules:
        index.drop(rule.id)
    assert index.rules == ()
    assert index.alike(RuleIndex())


def test_the_first_rule_that_holds_decides_and_says_why() -> None:
    clause = Clause(attribute=Attribute.DAYS, operator=Operator.AT_MOST, number=30)
    short = make_rule(id="short", clauses=(clause,), band=Band.FIRST, position=2)
    later = make_rule(id="later", outcome=Deny(reason="No."), band=Band.FIRST, position=3)
    verdict = RuleIndex([later, short]).route(RuleFacts(resource_tenant="t1", package="p1", days=30))
    assert verdict.rule == short
    assert [(each.clause.attribute, each.found, each.holds) for each in verdict.clauses] == [
        ("resourceTenant", ("t1",), True),
        ("days", ("30",), True),
    ]


def test_without_a_rule_the_package_decides() -> None:
    verdict = RuleIndex([make_rule(tenant_id="t2")]).route(RuleFacts(resource_tenant="t1", package="p1"))
    assert (verdict.rule, verdict.outcome, verdict.clauses) == (None, BY_PACKAGE, ())


def test_a_rule_with_too_many_values_for_its_keys_still_decides() -> None:
    many = tuple(f"p{n}" for n in range(600))
    groups = tuple(f"g{n}" for n in range(90))
    rule = make_rule(
        clauses=(Clause(attribute=Attribute.PACKAGE, values=many), Clause(attribute=Attribute.GROUP, values=groups))
    )
    assert len(entry_of(rule).ways) <= MOST_WAYS
    index = RuleIndex([rule])
    assert index.route(RuleFacts(resource_tenant="t1", package="p599", groups=("x", "g89"))).rule == rule
    assert index.route(RuleFacts(resource_tenant="t1", package="p600", groups=("g1",))).rule is None
    assert index.route(RuleFacts(resource_tenant="t1", package="p1", groups=("g90",))).rule is None


def test_a_copy_and_its_origin_do_not_know_of_each_other() -> None:
    source = random.Random(8)
    rules = [random_rule(source, number) for number in range(100)]
    index = RuleIndex(rules)
    changed = [random_rule(source, number) for number in range(0, 100, 7)]
    copy = index.edited(changed, dropped=[rules[1].id])
    assert index.alike(RuleIndex(rules))
    after = {rule.id: rule for rule in (*rules, *changed) if rule.id != rules[1].id}
    assert copy.alike(RuleIndex(after.values()))
    assert copy.rules == in_order(after.values())


def test_who_routes_during_an_edit_sees_the_rule_as_it_was_or_as_it_is() -> None:
    deny = make_rule(id="edited", band=Band.FIRST, outcome=Deny(reason="Old."))
    index = RuleIndex([deny, make_rule(id="last", position=9)])
    done = threading.Event()

    def edit() -> None:
        for version in range(2, 1500):
            packages = tuple(f"p{n}" for n in range(1, 1 + version % 5))
            clauses = (Clause(attribute=Attribute.PACKAGE, values=packages),) if packages else ()
            index.put(
                make_rule(id="edited", band=Band.FIRST, outcome=Deny(reason="New."), version=version, clauses=clauses)
            )
        done.set()

    writer = threading.Thread(target=edit)
    writer.start()
    decided = []
    while not done.is_set():
        decided.append(index.route(RuleFacts(resource_tenant="t1", package="p1")).rule)
    writer.join()
    assert {rule.id for rule in decided if rule} == {"edited"}
    assert None not in decided
