"""Starts the simulator: in a thread for tests, or until a signal for people."""

import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread, current_thread
from types import TracebackType
from typing import Any, Self

from selfservice.simulator.credentials import Credentials
from selfservice.simulator.directory.registration import Registration
from selfservice.simulator.front import Front
from selfservice.simulator.login.keys import keys_in, passing_keys
from selfservice.simulator.seeding import demo_seed, plant
from selfservice.simulator.site import Site
from selfservice.simulator.storage import NoStorage, SqliteStorage
from selfservice.simulator.wire import Handler
from selfservice.simulator.world import World

SEEDED_AGO = timedelta(days=1)

_PATIENCE = 5.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Say how a simulator is run."""

    port: int = 0
    state: Path | None = None
    seed: dict[str, Any] | None = None
    redirect_uris: Sequence[str] = ()
    tls: tuple[Path, Path] | None = None
    login_url: str = ""


class Server(ThreadingHTTPServer):
    """Serve one world, each connection in a thread of its own."""

    daemon_threads = True
    request_queue_size = 128
    front: Front

    def __init__(self, address: tuple[str, int]) -> None:
        """Listen at an address."""
        super().__init__(address, Handler)
        self._open: dict[Thread, socket.socket] = {}

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, and know it while it lasts."""
        self._open[current_thread()] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._open[current_thread()]

    def hang_up(self) -> None:
        """End every connection, and wait for what is being answered."""
        for thread, connection in list(self._open.items()):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
            thread.join(_PATIENCE)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about callers that hang up."""


class RunningSimulator:
    """Be a simulator that accepts connections; leaving the context ends it."""

    def __init__(self, server: Server, world: World) -> None:
        """Serve in a thread."""
        self._server = server
        self.world = world
        self._thread = Thread(target=server.serve_forever, args=(0.02,), name="simulator")
        self._thread.start()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return self.world.site.port

    @property
    def url(self) -> str:
        """Return the address a program on this machine calls."""
        return self.world.site.url

    def stop(self) -> None:
        """End it: held calls are let go, the state is closed."""
        self.world.faults.drop()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server.hang_up()
        self.world.storage.close()

    def __enter__(self) -> Self:
        """Be ready to use."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self.stop()


def start(settings: Settings | None = None) -> RunningSimulator:
    """Start a simulator and return once it accepts connections."""
    settings = settings or Settings()
    server = Server(("127.0.0.1", settings.port))
    if settings.tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*settings.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site = Site(
        port=server.server_address[1],
        tls=settings.tls is not None,
        login_url=settings.login_url,
    )
    world = _world(settings, site)
    server.front = Front(world)
    return RunningSimulator(server, world)


def _world(settings: Settings, site: Site) -> World:
    state = settings.state
    if state is None:
        world = World(storage=NoStorage(), keys=passing_keys(), credentials=Credentials(None), site=site)
    else:
        state.mkdir(parents=True, exist_ok=True)
        world = World(
            storage=SqliteStorage(state / "simulator.sqlite3"),
            keys=keys_in(state),
            credentials=Credentials(state / "credentials"),
            site=site,
        )
    if not world.load():
        # A day ago, so that nothing of the seed is still being copied to a tenant that lags.
        world.clock.offset = -SEEDED_AGO
        plant(world, settings.seed or demo_seed())
        world.clock.offset = timedelta()
    for app in list(world.apps.values()):
        world.credentials.ensure(app.client_id, app.credential)
        if app.redirect_uris:
            world.add_app(_with_redirects(app, settings.redirect_uris))
    return world


def _with_redirects(app: Registration, more: Sequence[str]) -> Registration:
    known = list(dict.fromkeys((*app.redirect_uris, *more)))
    return replace(app, redirect_uris=known)
