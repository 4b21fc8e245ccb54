"""Takes addresses and links out of texts before they are logged."""

import re

ADDRESS = re.compile(r"[^\s'\"<>(),;:]+(?:@|%40)[^\s'\"<>(),;:]+|[^\s'\"<>(),;:/]*#EXT#[^\s'\"<>(),;:]*", re.IGNORECASE)
LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def scrub(text: str, *, limit: int = 300) -> str:
    """Return a text without mail addresses and links, and not longer than `limit`."""
    return ADDRESS.sub("***", LINK.sub("***", text))[:limit]
