"""The command that runs the simulator until it is told to end."""

import signal
import threading
from pathlib import Path

import click

from selfservice.simulator.seeding import seed_in
from selfservice.simulator.server import Settings, start

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--port", default=0, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps the world; without it everything is forgotten at the end.",
)
@click.option("--seed", type=_FILE, help="Tenants and people to start with; default: the demo.")
@click.option("--redirect-uri", multiple=True, help="One more address sign-in may lead back to.")
@click.option("--tls-cert", type=_FILE, help="Certificate chain, to serve https.")
@click.option("--tls-key", type=_FILE, help="Private key of the certificate.")
@click.option("--login-url", default="", help="Login host that issuers name.")
def simulator(
    port: int,
    state: Path | None,
    seed: Path | None,
    redirect_uri: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    login_url: str,
) -> None:
    """Run a local Entra and Microsoft Graph with tenants, people, mail and faults."""
    if (tls_cert is None) != (tls_key is None):
        message = "--tls-cert and --tls-key belong together"
        raise click.UsageError(message)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    settings = Settings(
        port=port,
        state=state,
        seed=seed_in(seed) if seed else None,
        redirect_uris=redirect_uri,
        tls=(tls_cert, tls_key) if tls_cert and tls_key else None,
        login_url=login_url,
    )
    with start(settings) as running:
        click.echo(f"ready: {running.url}")
        ended.wait()
