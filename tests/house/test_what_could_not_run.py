"""A test that cannot run is named with its reason, and fails where everything must run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

NEEDS_A_BROWSER = "def test_a_page(browser):\n    assert browser.new_page().title() == ''\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Return a folder with one test, which needs a browser, and our fixtures."""
    (tmp_path / "test_page.py").write_text(NEEDS_A_BROWSER)
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    return tmp_path


def run(suite: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the suite with these options and this environment."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:randomly", *options, str(suite)],
        cwd=suite,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_browser_is_named_at_the_end(suite: Path) -> None:
    done = run(suite, PATH=str(suite))
    assert done.returncode == 0, done.stdout
    assert "NOT RUN: 1 tests: Chromium is missing" in done.stdout
    assert "1 skipped" in done.stdout.splitlines()[-1]


def test_a_missing_browser_fails_where_everything_must_run(suite: Path) -> None:
    done = run(suite, PATH=str(suite), SELFSERVICE_REQUIRE_ALL="1")
    assert done.returncode == 1, done.stdout
    assert "SELFSERVICE_REQUIRE_ALL is set: Chromium is missing" in done.stdout


def test_it_fails_in_every_one_of_several_processes(suite: Path) -> None:
    done = run(suite, "-n", "2", PATH=str(suite), SELFSERVICE_REQUIRE_ALL="1")
    assert done.returncode == 1, done.stdout
    assert "1 error" in done.stdout.splitlines()[-1]


@pytest.mark.browser
@pytest.mark.usefixtures("browser")
def test_with_a_browser_everything_runs(suite: Path) -> None:
    done = run(suite, SELFSERVICE_REQUIRE_ALL="1")
    assert done.returncode == 0, done.stdout
    assert "Nothing: every test that was asked for ran." in done.stdout
