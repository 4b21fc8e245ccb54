"""The benchmarks measure right answers only, and keep their figures in a form that others read."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from selfservice.bench import p03
from selfservice.bench.generating import workload
from selfservice.bench.measuring import Figure, Pair, WrongAnswer, times_faster, times_slower
from selfservice.bench.rows import ROWS, Goal, Result, at_least, at_most, measure, report
from selfservice.bench.scale import Scale
from selfservice.cli.main import cli
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.verdict import Verdict

TINY = Scale(
    rules=120,
    few_rules=20,
    decisions=200,
    checked=60,
    rounds=3,
    linear=5,
    sql=10,
    pending=100,
    edits=4,
    guests=400,
    sponsors=40,
    review_rounds=1,
    seed=7,
)


def figure(value: float) -> Figure:
    return Figure(value=value, low=value, high=value)


def test_every_row_measures_what_its_goals_are_about(empty_database_url: str, tmp_path: Path) -> None:
    said: list[str] = []
    results = measure(ROWS.values(), scale=TINY, folder=tmp_path, database=empty_database_url, say=said.append)
    kept = json.loads(json.dumps(report(results)))
    assert set(kept) == {"machine", "rows"}
    assert [row["row"] for row in kept["rows"]] == list(ROWS)
    for row in kept["rows"]:
        assert set(row) == {"row", "database", "figures", "goals", "met"}
        assert set(row["figures"]) == set(row["goals"]) == set(ROWS[row["row"]].goals)
        assert all(value > 0 for value in row["figures"].values())
        assert all(goal[:2] in {"<=", ">="} and float(goal[2:]) for goal in row["goals"].values())
    assert kept["rows"][0]["database"] == empty_database_url.partition("+")[0].partition(":")[0]
    assert any("P03" in line for line in said)


def test_without_a_database_a_throw_away_file_is_measured_against(tmp_path: Path) -> None:
    (result,) = measure([ROWS["P03"]], scale=TINY, folder=tmp_path, database=None, say=lambda _line: None)
    assert result.database == "sqlite"
    assert (tmp_path / "peer.db").exists()


def test_a_router_that_decides_wrongly_is_not_measured() -> None:
    work = workload(rules=60, requests=80, seed=3)
    index = RuleIndex(work.rules)
    p03.check(work, index.route, checked=80)

    def without_its_reasons(facts: RuleFacts) -> Verdict:
        return replace(index.route(facts), clauses=())

    def blind_to_a_rule(facts: RuleFacts) -> Verdict:
        return RuleIndex(work.rules[1:] if index.route(facts).rule == work.rules[0] else work.rules).route(facts)

    with pytest.raises(WrongAnswer):
        p03.check(work, without_its_reasons, checked=80)
    decided = {verdict.rule for facts in work.requests if (verdict := index.route(facts)).rule}
    assert work.rules[0] in decided
    with pytest.raises(WrongAnswer):
        p03.check(work, blind_to_a_rule, checked=80)


def test_a_rule_book_is_the_same_for_the_same_seed() -> None:
    assert workload(rules=30, requests=30, seed=1) == workload(rules=30, requests=30, seed=1)
    assert workload(rules=30, requests=0, seed=1) != workload(rules=30, requests=0, seed=2)


def test_ratios_say_who_is_faster() -> None:
    pair = Pair(ours=lambda half: 1.0 + half % 2, theirs=lambda _half: 6.0)
    assert times_faster(pair, 3) == figure(4.0)
    assert times_slower(pair, 3) == figure(0.25)


@pytest.mark.parametrize(
    ("goal", "value", "met", "tolerated"),
    [
        (at_most(1.3), 1.3, True, True),
        (at_most(1.3), 1.4, False, True),
        (at_most(1.3), 1.5, False, False),
        (at_least(100), 100, True, True),
        (at_least(100), 90, False, True),
        (at_least(100), 80, False, False),
    ],
)
def test_a_goal_is_missed_by_a_little_before_the_command_fails(
    goal: Goal, value: float, met: bool, tolerated: bool
) -> None:
    row = replace(ROWS["P04"], goals={"edit_ms": goal})
    result = Result(row=row, database=None, figures={"edit_ms": figure(value)})
    assert result.as_json()["met"] is met
    assert result.meets(tolerance=1.15) is tolerated


def test_the_command_knows_its_rows() -> None:
    refused = CliRunner().invoke(cli, ["bench", "P99"])
    assert refused.exit_code == 2
    assert "p03" in refused.output.lower()
