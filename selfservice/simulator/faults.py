"""Faults that wait for a matching call: throttling, errors, lost connections, held answers."""

import itertools
import re
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event, Lock
from typing import Any


class FaultKind(StrEnum):
    """Name what goes wrong."""

    THROTTLE = "throttle"
    THROTTLE_AFTER = "throttle-after"
    STATUS = "status"
    STATUS_AFTER = "status-after"
    DROP_BEFORE = "drop-before"
    DROP_AFTER = "drop-after"
    TRUNCATE = "truncate"
    EMPTY = "empty"
    HOLD_BEFORE = "hold-before"
    HOLD_AFTER = "hold-after"
    SUSPICIOUS = "suspicious"
    CLAIMS_CHALLENGE = "claims-challenge"
    HTML = "html"
    SLOW = "slow"
    LAG = "lag"


# Inside a batch only an answer can go wrong, not a connection.
INNER_KINDS = frozenset(
    (
        FaultKind.THROTTLE,
        FaultKind.THROTTLE_AFTER,
        FaultKind.STATUS,
        FaultKind.STATUS_AFTER,
        FaultKind.SUSPICIOUS,
        FaultKind.LAG,
    )
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Describe a call as a fault sees it."""

    tenant: str
    method: str
    path: str
    client: str


@dataclass(frozen=True, kw_only=True)
class Match:
    """Say which calls a fault waits for; what is empty matches everything."""

    tenant: str = ""
    method: str = ""
    path: str = ""
    client: str = ""

    def fits(self, target: Target) -> bool:
        """Tell whether a call is one of those."""
        return (
            self.tenant in ("", target.tenant)
            and self.method.upper() in ("", target.method)
            and self.client in ("", target.client)
            and (not self.path or re.search(self.path, target.path) is not None)
        )


@dataclass(kw_only=True)
class Fault:
    """Be one fault: what it waits for, what it does, how often it did."""

    kind: FaultKind
    match: Match = field(default_factory=Match)
    times: int | None = None
    retry_after: int | str | None = None
    status: int | None = None
    seconds: float | None = None
    id: str = ""
    hits: int = 0
    released: Event = field(default_factory=Event, repr=False)

    def shown(self) -> dict[str, Any]:
        """Give the fault as JSON."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "match": self.match.__dict__,
            "times": self.times,
            "retry_after": self.retry_after,
            "status": self.status,
            "seconds": self.seconds,
            "hits": self.hits,
        }


class Faults:
    """Hold the faults in force, oldest first."""

    def __init__(self) -> None:
        """Start without faults."""
        self._faults: dict[str, Fault] = {}
        self._numbers = itertools.count(1)
        self._lock = Lock()

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force and give it an id."""
        with self._lock:
            fault.id = fault.id or f"f{next(self._numbers)}"
            self._faults[fault.id] = fault
        return fault

    def all(self) -> list[Fault]:
        """List the faults, spent ones included, for their counts."""
        with self._lock:
            return list(self._faults.values())

    def get(self, fault_id: str) -> Fault | None:
        """Find a fault by id."""
        return self._faults.get(fault_id)

    def drop(self, fault_id: str | None = None) -> None:
        """Take one fault, or every fault, out of force and let held calls go."""
        with self._lock:
            gone = list(self._faults) if fault_id is None else [fault_id]
            for key in gone:
                fault = self._faults.pop(key, None)
                if fault is not None:
                    fault.released.set()

    def take(self, target: Target, kinds: frozenset[FaultKind] | None = None) -> Fault | None:
        """Find the first fault that hits this call, and count the hit."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults.values():
                spent = fault.times is not None and fault.hits >= fault.times
                if spent or (kinds is not None and fault.kind not in kinds):
                    continue
                if fault.match.fits(target):
                    fault.hits += 1
                    return fault
        return None


def read_fault(body: dict[str, Any]) -> Fault:
    """Read a fault from JSON; raise ValueError for what makes no sense."""
    unknown = set(body) - {
        "kind",
        "match",
        "times",
        "retry_after",
        "status",
        "seconds",
        "id",
    }
    if unknown:
        reason = f"unknown fields: {', '.join(sorted(unknown))}"
        raise ValueError(reason)
    match = {key: value or "" for key, value in (body.get("match") or {}).items()}
    if set(match) - {"tenant", "method", "path", "client"}:
        reason = "match knows tenant, method, path and client"
        raise ValueError(reason)
    try:
        re.compile(match.get("path", ""))
    except re.error as error:
        reason = f"path is not a pattern: {error}"
        raise ValueError(reason) from error
    rest = {key: value for key, value in body.items() if key not in ("kind", "match")}
    return Fault(kind=FaultKind(body.get("kind", "")), match=Match(**match), **rest)
