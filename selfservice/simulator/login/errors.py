"""A refusal of the identity platform, as JSON for programs and as a query for browsers."""

import re
from urllib.parse import urlencode, urlsplit, urlunsplit

from werkzeug.wrappers import Response

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.identifiers import new_id
from selfservice.simulator.texts import TEXTS
from selfservice.simulator.web import as_json
from selfservice.simulator.world import World


class LoginError(Exception):
    """Refuse a sign-in or a token with an OAuth error and an AADSTS text."""

    def __init__(self, case: str, /, **values: str) -> None:
        """Take the refusal that the data file holds under a name."""
        text = TEXTS[case]
        self.status = text.status
        self.code = text.code
        self.text = text.fill(**values)
        super().__init__(self.text)

    def described(self, world: World, correlation: str = "") -> Properties:
        """Give the body that a program reads."""
        number = re.search(r"AADSTS(\d+)", self.text)
        at = world.clock.now().strftime("%Y-%m-%d %H:%M:%SZ")
        trace, correlation = new_id(), correlation or new_id()
        return {
            "error": self.code,
            "error_description": f"{self.text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}",
            "error_codes": [int(number.group(1))] if number else [],
            "timestamp": at,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": "https://login.microsoftonline.com/error" + (f"?code={number.group(1)}" if number else ""),
        }

    def answer(self, world: World, correlation: str = "") -> Response:
        """Answer a program."""
        return as_json(self.described(world, correlation), self.status)


def with_query(url: str, values: dict[str, str]) -> str:
    """Append values to the query of an address."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(values)) if part)
    return urlunsplit(parts._replace(query=query))
