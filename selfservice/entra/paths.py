"""Builds the paths of Graph: an id is checked before it becomes part of one."""

import re
from urllib.parse import quote

GUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
OPAQUE = re.compile(r"[A-Za-z0-9_=+/-]{1,1000}")


def guid(value: str) -> str:
    """Return a GUID in small letters. Raises `ValueError` for anything else."""
    if GUID.fullmatch(value) is None:
        raise ValueError("This is no directory object's id.")
    return value.lower()


def is_guid(value: object) -> bool:
    """Say whether a value is a GUID."""
    return isinstance(value, str) and GUID.fullmatch(value) is not None


def opaque(value: str) -> str:
    """Return an id that is not a GUID, percent-encoded as one segment. Raises `ValueError` for what is no id."""
    if OPAQUE.fullmatch(value) is None:
        raise ValueError("This is no id.")
    return quote(value, safe="")


def address(value: str) -> str:
    """Return a mailbox's address as one segment."""
    if not value or value in (".", ".."):
        raise ValueError("This is no address.")
    return quote(value, safe="@")
