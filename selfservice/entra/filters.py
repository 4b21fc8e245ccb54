"""Builds OData queries: the one place where a value becomes part of one."""

from collections.abc import Mapping
from urllib.parse import quote


def literal(text: str) -> str:
    """Return a text as an OData string, with its quotes doubled, so that nothing in it can end the string."""
    return "'" + text.replace("'", "''") + "'"


def query(options: Mapping[str, str]) -> str:
    """Return query options as the end of an address, percent-encoded."""
    return "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())


def by_address(address: str) -> str:
    """Return the filter for users that have a mail address, in whatever place.

    https://learn.microsoft.com/graph/api/user-list
    """
    plain = literal(address)
    proxies = " or ".join(f"p eq {literal(kind + address)}" for kind in ("SMTP:", "smtp:"))
    return f"mail eq {plain} or otherMails/any(o:o eq {plain}) or proxyAddresses/any(p:{proxies})"
