"""Sealing: a secret that must be stored lies in the database encrypted, under a key that only the settings hold."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from selfservice.config.settings import Settings
from selfservice.model.directory import Secret
from selfservice.model.unable import UnableTo

PURPOSE = b"selfservice: redeem links at rest"
"""Binds the key to this one use, so that it opens nothing else that the same secret protects."""


def seal(settings: Settings, secret: Secret) -> str:
    """Return the secret encrypted and signed, fit to be stored."""
    return _box(settings).encrypt(secret.reveal().encode()).decode()


def unseal(settings: Settings, sealed: str) -> Secret:
    """Return the secret again, or fail where the key has changed since or somebody touched it."""
    try:
        return Secret(_box(settings).decrypt(sealed.encode()).decode())
    except InvalidToken as failure:
        raise UnableTo(
            "A stored link cannot be opened: the secret key of this installation has changed.",
            code="unsealable",
            owner="Whoever runs Selfservice",
            next_step="Try the delivery again, so that the guest gets a fresh link.",
        ) from failure


def _box(settings: Settings) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(settings.secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
