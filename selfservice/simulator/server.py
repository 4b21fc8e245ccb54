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
from selfservice.simulator.login.sessions import Sessions
from selfservice.simulator.seeding import Seed, clouds_of, demo_seed, plant
from selfservice.simulator.site import Site
from selfservice.simulator.storage import NoStorage, SqliteStorage, Storage
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

    def __init__(self, servers: Sequence[Server], world: World) -> None:
        """Serve each cloud in a thread."""
        self._servers = servers
        self.world = world
        self._threads = [
            Thread(target=server.serve_forever, args=(0.02,), name=f"simulator-{number}")
            for number, server in enumerate(servers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return self.world.site.port

    @property
    def url(self) -> str:
        """Return the address a program on this machine calls."""
        return self.world.site.url

    @property
    def clouds(self) -> dict[str, str]:
        """Return the address of every cloud by its name; the first one has none."""
        return {name: cloud.site.url for name, cloud in self.world.clouds.items()}

    def stop(self) -> None:
        """End it: held calls are let go, the state is closed."""
        self.world.faults.drop()
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()
            server.hang_up()
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
    seed = settings.seed or demo_seed()
    storage = _storage(settings.state)
    kept = {str(body.get("cloud", "")) for _, _, body in storage.rows("tenants")}
    names = ("", *sorted(kept.union(clouds_of(seed)) - {""}))
    servers = {name: _server(settings, port=0 if name else settings.port) for name in names}
    world = _empty_world(storage, settings.state, [_site(settings, *each) for each in servers.items()])
    _fill(world, settings, seed)
    sessions = Sessions()
    for name, server in servers.items():
        server.front = Front(world.clouds[name], sessions)
    return RunningSimulator(tuple(servers.values()), world)


def _server(settings: Settings, *, port: int) -> Server:
    server = Server(("127.0.0.1", port))
    if settings.tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*settings.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server


def _site(settings: Settings, cloud: str, server: Server) -> Site:
    login_url = "" if cloud else settings.login_url
    return Site(port=server.server_address[1], tls=settings.tls is not None, login_url=login_url, cloud=cloud)


def _fill(world: World, settings: Settings, seed: Seed) -> None:
    world.load()
    # A day ago, so that nothing of the seed is still being copied to a tenant that lags.
    offset, world.clock.offset = world.clock.offset, world.clock.offset - SEEDED_AGO
    if not world.everywhere or seed["tenants"][0]["id"] in world.everywhere:
        plant(world, seed)
    world.clock.offset = offset
    world.save()
    for cloud in world.clouds.values():
        for app in list(cloud.apps.values()):
            world.credentials.ensure(app.client_id, app.credential)
            if app.redirect_uris:
                cloud.add_app(_with_redirects(app, settings.redirect_uris))


def _storage(state: Path | None) -> Storage:
    if state is None:
        return NoStorage()
    state.mkdir(parents=True, exist_ok=True)
    return SqliteStorage(state / "simulator.sqlite3")


def _empty_world(storage: Storage, state: Path | None, sites: Sequence[Site]) -> World:
    keys = {site.cloud: passing_keys(site.cloud) if state is None else keys_in(state, site.cloud) for site in sites}
    credentials = Credentials(None if state is None else state / "credentials")
    first, *others = sites
    world = World(storage=storage, keys=keys[first.cloud], credentials=credentials, site=first)
    for site in others:
        world.beside(keys=keys[site.cloud], site=site)
    return world


def _with_redirects(app: Registration, more: Sequence[str]) -> Registration:
    known = list(dict.fromkeys((*app.redirect_uris, *more)))
    return replace(app, redirect_uris=known)
