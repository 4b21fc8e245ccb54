"""P04: what it costs to change one rule of many: until the next decision knows it, and until one sees what it moves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from time import perf_counter, process_time

from selfservice.bench.generating import workload
from selfservice.bench.measuring import Clock, Figure, Pair, WrongAnswer, milliseconds, seconds_each, times_slower
from selfservice.bench.scale import Setup
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.outcome import Deny
from selfservice.model.rules.rule import Rule


def run(setup: Setup) -> Mapping[str, Figure]:
    """Measure; the changed index has to be the one that a rebuild gives."""
    scale = setup.scale
    work = workload(rules=scale.rules, requests=scale.pending, seed=scale.seed)
    index = RuleIndex(work.rules)
    edits = _edits(work.rules, 2 * scale.rounds * scale.edits)
    setup.say(f"  {scale.edits} edits against a rebuild")

    def edit(half: int, clock: Clock = process_time) -> float:
        part = edits[half * scale.edits :][: scale.edits]
        return seconds_each(lambda rule: _visible(index, rule, work.requests[0]), part, clock)

    def rebuild(_half: int) -> float:
        return seconds_each(RuleIndex, [index.rules])

    figures = {
        "edit_over_rebuild": times_slower(Pair(ours=edit, theirs=rebuild), scale.rounds),
        "edit_ms": milliseconds(lambda half: edit(half, perf_counter), scale.rounds),
    }
    if not index.alike(RuleIndex(index.rules)):
        raise WrongAnswer("after its edits, the index is not what a rebuild gives")
    setup.say(f"  which of {scale.pending:,} pending requests a changed rule moves")
    denied = [replace(rule, outcome=Deny(reason="Not any more.")) for rule in islice(work.rules, 2 * scale.rounds)]
    figures["preview_ms"] = milliseconds(
        lambda half: seconds_each(lambda rule: moved(index, rule, work.requests), [denied[half]], perf_counter),
        scale.rounds,
    )
    return figures


def moved(index: RuleIndex, rule: Rule, pending: Sequence[RuleFacts]) -> list[RuleFacts]:
    """Return the requests that a changed rule sends another way, by routing all of them twice."""
    changed = index.edited([rule])
    return [facts for facts in pending if index.route(facts).outcome != changed.route(facts).outcome]


def _visible(index: RuleIndex, rule: Rule, facts: RuleFacts) -> object:
    index.put(rule)
    return index.route(facts)


def _edits(rules: Sequence[Rule], count: int) -> list[Rule]:
    """Return new versions of rules: each asks what another rule asked before."""
    return [
        replace(rules[number % len(rules)], clauses=rules[(number * 7 + 1) % len(rules)].clauses, version=2)
        for number in range(count)
    ]
