"""The limits of the service: token buckets per tenant, and per app and tenant."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.graph.call import Call, Route
from selfservice.simulator.graph.errors import GraphError, throttled


@dataclass(kw_only=True)
class Bucket:
    """Be a store of calls that fills again over time."""

    size: float
    seconds: float
    level: float
    at: float

    def take(self, amount: float, now: float) -> float:
        """Take an amount; return 0 if there was enough, else the seconds to wait."""
        rate = self.size / self.seconds
        self.level = min(self.size, self.level + max(now - self.at, 0.0) * rate)
        self.at = now
        if self.level >= amount:
            self.level -= amount
            return 0.0
        return (amount - self.level) / rate

    @property
    def used(self) -> float:
        """Return the share that is in use."""
        return 1 - self.level / self.size


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Name one limit: whose it is, how much in how long, and what to say when it is hit."""

    key: str
    size: float
    seconds: float
    amount: float
    scope: str
    reason: str


class Throttle:
    """Hold the buckets of all tenants."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Start with full buckets."""
        self._now = now
        self._buckets: dict[str, Bucket] = {}
        self._lock = Lock()

    def pass_through(self, call: Call, route: Route) -> dict[str, str]:
        """Let a call through with its cost in the headers, or refuse it for now."""
        cost = _cost(call, route)
        headers = {"x-ms-resource-unit": str(cost)}
        highest = 0.0
        for limit in _limits(call, cost):
            wait, used = self._take(limit)
            if wait > 0:
                raise _refusal(call, limit, wait)
            highest = max(highest, used)
        if highest > 0.8:
            headers["x-ms-throttle-limit-percentage"] = f"{highest:.2f}"
        return headers

    def _take(self, limit: Limit) -> tuple[float, float]:
        now = self._now()
        with self._lock:
            bucket = self._buckets.setdefault(
                limit.key,
                Bucket(size=limit.size, seconds=limit.seconds, level=limit.size, at=now),
            )
            bucket.size, bucket.seconds = limit.size, limit.seconds
            return bucket.take(limit.amount, now), bucket.used


def _cost(call: Call, route: Route) -> int:
    if call.method != "GET":
        return 1
    top = call.query.get("$top", "")
    cost = route.units
    cost -= "$select" in call.query
    cost += "$expand" in call.query
    cost -= top.isdigit() and int(top) < 20
    return max(cost, 1)


def _limits(call: Call, cost: int) -> list[Limit]:
    tenant, behaviour = call.tenant, call.tenant.behaviour
    limits = []
    if call.path.lower() == "/invitations" and behaviour.invite_bucket:
        limits.append(_limit(f"invite/{tenant.id}", 150, 5, 1, "Tenant/Write"))
    if behaviour.throttling:
        both = f"{call.app}/{tenant.id}"
        limits.append(_limit(f"units/{both}", _units(tenant), 10, cost, "Tenant_Application/Read"))
        if call.method != "GET":
            limits.append(_limit(f"writes/{both}", 3000, 150, 1, "Tenant_Application/Write"))
            limits.append(_limit(f"writes/{tenant.id}", 18000, 300, 1, "Tenant/Write"))
        if call.path.lower().startswith("/auditlogs/"):
            limits.append(_limit(f"logs/{both}", 5, 10, 1, "Tenant_Application/Read"))
    return limits


def _limit(key: str, size: float, seconds: float, amount: float, scope: str) -> Limit:
    writing = scope.endswith("Write")
    return Limit(
        key=key,
        size=size,
        seconds=seconds,
        amount=amount,
        scope=scope,
        reason="WriteLimitExceeded" if writing else "ResourceUnitLimitExceeded",
    )


def _units(tenant: Tenant) -> int:
    people = len(tenant.users.live)
    if people < 50:
        return 3500
    return 5000 if people <= 500 else 8000


def _refusal(call: Call, limit: Limit, wait: float) -> GraphError:
    error = throttled(max(1, math.ceil(wait)))
    error.headers["x-ms-throttle-scope"] = f"{limit.scope}/{call.app}/{call.tenant.id}"
    error.headers["x-ms-throttle-information"] = limit.reason
    return error
