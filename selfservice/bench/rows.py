"""The benchmarks that there are: each a row with figures and the goals that they have to meet."""

import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from selfservice.bench import p03, p04, p10
from selfservice.bench.measuring import Figure, Say
from selfservice.bench.scale import Scale, Setup

TOLERANCE = 1.15
"""How far a figure may miss its goal before the command fails: machines are noisy."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """At most, or at least, so much."""

    at_least: bool
    number: float

    def is_met(self, value: float, *, tolerance: float = 1.0) -> bool:
        """Say whether a figure meets the goal, or misses it by no more than the tolerance."""
        return value * tolerance >= self.number if self.at_least else value <= self.number * tolerance

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='}{self.number:g}"


def at_least(number: float) -> Goal:
    """Return the goal of a figure that should be high."""
    return Goal(at_least=True, number=number)


def at_most(number: float) -> Goal:
    """Return the goal of a figure that should be low."""
    return Goal(at_least=False, number=number)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One benchmark. `has_database` says that it measures against a database."""

    name: str
    title: str
    run: Callable[[Setup], Mapping[str, Figure]]
    goals: Mapping[str, Goal]
    has_database: bool = False


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one run of a row came to."""

    row: Row
    database: str | None
    figures: Mapping[str, Figure]

    def meets(self, *, tolerance: float = 1.0) -> bool:
        """Say whether every figure meets its goal."""
        return all(goal.is_met(self.figures[name].value, tolerance=tolerance) for name, goal in self.row.goals.items())

    def as_json(self) -> dict[str, object]:
        """Return the result as it is kept."""
        return {
            "row": self.row.name,
            "database": self.database,
            "figures": {name: float(f"{figure.value:.4g}") for name, figure in self.figures.items()},
            "goals": {name: str(goal) for name, goal in self.row.goals.items()},
            "met": self.meets(),
        }


ROWS: Mapping[str, Row] = {
    row.name: row
    for row in (
        Row(
            name="P03",
            title="Routing one request by 10,000 rules, explanation included",
            run=p03.run,
            goals={
                "over_linear": at_least(100),
                "over_sql": at_least(5),
                "over_lookups": at_most(15),
                "growth": at_most(1.3),
            },
            has_database=True,
        ),
        Row(
            name="P04",
            title="Changing one of 10,000 rules",
            run=p04.run,
            goals={"edit_over_rebuild": at_most(0.05), "edit_ms": at_most(50), "preview_ms": at_most(1_000)},
        ),
        Row(
            name="P10",
            title="Beginning a review of 1,000,000 guests",
            run=p10.run,
            goals={"over_bare": at_most(2), "first_page_s": at_most(2), "memory_mb": at_most(64)},
            has_database=True,
        ),
    )
}


def measure(rows: Iterable[Row], *, scale: Scale, folder: Path, database: str | None, say: Say) -> list[Result]:
    """Run rows one after the other."""
    results = []
    for row in rows:
        say(f"{row.name}: {row.title}")
        setup = Setup(scale=scale, url=database or f"sqlite:///{folder / 'peer.db'}", is_own=not database, say=say)
        name = make_url(setup.url).get_backend_name() if row.has_database else None
        results.append(Result(row=row, database=name, figures=row.run(setup)))
    return results


def report(results: Iterable[Result]) -> dict[str, object]:
    """Return what is kept of a run."""
    return {"machine": machine(), "rows": [result.as_json() for result in results]}


def machine() -> str:
    """Return what the figures were measured on."""
    return f"{_processor()}, Python {platform.python_version()}, {platform.system()}"


def _processor() -> str:
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()
