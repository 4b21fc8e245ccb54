"""The router: the first rule that holds. Linear until the index replaces it."""

from collections.abc import Iterable

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute, RuleFacts
from selfservice.model.rules.outcome import BY_PACKAGE
from selfservice.model.rules.rule import Rule
from selfservice.model.rules.verdict import ClauseVerdict, Verdict


class RuleIndex:
    """Rules in order."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = {rule.id: rule for rule in rules}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in the order in which they are read."""
        return tuple(sorted(self._rules.values(), key=lambda rule: rule.order))

    def put(self, rule: Rule) -> None:
        """Add a rule, or replace the version that was known."""
        self._rules[rule.id] = rule

    def drop(self, rule_id: str) -> None:
        """Forget a rule."""
        self._rules.pop(rule_id, None)

    def route(self, facts: RuleFacts) -> Verdict:
        """Return the first rule that holds."""
        for rule in self.rules:
            judged = tuple(_judge(clause, facts) for clause in rule.all_clauses)
            if rule.enabled and all(each.holds for each in judged):
                return Verdict(rule=rule, outcome=rule.outcome, clauses=judged)
        return Verdict(rule=None, outcome=BY_PACKAGE)


def _judge(clause: Clause, facts: RuleFacts) -> ClauseVerdict:
    found = facts.values(clause.attribute)
    if clause.operator is Operator.AT_MOST:
        holds = facts.number(Attribute(clause.attribute)) <= clause.number
    elif clause.operator is Operator.AT_LEAST:
        holds = facts.number(Attribute(clause.attribute)) >= clause.number
    else:
        wanted = {value.casefold() for value in clause.values}
        meets = any(value.casefold() in wanted for value in found)
        holds = meets if clause.operator is Operator.ANY_OF else not meets
    return ClauseVerdict(clause=clause, found=found, holds=holds)
