"""What is said about rules that never decide is certain."""

import random
from dataclasses import replace

import pytest

from selfservice.bench.generating import workload
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.findings import Finding, FindingKind, findings_of
from selfservice.model.rules.outcome import Automatic
from selfservice.model.rules.rule import Band, Rule
from selfservice.model.rules.scanning import in_order, scan_in_order
from tests.model.rules.generating import ATTRIBUTES, random_facts, random_rule

Said = tuple[str, str, str]


def make_rule(number: int, *clauses: Clause, band: Band = Band.LAST, scope_id: str = "") -> Rule:
    return Rule(
        id=f"r{number}",
        tenant_id="t1",
        name=f"Rule {number}",
        clauses=clauses,
        outcome=Automatic(),
        band=band,
        scope_id=scope_id,
        position=number,
    )


def any_of(attribute: str, *values: str) -> Clause:
    return Clause(attribute=attribute, values=values)


def none_of(attribute: str, *values: str) -> Clause:
    return Clause(attribute=attribute, operator=Operator.NONE_OF, values=values)


def at_most(number: int) -> Clause:
    return Clause(attribute=Attribute.DAYS, operator=Operator.AT_MOST, number=number)


def at_least(number: int) -> Clause:
    return Clause(attribute=Attribute.DAYS, operator=Operator.AT_LEAST, number=number)


FOR, DEPARTMENT, DOMAIN, GROUP = Attribute.FOR, Attribute.DEPARTMENT, Attribute.GUEST_DOMAIN, Attribute.GROUP


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ((), (any_of(DEPARTMENT, "Sales"),)),
        ((any_of(DEPARTMENT, "finance/*"),), (any_of(DEPARTMENT, "Finance", "Finance/Tax/*"),)),
        (
            (any_of(DOMAIN, "*.Partner.example"),),
            (any_of(DOMAIN, "a.partner.example", "*.b.partner.example"), at_most(5)),
        ),
        ((at_most(30),), (at_most(30), any_of(DEPARTMENT, "Sales"))),
        ((at_least(10),), (any_of(Attribute.DAYS, "10", "30"),)),
        ((none_of(GROUP, "g1"),), (none_of(GROUP, "g2", "G1"),)),
        ((none_of(DEPARTMENT, "Sales/*"),), (any_of(DEPARTMENT, "Finance/*"),)),
        ((any_of(FOR, "self", "other"),), (at_most(3),)),
        ((any_of(FOR, "self"),), (none_of(FOR, "other"),)),
        ((any_of(GROUP, "g1", "g2"),), (any_of(GROUP, "g2"), any_of(GROUP, "g3"))),
    ],
)
def test_a_rule_that_an_earlier_one_covers_is_shadowed(earlier: tuple[Clause, ...], later: tuple[Clause, ...]) -> None:
    found = findings_of([make_rule(1, *earlier), make_rule(2, *later)])
    assert found == (Finding(rule_id="r2", kind=FindingKind.SHADOWED, because_of="r1"),)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ((any_of(DEPARTMENT, "Sales"),), ()),
        ((any_of(DEPARTMENT, "Finance/Tax/*"),), (any_of(DEPARTMENT, "Finance/*"),)),
        ((any_of(DOMAIN, "*.partner.example"),), (any_of(DOMAIN, "partner.example"),)),
        ((any_of(DOMAIN, "partner.example"),), (any_of(DOMAIN, "*.partner.example"),)),
        ((at_most(30),), (at_most(31),)),
        ((none_of(GROUP, "g1"),), (any_of(GROUP, "g2"),)),
        ((any_of(FOR, "self"),), (at_most(3),)),
        ((none_of(DEPARTMENT, "Finance/Tax"),), (any_of(DEPARTMENT, "Finance/*"),)),
    ],
)
def test_a_rule_that_may_still_decide_is_left_alone(earlier: tuple[Clause, ...], later: tuple[Clause, ...]) -> None:
    assert findings_of([make_rule(1, *earlier), make_rule(2, *later)]) == ()


@pytest.mark.parametrize(
    "clauses",
    [
        (at_most(5), at_least(10)),
        (any_of(DEPARTMENT, "Sales"), any_of(DEPARTMENT, "Finance/*")),
        (any_of(DEPARTMENT, "Finance/Tax"), none_of(DEPARTMENT, "Finance/*")),
        (any_of(Attribute.DAYS, "90"), at_most(30)),
        (none_of(FOR, "self", "OTHER"),),
        (any_of(DOMAIN, "no domain!"),),
        (any_of(Attribute.RESOURCE_TENANT, "t2"),),
    ],
)
def test_a_rule_that_contradicts_itself_is_found(clauses: tuple[Clause, ...]) -> None:
    assert findings_of([make_rule(1, *clauses)]) == (Finding(rule_id="r1", kind=FindingKind.CONTRADICTION),)


def test_two_groups_at_once_are_no_contradiction() -> None:
    assert findings_of([make_rule(1, any_of(GROUP, "g1"), any_of(GROUP, "g2"))]) == ()


def test_an_admins_rule_shadows_an_owners_and_a_disabled_one_shadows_nothing() -> None:
    admins = make_rule(9, any_of(Attribute.PACKAGE, "p1"), band=Band.FIRST)
    owners = make_rule(1, at_most(3), band=Band.PACKAGE, scope_id="P1")
    others = make_rule(2, at_most(3), band=Band.PACKAGE, scope_id="p2")
    assert findings_of([owners, others, admins]) == (Finding(rule_id="r1", kind=FindingKind.SHADOWED, because_of="r9"),)
    assert findings_of([owners, others, replace(admins, enabled=False)]) == ()


@pytest.mark.slow
def test_no_request_ever_reaches_a_rule_that_is_said_to_be_unreachable() -> None:
    source, claimed, decided = random.Random(11), 0, 0
    for _book in range(150):
        attributes = source.sample(ATTRIBUTES, source.randint(1, 6))
        rules = in_order([random_rule(source, number, attributes) for number in range(60)])
        unreachable = {finding.rule_id for finding in findings_of(rules)}
        claimed += len(unreachable)
        for _case in range(300):
            rule = scan_in_order(rules, random_facts(source)).rule
            assert rule is None or rule.id not in unreachable
            decided += rule is not None
    assert claimed > 1_000
    assert decided > 10_000


@pytest.mark.slow
def test_every_copy_among_ten_thousand_rules_is_found() -> None:
    rules = workload(rules=10_000, requests=0, seed=4).rules
    copies = [
        replace(rule, id=f"copy-{rule.id}", position=rule.position + 200_000) for rule in rules[:500] if rule.enabled
    ]
    found = findings_of([*rules, *copies])
    assert {f"copy-{rule.id}" for rule in rules[:500] if rule.enabled} <= {finding.rule_id for finding in found}
