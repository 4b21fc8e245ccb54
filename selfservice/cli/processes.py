"""Child processes that end with their parent: started, waited for, and stopped together."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import requests


class UnableToStart(Exception):
    """A child process ended, or did not become ready in time."""


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Say whether nobody listens at this port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Processes:
    """Children of this process. Leaving the context ends them all, the last started first."""

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._children: list[tuple[str, subprocess.Popen[str]]] = []

    def __enter__(self) -> "Processes":
        self._log_folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _name, child in reversed(self._children):
            self._end(child)

    def start(
        self, name: str, arguments: Sequence[str], *, environment: Mapping[str, str], announces: bool = False
    ) -> subprocess.Popen[str]:
        """Start `selfservice ARGUMENTS`; what it says goes to a log file of its name.

        One that `announces` itself says so on its standard output, which `first_line` reads.
        """
        with (self._log_folder / f"{name}.log").open("a") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "selfservice", *arguments],
                env={**os.environ, **environment},
                stdout=subprocess.PIPE if announces else log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self._children.append((name, child))
        return child

    def first_line(
        self, child: subprocess.Popen[str], *, starting: str, seconds: float = 60, drain: bool = True
    ) -> str:
        """Wait for a line on the child's standard output, return what follows `starting`, and drain the rest."""
        watchdog = threading.Timer(seconds, child.kill)
        watchdog.start()
        try:
            for line in child.stdout or ():
                if line.startswith(starting):
                    if drain:
                        threading.Thread(target=_drain, args=(child,), daemon=True).start()
                    return line.removeprefix(starting).strip()
        finally:
            watchdog.cancel()
        raise UnableToStart(f"{self._name(child)} ended before it was ready; see {self._log_folder}")

    def wait_for(self, url: str, child: subprocess.Popen[str], *, seconds: float = 60) -> None:
        """Wait until `url` answers, or the child ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and child.poll() is None:
            try:
                if requests.get(url, timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise UnableToStart(f"{self._name(child)} did not become ready; see {self._log_folder}")

    def ensure_running(self) -> None:
        """Raise where a child has ended by itself."""
        for name, child in self._children:
            if child.poll() is not None:
                raise UnableToStart(f"the {name} ended by itself; see {self._log_folder}")

    def _name(self, child: subprocess.Popen[str]) -> str:
        return next(name for name, other in self._children if other is child)

    def _end(self, child: subprocess.Popen[str]) -> None:
        child.terminate()
        try:
            child.wait(timeout=12)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()


def _drain(child: subprocess.Popen[str]) -> None:
    try:
        for _line in child.stdout or ():
            pass
    except ValueError:
        return  # closed while we waited for more
