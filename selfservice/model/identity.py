"""Who signed in, and the way there, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class VerifiedIdentity:
    """Who signed in, as a verified id_token says: nothing in here was taken on trust."""

    tenant_id: str
    object_id: str
    display_name: str
    user_name: str
    roles: frozenset[str]
    session_hint: str | None
    login_hint: str | None


@dataclass(frozen=True, kw_only=True)
class SignInStart:
    """Where to send the browser, and what to keep on our side until it comes back (a secret)."""

    url: str = field(repr=False)
    flow: Mapping[str, object] = field(repr=False)
