"""A rule made ready to be found: the keys under which it stands, and what is left to check once it is found."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute, RuleFacts, values_reader
from selfservice.model.rules.folding import Seen, Tokens
from selfservice.model.rules.holding import holds
from selfservice.model.rules.rule import Rule
from selfservice.model.rules.verdict import ClauseVerdict, Verdict

MOST_KEYS = 256
"""Under how many keys one rule may stand. What its lists of values would need beyond that is checked instead."""

CHECKED = frozenset({Attribute.FOR, Attribute.ALREADY_GUEST, Attribute.KNOWN_AT_HOME, Attribute.RISK, Attribute.DAYS})
"""Attributes that tell too few requests apart to be worth a look-up."""

Check = Callable[[Seen], bool]
Explain = tuple[Clause, Callable[[RuleFacts], Tokens]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A rule in the index. `keys` are tuples of tokens, one for each of `attributes`."""

    rule: Rule
    order: tuple[int, int, str]
    attributes: tuple[str, ...]
    keys: tuple[Tokens, ...]
    checks: tuple[Check, ...]
    explained: tuple[Explain, ...]

    def verdict(self, facts: RuleFacts) -> Verdict:
        """Return the verdict of this rule, which holds for the facts."""
        clauses = tuple(
            [ClauseVerdict(clause=clause, found=read(facts), holds=True) for clause, read in self.explained]
        )
        return Verdict(rule=self.rule, outcome=self.rule.outcome, clauses=clauses)


def entry_of(rule: Rule) -> Entry:
    """Make a rule ready to be found."""
    by_attribute = _looked_up(rule)
    attributes = tuple(sorted(by_attribute))
    chosen = set(map(id, by_attribute.values()))
    return Entry(
        rule=rule,
        order=rule.order,
        attributes=attributes,
        keys=tuple(product(*(sorted(by_attribute[attribute].wanted) for attribute in attributes))),
        checks=tuple(_check(clause) for clause in rule.all_clauses if id(clause) not in chosen),
        explained=tuple((clause, values_reader(clause.attribute)) for clause in rule.all_clauses),
    )


def _looked_up(rule: Rule) -> dict[str, Clause]:
    """Choose the clauses that are looked up: one for each attribute, shortest lists first, while keys allow it."""
    chosen: dict[str, Clause] = {}
    keys = 1
    for clause in sorted(rule.all_clauses, key=lambda clause: len(clause.wanted)):
        if clause.operator is not Operator.ANY_OF or clause.attribute in CHECKED or clause.attribute in chosen:
            continue
        if keys * len(clause.wanted) <= MOST_KEYS:
            keys *= len(clause.wanted)
            chosen[str(clause.attribute)] = clause
    return chosen


def _check(clause: Clause) -> Check:
    wanted, attribute, number = clause.wanted, str(clause.attribute), clause.number
    if clause.operator is Operator.NONE_OF:
        return lambda seen: wanted.isdisjoint(seen[attribute])
    if clause.operator is Operator.ANY_OF:
        return lambda seen: not wanted.isdisjoint(seen[attribute])
    if attribute == Attribute.DAYS and clause.operator is Operator.AT_MOST:
        return lambda seen: seen.facts.days <= number
    return lambda seen: holds(clause, seen)
