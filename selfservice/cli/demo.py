"""`selfservice demo`: the whole product with one command, over a simulated Entra and Graph."""

import os
import shutil
import signal
import threading
from pathlib import Path
from types import FrameType

import click

from selfservice.cli.demo_catalog import publish_samples
from selfservice.cli.demo_settings import DemoPlace, NotADemo, ensure_demo, write_settings
from selfservice.cli.processes import Processes, UnableToStart, free_port, is_free
from selfservice.config.loading import load_settings
from selfservice.factory import ROOT, create_worker_runtime
from selfservice.simulator.seeding import clouds_of, demo_seed
from selfservice.store.schema import upgrade

USUAL_PORT = 8080


@click.command()
@click.option("--port", type=int, default=None, help="The port of the pages. [default: 8080, or a free one]")
@click.option("--simulator-port", type=int, default=None, help="The port of the simulator. [default: a free one]")
@click.option("--instance", type=click.Path(path_type=Path), default=None, help="Where it keeps its things.")
@click.option("--reset", is_flag=True, help="Begin anew: forget what the demo has stored.")
@click.option("--database-url", default=None, help="Another database than the file in the instance folder.")
def demo(
    port: int | None, simulator_port: int | None, instance: Path | None, reset: bool, database_url: str | None
) -> None:
    """Start the demo; Ctrl-C ends it, and a second start finds its data again."""
    folder = (instance or ROOT / "instance").resolve()
    stop = _stop_on_signals()
    try:
        _prepare(folder, reset=reset)
        with Processes(folder / "logs") as processes:
            place = _start(processes, folder, port or _usual_port(), simulator_port, database_url)
            click.echo(f"ready: {place.base_url}")
            click.echo(f"       the simulator, its mailboxes and its people: {place.simulator_url}")
            while not stop.wait(0.5):
                processes.ensure_running()
    except (NotADemo, UnableToStart) as failure:
        raise click.ClickException(str(failure)) from failure


def _start(
    processes: Processes, folder: Path, port: int, simulator_port: int | None, database_url: str | None
) -> DemoPlace:
    base_url, seed = f"http://localhost:{port}", demo_seed()
    simulator = processes.start(
        "simulator",
        [
            "simulator",
            f"--port={simulator_port or 0}",
            f"--state={folder / 'simulator'}",
            f"--redirect-uri={base_url}/sign-in/callback",
            f"--redirect-uri={base_url}/signed-out",
        ],
        environment={},
        announces=True,
    )
    clouds = ("", *clouds_of(seed))
    urls = {
        name: processes.first_line(simulator, starting=f"cloud {name}:" if name else "ready:", drain=name == clouds[-1])
        for name in clouds
    }
    place = DemoPlace(instance=folder, base_url=base_url, simulator_url=urls[""], cloud_urls=urls)
    write_settings(place, seed)
    environment = {"SELFSERVICE_SETTINGS": str(place.settings_file)}
    if database_url:
        environment["SELFSERVICE_DATABASE_URL"] = database_url
    settings = load_settings(place.settings_file, {**os.environ, **environment})
    upgrade(settings.database_url)
    publish_samples(create_worker_runtime(settings))
    web = processes.start("web", ["web", f"--port={port}", "--processes=1"], environment=environment)
    processes.start("worker", ["worker"], environment=environment)
    processes.wait_for(f"{base_url}/healthz", web)
    return place


def _prepare(folder: Path, *, reset: bool) -> None:
    ensure_demo(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if reset:
        for name in ("simulator", "logs"):
            shutil.rmtree(folder / name, ignore_errors=True)
        for pattern in ("*.db", "*.db-wal", "*.db-shm", "secret_key", "settings.toml"):
            for file in folder.glob(pattern):
                file.unlink()


def _usual_port() -> int:
    return USUAL_PORT if is_free(USUAL_PORT) else free_port()


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def _stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    return stop
