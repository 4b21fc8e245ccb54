"""The reference router: it reads the rules one after the other. Slow, and plain enough to be believed."""

from collections.abc import Iterable

from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.folding import Seen
from selfservice.model.rules.holding import holds, judge
from selfservice.model.rules.outcome import BY_PACKAGE
from selfservice.model.rules.rule import Rule
from selfservice.model.rules.verdict import Verdict


def scan(rules: Iterable[Rule], facts: RuleFacts) -> Verdict:
    """Return the first rule, in their order, whose clauses all hold."""
    return scan_in_order(in_order(rules), facts)


def in_order(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules in the order in which they are read."""
    return tuple(sorted(rules, key=lambda rule: rule.order))


def scan_in_order(rules: Iterable[Rule], facts: RuleFacts) -> Verdict:
    """Return the first of these rules whose clauses all hold."""
    seen = Seen(facts)
    for rule in rules:
        if rule.enabled and all(holds(clause, seen) for clause in rule.all_clauses):
            clauses = tuple(judge(clause, facts) for clause in rule.all_clauses)
            return Verdict(rule=rule, outcome=rule.outcome, clauses=clauses)
    return Verdict(rule=None, outcome=BY_PACKAGE)
