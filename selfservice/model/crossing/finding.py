"""What is found out about a crossing, and the change that would help, ready to be sent to whoever can make it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How a finding bears on a request: it is well, it should be known, or it would fail."""

    OK = "ok"
    NOTE = "note"
    STOP = "stop"


ORDER = (Level.OK, Level.NOTE, Level.STOP)


def worst(levels: Iterable[Level]) -> Level:
    """Return the worst of these; of none at all, that all is well."""
    return max(levels, key=ORDER.index, default=Level.OK)


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """A change of one tenant's settings: where an admin finds it, and the same as one call of Microsoft Graph.

    `path` follows `/v1.0`; without a `method` there is no such call in v1.0. `source` is Microsoft's page about it.
    """

    tenant: str
    tenant_id: str
    wish: str
    place: str
    source: str
    method: str = ""
    graph_url: str = ""
    path: str = ""
    permission: str = ""
    body: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The change as a text that can be sent to an admin of the tenant as it is."""
        lines = [
            f"Please {self.wish}",
            f"Tenant: {self.tenant} ({self.tenant_id})",
            "",
            f"In the Microsoft Entra admin center: {self.place}",
        ]
        if self.method:
            lines += [
                "",
                f"Or with Microsoft Graph, as somebody who holds {self.permission}:",
                f"{self.method} {self.graph_url}/v1.0{self.path}",
                "Content-Type: application/json",
                "",
                json.dumps(self.body, indent=2),
            ]
        else:
            lines += ["", "Microsoft Graph v1.0 has no call for this setting."]
        return "\n".join([*lines, "", f"About this setting: {self.source}"])


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that the settings of a tenant mean for a guest; `owner` can change it, `next_step` says how."""

    level: Level
    text: str
    owner: str = ""
    next_step: str = ""
    remedy: Remedy | None = None
