"""Where the simulator can be reached, by browsers and by other programs."""

from dataclasses import dataclass
from urllib.parse import urlsplit

RESERVED_HOST = "entra.simulator.localhost"


@dataclass(frozen=True, kw_only=True)
class Site:
    """Know the addresses the simulator answers under."""

    port: int
    tls: bool = False
    login_url: str = ""

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
        return self.front if self.tls else f"https://{RESERVED_HOST}"

    def back(self, host: str) -> str:
        """Return the scheme and host that a caller of this host must be given to call again."""
        if host == urlsplit(self.login).netloc or host.partition(":")[0] == RESERVED_HOST:
            return f"https://{host}"
        return f"{'https' if self.tls else 'http'}://{host}"

    def issuer(self, tenant: str) -> str:
        """Return the issuer of a tenant's tokens."""
        return f"{self.login}/{tenant}/v2.0"
