"""App registrations: who may ask for tokens, how it proves itself, and where answers go."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass(kw_only=True)
class Registration:
    """Describe one app registration of the identity platform."""

    client_id: str
    name: str
    tenant: str
    credential: str = "secret"
    redirect_uris: list[str] = field(default_factory=list)
    logout_url: str = ""
    optional_claims: list[str] = field(default_factory=list)
    mail_scope: list[str] | None = None
    federated: list[dict[str, Any]] = field(default_factory=list)

    def allows_redirect(self, uri: str) -> bool:
        """Tell whether a redirect address is registered; any port of localhost counts as one."""
        return any(uri == known or _same_loopback(uri, known) for known in self.redirect_uris)


def _same_loopback(uri: str, known: str) -> bool:
    asked, registered = urlsplit(uri), urlsplit(known)
    return (
        registered.scheme == asked.scheme == "http"
        and registered.hostname == asked.hostname == "localhost"
        and (registered.path or "/") == (asked.path or "/")
        and registered.query == asked.query
        and asked.fragment == ""
    )
