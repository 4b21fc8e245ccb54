"""The link of a guest whose access is being removed: signed, so that nobody makes one up, and good for one sentence."""

import hashlib
import hmac

from selfservice.config.settings import Settings
from selfservice.model.refusal import NotFound

PURPOSE = b"selfservice: still needed:"
"""Binds the signature to this one use of the key."""

ID_LENGTH = 32


def link(settings: Settings, run_id: str, item_id: str) -> str:
    """Return the address that the guest is mailed."""
    return f"{settings.base_url}/still-needed/{run_id}{item_id}{_signature(settings, run_id, item_id)}"


def read(settings: Settings, token: str) -> tuple[str, str]:
    """Return run and item of a token, or refuse one that we did not make."""
    run_id, item_id, signature = token[:ID_LENGTH], token[ID_LENGTH : 2 * ID_LENGTH], token[2 * ID_LENGTH :]
    if not hmac.compare_digest(signature.encode(), _signature(settings, run_id, item_id).encode()):
        raise NotFound
    return run_id, item_id


def _signature(settings: Settings, run_id: str, item_id: str) -> str:
    told = PURPOSE + f"{run_id}{item_id}".encode()
    return hmac.new(settings.secret_key.encode(), told, hashlib.sha256).hexdigest()
