"""A throw-away installation over a simulator: real processes, real HTTP, either database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select

from selfservice.cli.demo_catalog import publish_samples
from selfservice.cli.demo_settings import DemoPlace, write_settings
from selfservice.config.loading import load_settings
from selfservice.factory import create_worker_runtime
from selfservice.model.actor import Actor
from selfservice.model.mail import MailState, OutboxMail
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import approving, requesting
from selfservice.services.requesting import Ask
from selfservice.services.runtime import WorkerRuntime
from selfservice.simulator.seeding import demo_seed
from selfservice.simulator.server import RunningSimulator, Settings, start
from selfservice.store.transaction import reading
from tests.services.making import RecordingWaker

GUEST = "gus@partner.example"
PATIENCE = 60.0
SOON = {"SELFSERVICE_INTERVALS__LEASE": "2", "SELFSERVICE_INTERVALS__MIRROR": "1"}


class Installation:
    """The demo's tenants and packages, in a folder of their own, with no process running yet."""

    def __init__(self, folder: Path, simulator: RunningSimulator, database_url: str) -> None:
        self.simulator = simulator
        place = DemoPlace(
            instance=folder,
            base_url="http://localhost:8080",
            simulator_url=simulator.url,
            cloud_urls=simulator.clouds,
        )
        write_settings(place, demo_seed())
        self.environment = {
            "SELFSERVICE_SETTINGS": str(place.settings_file),
            "SELFSERVICE_DATABASE_URL": database_url,
            **SOON,
        }
        real = create_worker_runtime(load_settings(place.settings_file, {**os.environ, **self.environment}))
        # What this process asks for waits for the workers' sweep: a wake may always get lost.
        self.rt: WorkerRuntime = replace(real, waker=RecordingWaker())
        publish_samples(self.rt)

    def person(self, name: str) -> Actor:
        """Return someone of the demo's cast, by name."""
        with reading(self.rt.sessions) as tx:
            person = tx.scalars(select(Person).where(Person.display_name == name)).one()
        return Actor(tenant_id=person.tenant_id, object_id=person.object_id, name=name)

    def ask(self, package_name: str = "Expenses", *, address: str = GUEST) -> str:
        """Let Ann invite a guest, and return the request's id."""
        with reading(self.rt.sessions) as tx:
            package = tx.scalars(select(AccessPackage).where(AccessPackage.name == package_name)).one()
        ask = Ask(
            form_key=address + package_name,
            package_id=package.id,
            for_self=False,
            guest_address=address,
            guest_name="Gus Ray",
            guest_company="Partner",
            justification="month-end close",
            ends_on=self.rt.clock().date() + timedelta(days=20),
        )
        return requesting.submit(self.rt, ask, by=self.person("Ann Lee"))

    def approve(self, request_id: str) -> None:
        """Let Bob agree to what is asked for."""
        with reading(self.rt.sessions) as tx:
            seen = tx.get_one(AccessRequest, request_id).content_hash
        approving.approve(self.rt, request_id, by=self.person("Bob Ray"), seen=seen, justification="agreed")

    def state(self, request_id: str) -> RequestState:
        """Return where a request stands."""
        with reading(self.rt.sessions) as tx:
            return tx.get_one(AccessRequest, request_id).state

    def settled(self, request_id: str) -> bool:
        """Say whether the request is delivered and every mail has left."""
        with reading(self.rt.sessions) as tx:
            waiting = tx.scalar(select(OutboxMail.id).where(OutboxMail.state != MailState.SENT).limit(1))
        return self.state(request_id) is RequestState.DELIVERED and waiting is None

    def writes(self, *, method: str, path_holds: str) -> list[dict[str, Any]]:
        """Return the ledger's accepted writes of this kind."""
        rows = self._control("ledger")["entries"]
        return [row for row in rows if row["method"] == method and path_holds in row["path"]]

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        """Return what lies in someone's mailbox."""
        return list(self._control(f"mailbox/{address}")["messages"])

    def fault(self, **fault: Any) -> None:
        """Switch a fault of the simulator on."""
        requests.post(f"{self.simulator.url}/_simulator/faults", json=fault, timeout=10).raise_for_status()

    def end_faults(self) -> None:
        """Switch every fault off, and let go what they hold."""
        requests.delete(f"{self.simulator.url}/_simulator/faults", timeout=10).raise_for_status()

    def _control(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"{self.simulator.url}/_simulator/{path}", timeout=10).json()
        return answer

    @contextmanager
    def worker(self, *module: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a worker process (`selfservice worker`, or another module's) and end it afterwards."""
        command = [sys.executable, "-m", *(module or ("selfservice", "worker"))]
        child = subprocess.Popen(command, env={**os.environ, **self.environment, **environment})
        try:
            yield child
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
            child.wait(timeout=30)


@contextmanager
def installed(folder: Path, database_url: str) -> Iterator[Installation]:
    """Return an installation whose simulator runs in this process."""
    with start(Settings(state=folder / "simulator")) as simulator:
        installation = Installation(folder, simulator, database_url)
        try:
            yield installation
        finally:
            installation.rt.sessions.close()


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Wait until something holds, and fail with its name where it never does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s for: {what}"
        time.sleep(0.1)
