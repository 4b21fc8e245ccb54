"""Wiring: settings become the runtimes of a web process and of a worker, and the web application."""

from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from selfservice.config.loading import load_settings
from selfservice.config.logs import configure_logs
from selfservice.config.settings import Settings
from selfservice.entra.directories import GraphDirectories
from selfservice.entra.graph_mailbox import GraphDraftBox
from selfservice.entra.signin import EntraSignIn
from selfservice.mail.mailers import DraftMailer, SmtpMailer
from selfservice.services.ports import Mailer
from selfservice.services.runtime import WebRuntime, WorkerRuntime
from selfservice.store.engine import create_sessions
from selfservice.web.blueprints import register
from selfservice.worker.queue import HueyWaker, create_queue

ROOT = Path(__file__).resolve().parents[1]


def utc_now() -> datetime:
    """Return the time in UTC: the one clock of the product."""
    return datetime.now(UTC)


def create_web_runtime(settings: Settings) -> WebRuntime:
    """Return the runtime of a web process. No directory's credential is read for it."""
    return WebRuntime(
        settings=settings,
        sessions=create_sessions(settings.database_url, walled=True),
        waker=HueyWaker(create_queue(settings)),
        clock=utc_now,
        signin=EntraSignIn(settings),
    )


def create_worker_runtime(settings: Settings) -> WorkerRuntime:
    """Return the runtime of a worker, which alone holds the keys to the directories."""
    return WorkerRuntime(
        settings=settings,
        sessions=create_sessions(settings.database_url),
        waker=HueyWaker(create_queue(settings)),
        clock=utc_now,
        directories=GraphDirectories(settings),
        mailer=create_mailer(settings),
    )


def create_mailer(settings: Settings) -> Mailer:
    """Return what sends our mail, as the settings say."""
    if settings.mail.graph is not None:
        return DraftMailer(GraphDraftBox(settings))
    return SmtpMailer(settings.mail)


def create_app(rt: WebRuntime | None = None) -> Flask:
    """Make the web application, of the given runtime or of the settings that the environment names."""
    if rt is None:
        settings = load_settings()
        configure_logs()
        rt = create_web_runtime(settings)
    app = Flask(
        "selfservice",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        instance_path=str(rt.settings.instance.resolve()),
    )
    register(app, rt)
    return app
