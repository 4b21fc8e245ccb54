"""Takes a reserved name to a simulator on this machine, and nothing anywhere else."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL

from selfservice.config.clouds import SIMULATOR_HOST


class Loopback(HTTPAdapter):
    """Sends what is for one reserved name, as plain http, to an address of this machine."""

    def __init__(self, address: str, host: str = SIMULATOR_HOST) -> None:
        super().__init__()
        self._address = address.rstrip("/")
        self._host = host

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request for the reserved name; refuse any other, whatever the session was told."""
        parts = urlsplit(request.url or "")
        if (parts.scheme, parts.netloc) != ("https", self._host):
            raise InvalidURL("A loopback leads to the simulator alone.", request=request)
        request.headers["Host"] = self._host
        request.url = f"{self._address}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
        return super().send(request, stream=stream, timeout=timeout, proxies={})


def browser_url(login_url: str, loopback: str | None) -> str:
    """Return the address at which a browser finds the sign-in service: it cannot follow a loopback."""
    return login_url if loopback is None else loopback.replace("//127.0.0.1", "//localhost")
