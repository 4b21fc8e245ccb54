"""`selfservice bench`: measures what should be fast against something else, and says whether the goals are met."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

import click

from selfservice.bench.measuring import WrongAnswer
from selfservice.bench.rows import ROWS, TOLERANCE, Result, machine, measure, report
from selfservice.bench.scale import Scale


@click.command()
@click.argument("rows", nargs=-1, type=click.Choice(list(ROWS), case_sensitive=False), metavar="[ROW]...")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Keep the figures in this file.")
@click.option("--database", default=None, help="Measure against this database; without it, a throw-away SQLite file.")
def bench(rows: tuple[str, ...], file: Path | None, database: str | None) -> None:
    """Measure ROWs (all without any), print their figures, and fail where one misses its goal by more than 15 %."""
    chosen = [ROWS[name] for name in rows or ROWS]
    with tempfile.TemporaryDirectory(prefix="selfservice-bench-") as folder:
        try:
            results = measure(chosen, scale=Scale(), folder=Path(folder), database=database, say=_say)
        except WrongAnswer as wrong:
            raise click.ClickException(f"wrong answer, so its speed does not count: {wrong}") from wrong
    _print(results)
    if file is not None:
        file.write_text(json.dumps(report(results), indent=2) + "\n")
    if not all(result.meets(tolerance=TOLERANCE) for result in results):
        raise SystemExit(1)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _print(results: Iterable[Result]) -> None:
    click.echo(machine())
    for result in results:
        click.echo(f"\n{result.row.name}  {result.row.title}" + (f" ({result.database})" if result.database else ""))
        for name, figure in result.figures.items():
            goal = result.row.goals[name]
            interval = f"{figure.low:.4g} to {figure.high:.4g}"
            met = "met" if goal.is_met(figure.value) else "MISSED"
            click.echo(f"  {name:<20}{figure.value:>10.4g}   95 %: {interval:<22} goal {goal!s:<8} {met}")
