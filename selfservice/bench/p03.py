"""P03: what a decision costs, explanation included, beside a scan, a database, bare look-ups and a small rule book."""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter, process_time
from typing import TypeVar

from sqlalchemy import create_engine

from selfservice.bench.generating import Workload, workload
from selfservice.bench.measuring import (
    Clock,
    Figure,
    Pair,
    Timed,
    ensure_same,
    seconds_each,
    times_faster,
    times_slower,
)
from selfservice.bench.peers import SqlRouter, look_up, lookup_tables, lookup_values
from selfservice.bench.scale import Setup
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.scanning import in_order, scan_in_order
from selfservice.model.rules.verdict import Verdict

T = TypeVar("T")
Router = Callable[[RuleFacts], Verdict]


def run(setup: Setup) -> Mapping[str, Figure]:
    """Measure; every way has to give the reference's answers first."""
    scale = setup.scale
    many = workload(rules=scale.rules, requests=scale.decisions, seed=scale.seed)
    few = workload(rules=scale.few_rules, requests=scale.decisions, seed=scale.seed)
    index, small = RuleIndex(many.rules), RuleIndex(few.rules)
    setup.say(f"  comparing {scale.checked:,} answers of {scale.rules:,} and of {scale.few_rules:,} rules")
    check(many, index.route, checked=scale.checked)
    check(few, small.route, checked=scale.checked)
    slices = sliced(many.requests, scale.rounds)
    ours = in_slices(index.route, slices)
    figures = {"over_linear": _over_linear(setup, many, ours), "over_sql": _over_sql(setup, many, index.route)}
    setup.say("  against bare look-ups")
    values = [[lookup_values(facts) for facts in part] for part in slices]
    bare = in_slices(look_up(lookup_tables(many.rules)), values)
    figures["over_lookups"] = times_slower(Pair(ours=ours, theirs=bare), scale.rounds)
    setup.say(f"  {scale.rules:,} rules against {scale.few_rules:,}")
    theirs = in_slices(small.route, sliced(few.requests, scale.rounds))
    figures["growth"] = times_slower(Pair(ours=ours, theirs=theirs), scale.rounds)
    return figures


def check(work: Workload, route: Router, *, checked: int) -> None:
    """Compare a router's verdicts, explanations included, with the scan's."""
    ordered = in_order(work.rules)
    ensure_same(work.requests[:checked], route, lambda facts: scan_in_order(ordered, facts))


def in_slices(
    work: Callable[[T], object], slices: Sequence[Sequence[T]], *, most: int | None = None, clock: Clock = process_time
) -> Timed:
    """Return a way that does another slice in each half of a round; of a slow way, only its first items."""
    return lambda half: seconds_each(work, slices[half][:most], clock)


def sliced(items: Sequence[T], rounds: int) -> list[Sequence[T]]:
    """Cut the items into as many slices as there are halves of rounds."""
    size = len(items) // (2 * rounds)
    return [items[half * size :][:size] for half in range(2 * rounds)]


def _over_linear(setup: Setup, many: Workload, ours: Timed) -> Figure:
    setup.say("  against the scan")
    ordered = in_order(many.rules)
    slices = sliced(many.requests, setup.scale.rounds)
    linear = in_slices(lambda facts: scan_in_order(ordered, facts), slices, most=setup.scale.linear)
    return times_faster(Pair(ours=ours, theirs=linear), setup.scale.rounds)


def _over_sql(setup: Setup, many: Workload, route: Router) -> Figure:
    scale, engine = setup.scale, create_engine(setup.url)
    setup.say(f"  against one statement for each decision ({engine.dialect.name})")
    try:
        with engine.connect() as connection, connection.begin():
            sql = SqlRouter(connection, many.rules, temporary=not setup.is_own)
            ensure_same(many.requests[: scale.checked], sql.route, lambda facts: _id(route(facts)))
            slices = sliced(many.requests, scale.rounds)
            pair = Pair(
                ours=in_slices(route, slices, most=scale.sql, clock=perf_counter),
                theirs=in_slices(sql.route, slices, most=scale.sql, clock=perf_counter),
            )
            return times_faster(pair, scale.rounds)
    finally:
        engine.dispose()


def _id(verdict: Verdict) -> str | None:
    return None if verdict.rule is None else verdict.rule.id
