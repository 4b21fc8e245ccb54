"""The rules commands on the demo's catalog: out, in, tried, and refused with the reason."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from selfservice.cli.demo_catalog import publish_samples
from selfservice.cli.main import cli
from selfservice.model.rulebook import RuleVersion
from selfservice.store.schema import upgrade
from selfservice.store.transaction import reading
from tests.installation import Installation, installed

pytestmark = pytest.mark.slow

RULES = Path(__file__).resolve().parents[2] / "selfservice" / "cli" / "demo_rules.yaml"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("rules")
    url = f"sqlite:///{folder / 'rules.db'}"
    upgrade(url)
    with installed(folder, url) as place:
        publish_samples(place.rt)
        yield place


@pytest.fixture
def run(place: Installation) -> Run:
    def run(*arguments: str, says: str = "") -> Result:
        return CliRunner(env=dict(place.environment)).invoke(cli, ["rules", *arguments], input=says)

    return run


def test_the_demos_rules_go_out_and_come_in_as_no_change(run: Run, tmp_path: Path) -> None:
    out = run("export", "--tenant", "contoso")
    assert out.exit_code == 0, out.output
    assert "- name: Nobody from a competitor" in out.output
    file = tmp_path / "rules.yaml"
    file.write_text(out.output, "utf-8")
    again = run("import", str(file), "--tenant", "contoso", "--by", "Dee Fox")
    assert (again.exit_code, again.output) == (0, "Contoso's rules say so already; nothing to do.\n")


def test_a_plan_is_shown_and_nothing_changes_without_a_yes(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(RULES.read_text("utf-8").replace("at most 30", "at most 21"), "utf-8")
    shown = run("import", str(file), "--tenant", "contoso", "--by", "Dee Fox", says="n\n")
    assert shown.exit_code == 1
    assert "- change Finance reads for a month without asking" in shown.output
    assert "at most 21" not in run("export", "--tenant", "contoso").output
    looked = run("import", str(file), "--tenant", "contoso", "--by", "Dee Fox", "--dry-run")
    assert looked.exit_code == 0
    assert "at most 21" not in run("export", "--tenant", "contoso").output


def test_who_runs_an_import_is_named_in_every_version(run: Run, place: Installation, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    text = RULES.read_text("utf-8")
    for days in ("28", "30"):
        file.write_text(text.replace("at most 30", f"at most {days}"), "utf-8")
        done = run("import", str(file), "--tenant", "contoso", "--by", "Dee Fox", "--why", "audit", "--yes")
        assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Applied.")
    with reading(place.rt.sessions) as tx:
        newest = tx.scalars(select(RuleVersion).order_by(RuleVersion.version.desc()).limit(1)).one()
    assert (newest.changed_by_name, newest.why) == ("Dee Fox (command line)", "audit")


def test_a_broken_example_stops_an_import_and_says_which(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(RULES.read_text("utf-8").replace("at most 30", "at most 3"), "utf-8")
    stopped = run("import", str(file), "--tenant", "contoso", "--by", "Dee Fox", "--yes")
    assert stopped.exit_code == 1
    assert "example “Ann reads expense reports for two weeks”: expected automatic" in stopped.output
    assert "at most 30" in run("export", "--tenant", "contoso").output


def test_a_file_with_a_mistake_is_refused_with_its_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("tenant: contoso\nrules:\n  last:\n    - name: x\n      then: perhaps\n", "utf-8")
    refused = run("import", str(file), "--tenant", "contoso", "--by", "Dee Fox", "--yes")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: line 5: then: ")


def test_a_tenant_without_rules_is_named_with_those_that_have_some(run: Run) -> None:
    refused = run("export", "--tenant", "fabrikam")
    assert refused.exit_code == 2
    assert "fabrikam is no resource tenant of the settings; there are contoso, tailspin, woodgrove." in " ".join(
        refused.output.split()
    )


def test_a_file_is_tried_without_any_database(tmp_path: Path) -> None:
    tried = CliRunner().invoke(cli, ["rules", "test", str(RULES)])
    assert (tried.exit_code, tried.output.splitlines()[-1]) == (0, "2 of 2 examples hold")
    file = tmp_path / "rules.yaml"
    file.write_text(RULES.read_text("utf-8").replace("at most 30", "at most 3"), "utf-8")
    false = CliRunner().invoke(cli, ["rules", "test", str(file)])
    assert false.exit_code == 1
    assert "FALSE Ann reads expense reports for two weeks\n      expected: automatic" in false.output
