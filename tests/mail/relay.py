"""SMTP relays on loopback: a real one (aiosmtpd) that takes mail, and a scripted one that refuses and breaks."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from aiosmtpd.smtp import AuthResult

from selfservice.config.settings import MailKind, MailSettings, SmtpSettings

HANG_UP = "hang up"


class Inbox(MessageHandler):
    """Keeps what the relay took."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.taken.append(message)


def settings_for(port: int, **changes: object) -> MailSettings:
    facts: dict[str, object] = {"host": "localhost", "port": port, "starttls": False}
    return MailSettings(
        kind=MailKind.SMTP,
        sender="selfservice@contoso.example",
        sender_name="Selfservice, of Contoso",
        smtp=SmtpSettings(**{**facts, **changes}),  # type: ignore[arg-type]
    )


@contextmanager
def relay(*, tls: ssl.SSLContext | None = None, password: str | None = None) -> Iterator[tuple[Inbox, int]]:
    """Run a relay; with `password` it takes mail only from who signs in with it."""
    inbox, port = Inbox(), _free_port()

    def authenticate(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
        right = getattr(data, "password", b"").decode() == password
        return AuthResult(success=right, handled=False)

    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=port,
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=authenticate,
        auth_required=password is not None,
    )
    controller.start()
    try:
        yield inbox, port
    finally:
        controller.stop()


def _free_port() -> int:
    """Return a port that nobody listens at: aiosmtpd has to be told one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Script:
    """What the scripted relay answers: by the command's first word, `greeting`, or `message` for the mail itself."""

    answers: Mapping[str, str]
    taken: list[bytes] = field(default_factory=list)

    def converse(self, conversation: socketserver.StreamRequestHandler) -> None:
        """Hold one conversation, until either side hangs up."""
        if not self._say(conversation, "greeting", "220 ready"):
            return
        while line := conversation.rfile.readline():
            command = line.split()[0].decode().upper()
            if not self._say(conversation, command, "354 go on" if command == "DATA" else "250 ok"):
                return
            if command == "DATA" and "DATA" not in self.answers:
                self.taken.append(_message(conversation))
                if not self._say(conversation, "message", "250 taken"):
                    return

    def _say(self, conversation: socketserver.StreamRequestHandler, to: str, usual: str) -> bool:
        answer = self.answers.get(to, usual)
        if answer != HANG_UP:
            conversation.wfile.write(f"{answer}\r\n".encode())
        return answer != HANG_UP


def _message(conversation: socketserver.StreamRequestHandler) -> bytes:
    lines: list[bytes] = []
    while (line := conversation.rfile.readline()) not in (b".\r\n", b""):
        lines.append(line)
    return b"".join(lines)


@contextmanager
def scripted(**answers: str) -> Iterator[tuple[Script, int]]:
    """Run a relay that answers as told; the answer `HANG_UP` breaks the connection instead."""
    script = Script(answers)

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            script.converse(self)

    with socketserver.TCPServer(("127.0.0.1", 0), Conversation) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield script, int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
