"""A worker that kills itself (SIGKILL) at one point of a delivery, named by CRASH_AT. Everything else of it is real."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from selfservice.config.loading import load_settings
from selfservice.factory import create_worker_runtime
from selfservice.services.ports import Directory, DraftBox
from selfservice.worker.running import run

POINT = os.environ.get("CRASH_AT", "")


def crash(point: str) -> None:
    """End this process at once, as a power cut would, where `point` is the one that was asked for."""
    if point == POINT:
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)


class Crashing:
    """Passes every call on, and crashes before or after the one that is watched."""

    def __init__(self, real: object, watched: dict[str, str]) -> None:
        self._real = real
        self._watched = watched

    def __getattr__(self, name: str) -> Any:
        real: Callable[..., Any] = getattr(self._real, name)
        point = self._watched.get(name)
        if point is None:
            return real

        def call(*arguments: Any, **named: Any) -> Any:
            crash(f"before {point}")
            answer = real(*arguments, **named)
            crash(f"after {point}")
            return answer

        return call


class CrashingDirectories:
    """The real directories, each of which may crash."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def of(self, tenant_id: str) -> Directory:
        """Return a directory that may crash."""
        watched = {"invite": "invite", "add_member": "role", "assign_app_role": "role"}
        directory: Any = Crashing(self._real.of(tenant_id), watched)
        return directory  # type: ignore[no-any-return]


class CrashingMailer:
    """The real mailer, whose mailbox may crash."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def drafts(self) -> DraftBox:
        """Return a mailbox that may crash."""
        box: Any = Crashing(self._real.drafts(), {"create": "draft", "send": "mail"})
        return box  # type: ignore[no-any-return]

    def send(self, mail: Any) -> None:
        """Send in one step, which the Graph mailbox never does."""
        self._real.send(mail)


def main() -> None:
    """Run the worker."""
    rt = create_worker_runtime(load_settings())
    crashing = replace(rt, directories=CrashingDirectories(rt.directories), mailer=CrashingMailer(rt.mailer))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    run(crashing, stop=stop)


if __name__ == "__main__":
    main()
