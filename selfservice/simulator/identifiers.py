"""Ids as the services make them: GUIDs, and the longer ones of app role assignments."""

import secrets
import uuid


def new_id() -> str:
    """Make a fresh object id."""
    return str(uuid.uuid4())


def derived_id(*parts: str) -> str:
    """Make the object id that always belongs to these names."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def assignment_id() -> str:
    """Make an app role assignment id, which is not a GUID."""
    return secrets.token_urlsafe(32)


def is_guid(text: str) -> bool:
    """Tell whether a text is written as a GUID."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
