"""The two keys that sign all tokens, published under every tenant's issuer."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.types import Options

# Times and audiences are judged by the reader, on the clock that is right for it.
SIGNATURE_ONLY: Options = {"verify_exp": False, "verify_aud": False, "verify_nbf": False, "verify_iat": False}


class SigningKeys:
    """Sign tokens with the first key; the second one is the next in line."""

    def __init__(self, keys: tuple[RSAPrivateKey, RSAPrivateKey]) -> None:
        """Take the two keys."""
        self._current = keys[0]
        self._public: dict[str, RSAPublicKey] = {key_id(key): key.public_key() for key in keys}
        self._kid = key_id(keys[0])

    def sign(self, claims: dict[str, Any]) -> str:
        """Write claims as a signed token."""
        return jwt.encode(claims, self._current, algorithm="RS256", headers={"kid": self._kid})

    def read(self, token: str) -> dict[str, Any]:
        """Read a token of ours; raise jwt.InvalidTokenError for a foreign or spoilt one."""
        key = self._public.get(jwt.get_unverified_header(token).get("kid", ""))
        if key is None:
            reason = "unknown signing key"
            raise jwt.InvalidTokenError(reason)
        return jwt.decode(token, key, algorithms=["RS256"], options=SIGNATURE_ONLY)

    def published(self, issuer: str) -> list[dict[str, Any]]:
        """Give the public keys as a key set that names its issuer."""
        return [
            {
                "kty": "RSA",
                "use": "sig",
                "kid": kid,
                "x5t": kid,
                "n": _number(key.public_numbers().n),
                "e": _number(key.public_numbers().e),
                "issuer": issuer,
            }
            for kid, key in self._public.items()
        ]


def key_id(key: RSAPrivateKey) -> str:
    """Name a key by the hash of its public half."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(public).digest())[:27].decode()


def keys_in(state: Path, cloud: str = "") -> SigningKeys:
    """Read the keys of a cloud from a state directory, making them on the first start."""
    prefix = f"signing-{cloud}-" if cloud else "signing-"
    first, second = (_stored(state / f"{prefix}{name}.pem") for name in ("current", "next"))
    return SigningKeys((first, second))


@cache
def passing_keys(cloud: str = "") -> SigningKeys:
    """Make keys of a cloud that live as long as this process."""
    return SigningKeys((new_key(), new_key()))


def new_key() -> RSAPrivateKey:
    """Make a fresh RSA key."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def key_pem(key: RSAPrivateKey) -> bytes:
    """Write a private key as text."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _stored(path: Path) -> RSAPrivateKey:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(key_pem(new_key()))
    # We wrote this file ourselves: checking the primes again would cost most of the start.
    key = load_pem_private_key(path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(path)
    return key


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
