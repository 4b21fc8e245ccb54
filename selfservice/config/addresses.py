"""Checks of addresses and ids as settings: what is not exactly of the expected form is refused."""

import re
from urllib.parse import SplitResult, urlsplit

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})


def is_guid(text: str) -> bool:
    """Say whether this is a GUID in the usual form, in small letters, and not all zeros."""
    return GUID.fullmatch(text) is not None and set(text) != {"0", "-"}


def is_domain(text: str) -> bool:
    """Say whether this is a domain name in small letters (an international one in its xn-- form)."""
    return len(text) <= 253 and DOMAIN.fullmatch(text) is not None


def origin_parts(address: str) -> SplitResult | None:
    """Return the parts of an address that is a scheme, a host and perhaps a port, and nothing else; else None."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return None
    if parts.path or parts.query or parts.fragment or address.endswith(("?", "#")):
        return None
    expected = parts.hostname if port is None else f"{parts.hostname}:{port}"
    return parts if parts.netloc == expected and port != 0 else None


def is_secure_origin(address: str) -> bool:
    """Say whether this is https, a host and perhaps a port, in the one spelling that can be compared."""
    parts = origin_parts(address)
    return parts is not None and parts.scheme == "https" and address == address.lower()


def is_local_origin(address: str) -> bool:
    """Say whether this is plain http to this machine."""
    parts = origin_parts(address)
    return parts is not None and parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
