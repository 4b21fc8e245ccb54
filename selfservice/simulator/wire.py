"""The HTTP half of the server: kept-alive connections that can also break on purpose."""

import io
import socket
import traceback
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from selfservice.simulator.connection import Connection, DroppedError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LARGEST_BODY = 20_000_000


class Handler(BaseHTTPRequestHandler):
    """Turn each request of a connection into a call of the front."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Any

    def answer(self) -> None:
        """Answer one request, or break the connection if that is asked for."""
        connection = Connection(self.connection)
        try:
            environ = self._environ(connection)
            self._send(environ, connection)
        except DroppedError:
            self._break()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def do_GET(self) -> None:
        """Answer a GET."""
        self.answer()

    def do_POST(self) -> None:
        """Answer a POST."""
        self.answer()

    def do_PATCH(self) -> None:
        """Answer a PATCH."""
        self.answer()

    def do_PUT(self) -> None:
        """Answer a PUT."""
        self.answer()

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self.answer()

    def do_HEAD(self) -> None:
        """Answer a HEAD."""
        self.answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: what was written is in the ledger."""

    def _environ(self, connection: Connection) -> "WSGIEnvironment":
        path, _, query = self.path.partition("?")
        host, port = self.server.server_address[:2]
        body = self._body()
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_PROTOCOL": self.request_version,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https" if self.server.front.world.site.tls else "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
            "werkzeug.socket": self.connection,
            "simulator.connection": connection,
        }
        for name, value in self.headers.items():
            environ.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        return environ

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = min(int(self.headers.get("Content-Length") or 0), _LARGEST_BODY)
        return self.rfile.read(length) if length else b""

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _send(self, environ: "WSGIEnvironment", connection: Connection) -> None:
        heads: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            heads.append((status, headers))
            return lambda data: None

        body = b"".join(self._answered(environ, start_response))
        status, headers = heads[0]
        bodiless = status.startswith(("204", "304"))
        lines = [f"HTTP/1.1 {status}", f"Date: {self.date_time_string()}", "Server: Simulator"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() != "content-length"]
        if not bodiless:
            lines.append(f"Content-Length: {len(body)}")
        if connection.truncated:
            body = body[: len(body) // 2]
            self.close_connection = True
        head = "\r\n".join((*lines, "", "")).encode("latin-1")
        # One packet: a head that travels alone would wait for its acknowledgement.
        self.wfile.write(head if bodiless or self.command == "HEAD" else head + body)

    def _answered(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            answer: Iterable[bytes] = self.server.front(environ, start_response)
        except (DroppedError, ConnectionError):
            raise
        except Exception:
            # A fault of the simulator itself must be seen, by its keeper and by the caller.
            traceback.print_exc()
            start_response("500 Simulator Error", [("Content-Type", "text/plain")])
            return [traceback.format_exc().encode()]
        return answer

    def _break(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
