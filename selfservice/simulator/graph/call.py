"""One call of Graph, its answer, and the table that leads from one to the other."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.graph.bodies import check_types
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.world import World

_REPEATED = frozenset(("@odata.type", "@odata.context", "@odata.etag"))


@dataclass(kw_only=True)
class Answer:
    """Be what a call gets back: an object, a bare text, or nothing."""

    status: int = 200
    body: Properties | None = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class Call:
    """Be one authorised call: who asks what of which tenant."""

    world: World
    tenant: Tenant
    app: str
    roles: frozenset[str]
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    payload: bytes
    root: str
    version: str
    request_id: str
    client_request_id: str
    args: dict[str, str] = field(default_factory=dict)
    lag: float | None = None
    effect: str = ""

    def __getitem__(self, name: str) -> str:
        """Return a named part of the path."""
        return self.args[name]

    @property
    def base(self) -> str:
        """Return the address all paths of this version hang under."""
        return f"{self.root}/{self.version}"

    @property
    def advanced(self) -> bool:
        """Tell whether the caller accepts eventual consistency."""
        return self.header("ConsistencyLevel").lower() == "eventual"

    def header(self, name: str) -> str:
        """Return a request header, empty if absent."""
        return self.headers.get(name.lower(), "")

    def json(self) -> Properties:
        """Read the body as a JSON object."""
        if not self.payload:
            raise refuse("body-missing")
        if "json" not in self.header("Content-Type").lower():
            raise refuse("body-json")
        try:
            body = json.loads(self.payload)
        except ValueError:
            raise refuse("body-json") from None
        if not isinstance(body, dict):
            raise refuse("body-json")
        check_types(body)
        # Annotations that only repeat what the path says, as generated clients send them.
        return {name: value for name, value in body.items() if name not in _REPEATED}

    def context(self, rest: str) -> str:
        """Return the context address of an answer."""
        return f"{self.base}/$metadata#{rest}"

    def may(self, *permissions: str) -> bool:
        """Tell whether the token holds one of the permissions."""
        return bool(self.roles.intersection(permissions))


Handler: TypeAlias = Callable[[Call], Answer]
Permissions: TypeAlias = tuple[frozenset[str], ...]


@dataclass(frozen=True, kw_only=True)
class Route:
    """Lead one method of one path to its handler, for tokens with the right permissions."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    permissions: Permissions
    units: int


def route(line: str, handler: Handler, *permissions: frozenset[str], units: int | None = None) -> Route:
    """Make a route of a line such as `GET /users/{id}`; each set must be met by one permission."""
    method, _, template = line.partition(" ")
    parts = re.split(r"\{(\w+)\}", template)
    pattern = "".join(f"(?P<{part}>[^/]+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
    return Route(
        method=method,
        pattern=re.compile(pattern, re.IGNORECASE),
        handler=handler,
        permissions=permissions,
        units=1 if units is None else units,
    )


def created(body: Properties) -> Answer:
    """Answer with a new entity."""
    return Answer(status=201, body=body)


def done() -> Answer:
    """Answer that it is done, with nothing to say."""
    return Answer(status=204)


def as_list(value: Any) -> list[Any]:
    """Take a JSON value as a list, an absent one as empty."""
    return value if isinstance(value, list) else []
