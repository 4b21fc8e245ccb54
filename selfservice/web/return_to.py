"""Where to go after signing in: a path of ours, and nothing that a browser could read as another site."""

from urllib.parse import unquote, urlsplit

FIRST_PAGE = "/"
LONGEST = 512


def safe_path(target: str | None) -> str:
    """Return the target if it is a plain path of this site, else the first page."""
    if not target or len(target) > LONGEST or not _is_plain(target):
        return FIRST_PAGE
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return FIRST_PAGE
    if not _is_plain(unquote(parts.path)) or unquote(parts.path).startswith("//"):
        return FIRST_PAGE
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _is_plain(text: str) -> bool:
    return (
        text.startswith("/")
        and not text.startswith("//")
        and "\\" not in text
        and "@" not in text
        and all(32 < ord(character) < 127 for character in text)
    )
