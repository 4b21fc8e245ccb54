"""The command that runs the simulator until it is told to end."""

import signal
import threading
from pathlib import Path
from typing import Any

import click

from selfservice.simulator.seeding import seed_in
from selfservice.simulator.server import Settings, start

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--port", default=0, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--state", type=_FOLDER, help="Folder that keeps the world; without it all is forgotten.")
@click.option("--seed", type=_FILE, help="Tenants and people to start with; default: the demo.")
@click.option("--redirect-uri", multiple=True, help="One more address sign-in may lead back to.")
@click.option("--tls-cert", type=_FILE, help="Certificate chain, to serve https.")
@click.option("--tls-key", type=_FILE, help="Private key of the certificate.")
@click.option("--login-url", default="", help="Login host that issuers name.")
def simulator(**options: Any) -> None:
    """Run a local Entra and Microsoft Graph with tenants, people, mail and faults."""
    settings = _settings(options)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with start(settings) as running:
        for name, url in running.clouds.items():
            click.echo(f"cloud {name}: {url}" if name else f"ready: {url}")
        ended.wait()


def _settings(options: dict[str, Any]) -> Settings:
    certificate, key = options["tls_cert"], options["tls_key"]
    if (certificate is None) != (key is None):
        message = "--tls-cert and --tls-key belong together"
        raise click.UsageError(message)
    return Settings(
        port=options["port"],
        state=options["state"],
        seed=seed_in(options["seed"]) if options["seed"] else None,
        redirect_uris=options["redirect_uri"],
        tls=(certificate, key) if certificate else None,
        login_url=options["login_url"],
    )
