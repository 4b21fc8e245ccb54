"""A service that answers what a test tells it, one answer a request, and remembers what it was sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Self

from selfservice.config.clouds import SIMULATOR_HOST, Cloud
from selfservice.config.settings import Credential, CredentialKind
from selfservice.entra.directories import GraphDirectory
from selfservice.entra.meanings import Service
from selfservice.entra.tokens import AppTokens
from selfservice.entra.transport import Transport
from selfservice.entra.wire import Limits

PLACE = f"https://{SIMULATOR_HOST}"
CONTOSO = Service(name="Contoso", owner="The help desk of Contoso")


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """One answer. `lost` closes the connection instead, `cut` promises more than it sends, `hold` waits."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    kind: str = "application/json"
    lost: bool = False
    cut: bool = False
    hold: Event | None = None

    @property
    def payload(self) -> bytes:
        """What goes over the wire."""
        if self.content is not None:
            return self.content
        return b"" if self.status == 204 else json.dumps(self.body).encode()


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> object:
        """Its JSON."""
        return json.loads(self.content)


class Handler(BaseHTTPRequestHandler):
    """Answers from the script of its server."""

    server: "ScriptedServer"
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def answer(self) -> None:
        """Remember the request and give the next answer."""
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        heard = Heard(method=self.command, path=self.path, headers=headers, content=self.rfile.read(length))
        self.server.heard.append(heard)
        script = self.server.script.pop(0)
        if script.hold is not None:
            script.hold.wait(5)
        if script.lost:
            self.close_connection = True
            return
        self.send_response(script.status)
        for name, value in {"Content-Type": script.kind, "request-id": "the-request", **script.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(script.payload) + (10 if script.cut else 0)))
        self.end_headers()
        self.wfile.write(script.payload)
        self.close_connection = self.close_connection or script.cut


for method in ("GET", "POST", "PATCH", "DELETE"):
    setattr(Handler, f"do_{method}", Handler.answer)


class ScriptedServer(ThreadingHTTPServer):
    """A server that follows a script."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Scripted] = []
        self.heard: list[Heard] = []
        self._thread = Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def cloud(self) -> Cloud:
        """A cloud whose services are here."""
        return Cloud(name="scripted", login_url=PLACE, graph_url=PLACE, loopback=self.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


def app_tokens(server: ScriptedServer) -> AppTokens:
    """Return tokens that are asked for at a scripted service."""
    return AppTokens(
        tenant_id="22222222-bbbb-4bbb-8bbb-222222222222",
        cloud=server.cloud,
        credential=Credential(
            client_id="5e1f5e1f-0000-4000-8000-0000000000c1", kind=CredentialKind.SECRET, environment="THE_SECRET"
        ),
        service=CONTOSO,
        environ={"THE_SECRET": "hush"},
    )


class FixedTokens:
    """Tokens without a sign-in service; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.forgotten = 0

    def bearer(self, claims: str | None = None) -> str:
        """Return a token."""
        self.asked.append(claims)
        return f"token-{len(self.asked)}"

    def forget(self) -> None:
        """Count."""
        self.forgotten += 1


class Graph:
    """A transport to a scripted service, with what it was told and how it waited."""

    def __init__(self, server: ScriptedServer, limits: Limits | None = None) -> None:
        self.server = server
        self.tokens = FixedTokens()
        self.waits: list[float] = []
        self.transport = Transport(server.cloud, self.tokens, CONTOSO, limits=limits, pause=self.waits.append)
        self.directory = GraphDirectory(self.transport, app_tokens(server))

    def script(self, *answers: Scripted) -> None:
        """Say what comes next."""
        self.server.script.extend(answers)

    @property
    def heard(self) -> list[Heard]:
        """What came."""
        return self.server.heard


def error(status: int, code: str = "", message: str = "", **headers: str) -> Scripted:
    """Return an error in Graph's form."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Scripted(status=status, body={"error": {"code": code, "message": message}}, headers=told)
