"""Sends one request over HTTPS and reads the whole answer, within limits. It follows nothing and keeps nothing."""

import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout, InvalidURL, RequestException
from urllib3.exceptions import NewConnectionError, ProxyError

from selfservice.config.clouds import Cloud
from selfservice.entra.loopback import Loopback

ADDRESS = re.compile(r"[!#-\[\]-~]+")
"""What an address may be made of: visible ASCII, without the quotation mark and the backslash (parsers disagree)."""


class ForeignAddress(Exception):
    """The address is not at the one place that this wire leads to. Nothing was sent."""


class NoAnswer(Exception):
    """No whole answer came back. `sent`: the request may have arrived. `tls`: the other side is not trusted."""

    def __init__(self, *, sent: bool, tls: bool = False) -> None:
        super().__init__("no answer")
        self.sent = sent
        self.tls = tls


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long, in seconds, and how much, in bytes, one exchange may take. `read` is between two pieces."""

    connect: float = 5
    read: float = 30
    total: float = 40
    size: int = 32 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One request. Its repr shows neither headers nor content."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One whole answer. Header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Without this, requests would put a password of a .netrc file in the place of our token.
    return request


class Wire:
    """A pool of connections to one place (scheme, host and port); safe to share between threads."""

    def __init__(self, cloud: Cloud, place: str, limits: Limits | None = None) -> None:
        self._start = f"{place}/"
        self._limits = limits or Limits()
        # Given with each request, the bundle wins over REQUESTS_CA_BUNDLE; set on the session, it would not.
        self._verify: bool | str = str(cloud.ca_bundle) if cloud.ca_bundle else True
        self._session = requests.Session()
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": "Selfservice", "Accept-Encoding": "gzip"})
        self._session.auth = _no_login
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Nowhere())
        if cloud.loopback is None:
            self._session.mount(self._start, HTTPAdapter(pool_maxsize=16, max_retries=0))
        else:
            self._session.trust_env = False
            self._session.mount(self._start, Loopback(cloud.loopback, urlsplit(place).netloc))

    def send(self, outgoing: Outgoing) -> Reply:
        """Send a request once. Raises `ForeignAddress` before, and `NoAnswer` after, the first byte."""
        if not self.leads_to(outgoing.url):
            raise ForeignAddress
        ends_at = time.monotonic() + self._limits.total
        try:
            with self._session.request(
                outgoing.method,
                outgoing.url,
                headers=dict(outgoing.headers),
                data=outgoing.content,
                timeout=(self._limits.connect, self._limits.read),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
            ) as response:
                return Reply(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    content=self._content(response, ends_at),
                )
        except InvalidURL as failure:
            raise ForeignAddress from failure
        except RequestException as failure:
            raise _no_answer(failure) from failure

    def leads_to(self, url: str) -> bool:
        """Say whether an address is at this wire's place, in the one spelling that no parser reads otherwise."""
        return url.startswith(self._start) and ADDRESS.fullmatch(url) is not None

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def _content(self, response: requests.Response, ends_at: float) -> bytes:
        pieces, size = [], 0
        for piece in response.iter_content(65536):
            size += len(piece)
            if size > self._limits.size or time.monotonic() > ends_at:
                raise NoAnswer(sent=True)
            pieces.append(piece)
        return b"".join(pieces)


class Nowhere(HTTPAdapter):
    """Stands where a session must not lead: every request that comes here is refused."""

    def send(self, request: requests.PreparedRequest, *_args: object, **_options: object) -> requests.Response:
        """Refuse to send."""
        raise InvalidURL("This session leads to one place alone.", request=request)


def _no_answer(failure: RequestException) -> NoAnswer:
    reason = getattr(failure.args[0], "reason", None) if failure.args else None
    distrust = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in getattr(reason, "args", ()))
    never_left = isinstance(failure, ConnectTimeout) or isinstance(reason, NewConnectionError | ProxyError)
    return NoAnswer(sent=not never_left and not distrust, tls=distrust)
