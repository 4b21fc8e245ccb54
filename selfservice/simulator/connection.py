"""The raw connection behind a request: truncated answers, and callers that went away."""

import select
import socket
import time
from typing import Any

from selfservice.simulator.faults import Fault

_LONGEST_HOLD = 600.0


class DroppedError(Exception):
    """Ask the server to close the connection without an answer."""


class Connection:
    """Be the connection a request came in on."""

    def __init__(self, sock: socket.socket) -> None:
        """Watch this socket."""
        self._socket = sock
        self.truncated = False

    def truncate(self) -> None:
        """Make the server stop in the middle of the answer."""
        self.truncated = True

    @property
    def gone(self) -> bool:
        """Tell whether the caller has closed its side."""
        readable, _, _ = select.select([self._socket], [], [], 0)
        if not readable:
            return False
        try:
            return self._socket.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            # A TLS socket cannot be peeked at; while an answer is due, only an end is readable.
            return True


def wait_for_release(fault: Fault, environ: dict[str, Any]) -> None:
    """Hold a call until it is let go or the caller has gone."""
    connection: Connection = environ["simulator.connection"]
    end = time.monotonic() + (fault.seconds or _LONGEST_HOLD)
    while time.monotonic() < end and not fault.released.wait(0.05):
        if connection.gone:
            return
