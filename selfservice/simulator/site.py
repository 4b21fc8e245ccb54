"""Where the simulator can be reached, by browsers and by other programs."""

from dataclasses import dataclass
from urllib.parse import urlsplit

RESERVED = ".simulator.localhost"
"""What every name ends with that stands for a host of a cloud: it is reserved, and leads nowhere by itself."""

FIRST_HOST = f"entra{RESERVED}"
"""The login and Graph host of the cloud without a name."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Know the addresses the simulator answers under."""

    port: int
    tls: bool = False
    login_url: str = ""
    cloud: str = ""

    @property
    def url(self) -> str:
        """Return the address a program on this machine calls."""
        return f"https://localhost:{self.port}" if self.tls else f"http://127.0.0.1:{self.port}"

    @property
    def front(self) -> str:
        """Return the address a browser on this machine opens."""
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    @property
    def login(self) -> str:
        """Return the login host that issuers name."""
        if self.login_url:
            return self.login_url.rstrip("/")
        return self.front if self.tls else self._place("login")

    @property
    def graph(self) -> str:
        """Return the Graph host, which is the audience of tokens for it."""
        return self.login if self.tls or self.login_url else self._place("graph")

    def back(self, host: str) -> str:
        """Return the scheme and host that a caller of this host must be given to call again."""
        if host == urlsplit(self.login).netloc or host.partition(":")[0].endswith(RESERVED):
            return f"https://{host}"
        return f"{'https' if self.tls else 'http'}://{host}"

    def is_elsewhere(self, host: str) -> bool:
        """Tell whether a host is one of another cloud."""
        own = {urlsplit(self._place(kind)).netloc for kind in ("login", "graph")}
        return host.endswith(RESERVED) and host not in own | {urlsplit(self.login).netloc}

    def issuer(self, tenant: str) -> str:
        """Return the issuer of a tenant's tokens."""
        return f"{self.login}/{tenant}/v2.0"

    def _place(self, kind: str) -> str:
        return f"https://{kind}.{self.cloud}{RESERVED}" if self.cloud else f"https://{FIRST_HOST}"
