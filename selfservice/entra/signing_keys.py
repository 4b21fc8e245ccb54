"""The public keys of the sign-in service: fetched when needed, kept for a day, asked again for one that is unknown."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

KEPT_FOR: Final = 86400.0
PAUSE: Final = 5.0
"""How many seconds after a fetch an unknown key is taken for a forgery, without asking again."""

SHORTEST_KEY: Final = 2048


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A key and, where the service says so, the only issuer whose tokens it may sign (`{tenantid}` for any tenant)."""

    key: RSAPublicKey
    issuer: str | None

    def may_sign_for(self, issuer: str, tenant_id: str) -> bool:
        """Say whether tokens of this issuer may be signed with the key."""
        return self.issuer is None or self.issuer.replace("{tenantid}", tenant_id) == issuer


class SigningKeys:
    """The keys by their id, from a function that fetches the service's key set."""

    def __init__(self, fetch: Callable[[], Mapping[str, object]], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at: float | None = None

    def find(self, key_id: str) -> SigningKey | None:
        """Return a key, or None for one that the service does not publish. Raises `UnableTo`."""
        with self._lock:
            age = KEPT_FOR if self._fetched_at is None else self._clock() - self._fetched_at
            if age >= KEPT_FOR or (key_id not in self._keys and age >= PAUSE):
                self._keys = read_key_set(self._fetch())
                self._fetched_at = self._clock()
            return self._keys.get(key_id)


def read_key_set(document: Mapping[str, object]) -> dict[str, SigningKey]:
    """Return the RSA signing keys of a key set; anything else in it is left out."""
    entries = document.get("keys")
    found = {}
    for entry in entries if isinstance(entries, list) else []:
        key = _read_key(entry) if isinstance(entry, dict) else None
        if key is not None:
            found[str(entry["kid"])] = key
    return found


def _read_key(entry: dict[str, object]) -> SigningKey | None:
    issuer = entry.get("issuer")
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or not isinstance(entry.get("kid"), str):
        return None
    if entry.get("alg", "RS256") != "RS256" or not isinstance(issuer, str | None):
        return None
    try:
        key = jwt.PyJWK(entry, algorithm="RS256").key
    except jwt.PyJWTError:
        return None
    if not isinstance(key, RSAPublicKey) or key.key_size < SHORTEST_KEY:
        return None
    return SigningKey(key=key, issuer=issuer)
