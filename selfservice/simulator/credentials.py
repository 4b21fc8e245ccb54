"""The secrets and certificates of the app registrations, made on first need and never in a seed."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    Certificate,
    CertificateBuilder,
    Name,
    NameAttribute,
    load_pem_x509_certificate,
    random_serial_number,
)
from cryptography.x509.oid import NameOID

from selfservice.simulator.login.keys import key_pem, new_key


@dataclass(frozen=True, kw_only=True)
class Credential:
    """Be what one app proves itself with: a secret, or a key with its certificate."""

    secret: str = field(default="", repr=False)
    pem: str = field(default="", repr=False)

    @property
    def certificate(self) -> Certificate | None:
        """Return the certificate, if this is one."""
        return load_pem_x509_certificate(self.pem.encode()) if self.pem else None


class Credentials:
    """Hold one credential per app, in files if there is a place for them."""

    def __init__(self, folder: Path | None) -> None:
        """Keep files in the folder, or nothing but memory."""
        self._folder = folder
        self._known: dict[str, Credential] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def of(self, client_id: str) -> Credential:
        """Return the credential of an app; an app without one has an empty one."""
        return self._known.get(client_id, Credential())

    def path(self, client_id: str) -> Path | None:
        """Return the file an app's credential is kept in."""
        if self._folder is None:
            return None
        ending = "pem" if self.of(client_id).pem else "secret"
        return self._folder / f"{client_id}.{ending}"

    def ensure(self, client_id: str, kind: str) -> Credential:
        """Find or make the credential of an app; a file that is there is used as it is."""
        if kind == "secret":
            text = self._kept(f"{client_id}.secret", lambda: secrets.token_urlsafe(30))
            self._known[client_id] = Credential(secret=text.strip())
        elif kind == "certificate":
            text = self._kept(f"{client_id}.pem", lambda: _certificate_of(client_id))
            self._known[client_id] = Credential(pem=text)
        return self.of(client_id)

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        if self._folder is None:
            return make()
        path = self._folder / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(make() + "\n", "utf-8")
        return path.read_text("utf-8")


@cache
def _certificate_of(client_id: str) -> str:
    key = new_key()
    name = Name([NameAttribute(NameOID.COMMON_NAME, client_id)])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=730))
        .sign(key, SHA256())
    )
    return key_pem(key).decode() + certificate.public_bytes(Encoding.PEM).decode()
