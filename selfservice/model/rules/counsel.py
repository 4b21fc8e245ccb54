"""What a requestor could change so that less is asked of them, and which rules came before the one that decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product, takewhile

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import ANSWER_PREFIX, OTHER, SELF, Attribute, RuleFacts
from selfservice.model.rules.folding import Seen
from selfservice.model.rules.holding import holds, judge
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.outcome import Automatic, Outcome, Stages
from selfservice.model.rules.rule import Rule
from selfservice.model.rules.strictness import Tightening, burden, tighten
from selfservice.model.rules.verdict import ClauseVerdict, Verdict

MOST_ADVICE = 3
MOST_CHANGES = 2
MOST_TRIED = 60
MOST_NEAR_MISSES = 5

ABOUT_THE_PACKAGE = frozenset(
    {Attribute.RESOURCE_TENANT, Attribute.PACKAGE, Attribute.CATALOG, Attribute.RESOURCE, Attribute.RISK}
)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that the requestor would ask differently: its value as clauses write it, and what to do in words."""

    attribute: str
    value: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The smallest change that leads to a better outcome: what to do, the facts then, and what comes of it."""

    sentence: str
    changes: tuple[Change, ...]
    facts: RuleFacts
    verdict: Verdict
    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class NearMiss:
    """A rule that came before and did not hold, with each of its clauses."""

    rule: Rule
    clauses: tuple[ClauseVerdict, ...]


@dataclass(frozen=True, kw_only=True)
class _Case:
    index: RuleIndex
    facts: RuleFacts
    verdict: Verdict
    tightenings: Sequence[Tightening] = field(default=())

    def outcome(self, verdict: Verdict) -> Outcome:
        return tighten(verdict.outcome, self.tightenings)[0]


def counsel(
    index: RuleIndex, facts: RuleFacts, verdict: Verdict, *, tightenings: Sequence[Tightening] = ()
) -> tuple[Advice, ...]:
    """Return what to ask differently for a better outcome (nobody, then fewer stages, then anything but a no), best
    first; each was routed again and truly leads there.
    """
    case = _Case(index=index, facts=facts, verdict=verdict, tightenings=tightenings)
    now = burden(case.outcome(verdict))
    tried = dict.fromkeys(islice(_possible_changes(case), MOST_TRIED))
    helpful = [advice for changes in tried if burden((advice := _advice(case, changes)).outcome) < now]
    helpful.sort(key=lambda advice: (burden(advice.outcome), len(advice.changes), _effort(advice, facts)))
    return tuple(_smallest(helpful))[:MOST_ADVICE]


def near_misses(index: RuleIndex, facts: RuleFacts) -> tuple[NearMiss, ...]:
    """Return rules for this very package that came before the one that decides and did not hold, the nearest first."""
    seen, decides = Seen(facts), index.route(facts).rule
    earlier = takewhile(lambda rule: rule != decides, index.rules)
    reach = [rule for rule in earlier if rule.enabled and _reaches(rule, seen)]
    nearest = sorted(reach, key=lambda rule: (len(_failing(rule, seen)), rule.order))[:MOST_NEAR_MISSES]
    return tuple(
        NearMiss(rule=rule, clauses=tuple(judge(clause, facts) for clause in rule.all_clauses)) for rule in nearest
    )


def _reaches(rule: Rule, seen: Seen) -> bool:
    return all(holds(clause, seen) for clause in rule.all_clauses if clause.attribute in ABOUT_THE_PACKAGE)


def _failing(rule: Rule, seen: Seen) -> list[Clause]:
    return [clause for clause in rule.all_clauses if not holds(clause, seen)]


def _possible_changes(case: _Case) -> Iterable[tuple[Change, ...]]:
    """Yield what would let the rule that decides no longer hold, or another one hold."""
    seen = Seen(case.facts)
    if case.verdict.rule is not None:
        for clause in case.verdict.rule.clauses:
            yield from ((change,) for change in _towards(_opposite(clause), seen))
    for rule in case.index.rules:
        if rule.enabled and _may_help(rule, seen):
            failing = _failing(rule, seen)
            if 0 < len(failing) <= MOST_CHANGES and len({clause.attribute for clause in failing}) == len(failing):
                yield from product(*(_towards(clause, seen) for clause in failing))


def _may_help(rule: Rule, seen: Seen) -> bool:
    return all(_is_theirs(clause) or holds(clause, seen) for clause in rule.all_clauses)


def _is_theirs(clause: Clause) -> bool:
    """Say whether the clause asks about something that the requestor chooses."""
    return clause.attribute in (Attribute.DAYS, Attribute.FOR) or clause.attribute.startswith(ANSWER_PREFIX)


OPPOSITES = {Operator.ANY_OF: Operator.NONE_OF, Operator.NONE_OF: Operator.ANY_OF}


def _opposite(clause: Clause) -> Clause:
    if clause.operator is Operator.AT_MOST:
        return replace(clause, operator=Operator.AT_LEAST, number=clause.number + 1)
    if clause.operator is Operator.AT_LEAST:
        return replace(clause, operator=Operator.AT_MOST, number=clause.number - 1)
    return replace(clause, operator=OPPOSITES[clause.operator])


def _towards(clause: Clause, seen: Seen) -> tuple[Change, ...]:
    """Return what the requestor may choose so that the clause holds; nothing where it is not theirs to choose."""
    if not _is_theirs(clause) or holds(clause, seen):
        return ()
    if clause.attribute == Attribute.DAYS:
        return _days_towards(clause)
    if clause.attribute == Attribute.FOR:
        return _for_towards(seen.facts)
    if clause.operator is Operator.NONE_OF:
        return ()
    question = clause.attribute.removeprefix(ANSWER_PREFIX)
    return tuple(
        Change(attribute=clause.attribute, value=value, words=f"answer “{value}” to “{question}”")
        for value in clause.values
    )


def _days_towards(clause: Clause) -> tuple[Change, ...]:
    if clause.operator is Operator.NONE_OF:
        return ()
    if clause.operator is Operator.ANY_OF:
        exact = [int(value) for value in clause.values if value.isdecimal()]
        return tuple(_days(days, "") for days in exact if days > 0)
    more = " or less" if clause.operator is Operator.AT_MOST else " or more"
    return (_days(clause.number, more),) if clause.number > 0 else ()


def _days(days: int, more: str) -> Change:
    words = f"ask for {days} {'day' if days == 1 else 'days'}{more}"
    return Change(attribute=Attribute.DAYS, value=str(days), words=words)


def _for_towards(facts: RuleFacts) -> tuple[Change, ...]:
    if facts.for_self:
        return (Change(attribute=Attribute.FOR, value=OTHER, words="ask for somebody else"),)
    return (Change(attribute=Attribute.FOR, value=SELF, words="ask for yourself"),)


def _advice(case: _Case, changes: tuple[Change, ...]) -> Advice:
    facts = case.facts
    for change in changes:
        facts = _changed(facts, change)
    verdict = case.index.route(facts)
    outcome = case.outcome(verdict)
    sentence = " and ".join(change.words for change in changes)
    return Advice(
        sentence=f"{sentence[:1].upper()}{sentence[1:]}: then {_consequence(outcome)}.",
        changes=changes,
        facts=facts,
        verdict=verdict,
        outcome=outcome,
    )


def _changed(facts: RuleFacts, change: Change) -> RuleFacts:
    if change.attribute == Attribute.DAYS:
        return replace(facts, days=int(change.value))
    if change.attribute == Attribute.FOR:
        return replace(facts, for_self=change.value == SELF)
    return replace(facts, answers={**facts.answers, change.attribute.removeprefix(ANSWER_PREFIX): change.value})


def _consequence(outcome: Outcome) -> str:
    if isinstance(outcome, Automatic):
        return "it is granted without a decision"
    if isinstance(outcome, Stages) and len(outcome.stages) > 1:
        return f"it is decided in {len(outcome.stages)} stages"
    return "it is decided in one stage"


def _effort(advice: Advice, facts: RuleFacts) -> int:
    return abs(advice.facts.days - facts.days)


def _smallest(helpful: Iterable[Advice]) -> Iterable[Advice]:
    """Yield the first advice for each way to an outcome: what takes more to get there is left out."""
    seen: list[tuple[tuple[int, int, int], frozenset[str]]] = []
    for advice in helpful:
        asked = frozenset(change.attribute for change in advice.changes)
        if not any(burden(advice.outcome) >= known and asked >= attributes for known, attributes in seen):
            seen.append((burden(advice.outcome), asked))
            yield advice
