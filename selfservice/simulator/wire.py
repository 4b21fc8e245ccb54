"""The HTTP half of the server: kept-alive connections that can also break on purpose."""

import io
import socket
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from selfservice.simulator.connection import Connection, DroppedError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

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

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = answer

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

        body = b"".join(self.server.front(environ, start_response))
        status, headers = heads[0]
        number, _, reason = status.partition(" ")
        self.send_response(int(number), reason.title())
        bodiless = int(number) in (204, 304)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if not bodiless:
            self.send_header("Content-Length", str(len(body)))
        if connection.truncated:
            body = body[: len(body) // 2]
            self.close_connection = True
        if not bodiless and self.command != "HEAD":
            self._headers_buffer.append(b"\r\n")  # type: ignore[attr-defined]
            head = b"".join(self._headers_buffer)  # type: ignore[attr-defined]
            self._headers_buffer = []
            self.wfile.write(head + body)
        else:
            self.end_headers()

    def _break(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
