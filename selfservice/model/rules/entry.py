"""A rule made ready to be found: the ways that lead to it, and what is left to check once it is found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TypeVar

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute, RuleFacts, values_reader
from selfservice.model.rules.folding import Seen
from selfservice.model.rules.holding import holds
from selfservice.model.rules.outcome import Outcome
from selfservice.model.rules.rule import Band, Rule
from selfservice.model.rules.verdict import ClauseVerdict, Verdict

MOST_SHARED = 50_000
MOST_WAYS = 256
"""How many ways may lead to one rule. What its lists of values would need beyond that is checked instead."""

LOOKED_UP = (
    Attribute.RESOURCE_TENANT,
    Attribute.HOME_TENANT,
    Attribute.CATALOG,
    Attribute.JOB_TITLE,
    Attribute.PACKAGE,
    Attribute.ORGANIZATION,
    Attribute.GUEST_DOMAIN,
    Attribute.RESOURCE,
    Attribute.GROUP,
    Attribute.DEPARTMENT,
)
"""The attributes that are looked up, in this order, then answers: what has few values leads to few branches that are
used often, and of what a request has several tokens, the last look-up meets them all at once. The other attributes (yes
or no, numbers) tell too few requests apart to be worth a look-up and are checked.
"""

ENDLESS = 1_000_000_000
CHECKED = frozenset(Attribute) - frozenset(LOOKED_UP)
SCOPES = {Band.PACKAGE: Attribute.PACKAGE, Band.CATALOG: Attribute.CATALOG}

T = TypeVar("T", Clause, Outcome)

Check = Callable[[Seen], bool]
Way = tuple[tuple[str, str], ...]
Region = tuple[str, int, str]
Read = Callable[[RuleFacts], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A rule in the index. It stands in one region (tenant, band and scope) at the end of each of its ways (attributes
    with one token each). What decides is kept in few objects: with many rules, memory is what costs time.
    """

    rule: Rule
    order: tuple[int, int, str]
    region: Region
    least_days: int
    most_days: int
    excluded: tuple[tuple[str, frozenset[str]], ...]
    checks: tuple[Check, ...]
    outcome: Outcome
    clauses: tuple[Clause, ...]
    reads: tuple[Read, ...]

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways that lead to the rule; they are not kept, since only edits need them."""
        looked_up = _looked_up(self.rule.clauses)
        return tuple(product(*([(name, token) for token in sorted(c.wanted)] for name, c in looked_up.items())))

    def passes(self, seen: Seen) -> bool:
        """Say whether what is not looked up holds, too."""
        if not self.least_days <= seen.facts.days <= self.most_days:
            return False
        for attribute, wanted in self.excluded:
            if not wanted.isdisjoint(seen[attribute]):
                return False
        return not self.checks or all(check(seen) for check in self.checks)

    def verdict(self, facts: RuleFacts) -> Verdict:
        """Return the verdict of this rule, which holds for the facts."""
        clauses = [
            ClauseVerdict(clause=clause, found=read(facts), holds=True)
            for clause, read in zip(self.clauses, self.reads, strict=True)
        ]
        return Verdict(rule=self.rule, outcome=self.outcome, clauses=tuple(clauses))


def entry_of(rule: Rule) -> Entry:
    """Make a rule ready to be found."""
    looked_up = {id(clause) for clause in _looked_up(rule.clauses).values()}
    left = [clause for clause in rule.clauses if id(clause) not in looked_up and not _is_days(clause)]
    return Entry(
        rule=rule,
        order=rule.order,
        region=(rule.tenant_id.casefold(), int(rule.band), rule.scope_id.casefold() if rule.band in SCOPES else ""),
        least_days=max((clause.number for clause in _about_days(rule, Operator.AT_LEAST)), default=-ENDLESS),
        most_days=min((clause.number for clause in _about_days(rule, Operator.AT_MOST)), default=ENDLESS),
        excluded=tuple(_excluded(clause) for clause in left if clause.operator is Operator.NONE_OF),
        checks=tuple(_check(clause) for clause in left if clause.operator is not Operator.NONE_OF),
        outcome=_once(rule.outcome),
        clauses=tuple(_once(clause) for clause in rule.all_clauses),
        reads=_reads(tuple(str(clause.attribute) for clause in rule.all_clauses)),
    )


@lru_cache(maxsize=MOST_SHARED)
def _once(value: T) -> T:
    """Return one and the same object for equal values: many rules ask the same, and lead to the same."""
    return value


@lru_cache(maxsize=MOST_SHARED)
def _reads(attributes: tuple[str, ...]) -> tuple[Read, ...]:
    return tuple(values_reader(attribute) for attribute in attributes)


def _looked_up(clauses: tuple[Clause, ...]) -> dict[str, Clause]:
    """Choose the clauses that are looked up: one for each attribute, shortest lists first, as long as ways allow it."""
    chosen: dict[str, Clause] = {}
    ways = 1
    for clause in sorted(clauses, key=lambda clause: len(clause.wanted)):
        if clause.operator is not Operator.ANY_OF or clause.attribute in CHECKED or clause.attribute in chosen:
            continue
        if ways * len(clause.wanted) <= MOST_WAYS:
            ways *= len(clause.wanted)
            chosen[str(clause.attribute)] = clause
    return {attribute: chosen[attribute] for attribute in sorted(chosen, key=lambda name: (rank(name), name))}


def rank(attribute: str) -> int:
    """Return where an attribute stands in the order of look-ups: the later, the fewer rules name one of its values."""
    return _RANKS.get(attribute, len(LOOKED_UP))


_RANKS = {str(attribute): place for place, attribute in enumerate(LOOKED_UP)}


def _about_days(rule: Rule, operator: Operator) -> Iterator[Clause]:
    return (clause for clause in rule.clauses if _is_days(clause) and clause.operator is operator)


def _is_days(clause: Clause) -> bool:
    return clause.attribute == Attribute.DAYS and clause.operator in (Operator.AT_MOST, Operator.AT_LEAST)


@lru_cache(maxsize=MOST_SHARED)
def _excluded(clause: Clause) -> tuple[str, frozenset[str]]:
    return str(clause.attribute), clause.wanted


@lru_cache(maxsize=MOST_SHARED)
def _check(clause: Clause) -> Check:
    return lambda seen: holds(clause, seen)
