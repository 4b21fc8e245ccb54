"""`selfservice web` and `selfservice worker`: the two processes of an installation."""

import signal
import threading
from types import FrameType

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from selfservice.cli.permissions import ensure_harmless
from selfservice.config.loading import load_settings
from selfservice.factory import create_app, create_worker_runtime
from selfservice.worker.running import run


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn with threads; each worker process makes its own application, and so its own connections."""

    def __init__(self, options: dict[str, object]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Take over our options."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application of one worker process."""
        return create_app()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8080, show_default=True, help="The port to listen at.")
@click.option("--processes", default=2, show_default=True, help="How many processes.")
@click.option("--threads", default=8, show_default=True, help="How many threads in each.")
def web(host: str, port: int, processes: int, threads: int) -> None:
    """Serve the pages."""
    load_settings()
    WebServer(
        {
            "bind": f"{host}:{port}",
            "workers": processes,
            "worker_class": "gthread",
            "threads": threads,
            "graceful_timeout": 10,
            "loglevel": "warning",
            "forwarded_allow_ips": "127.0.0.1",
        }
    ).run()


@click.command()
def worker() -> None:
    """Work: mirror the directories, deliver what was approved, send the mail."""
    settings = load_settings()
    stop = threading.Event()

    def _stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    rt = create_worker_runtime(settings)
    ensure_harmless(rt)
    run(rt, stop=stop)
