"""Pacing: how fast one tenant's directory is written to, so that its own limits are never reached by us.

Microsoft's limits, which all apps of a tenant share in part: 3,000 directory writes in 150 seconds for one app in one
tenant, and 150 invitations in 5 seconds (https://learn.microsoft.com/graph/throttling-limits). Far below them stands a
breaker against abuse that no documentation gives a number for, so invitations are paced slower by default.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from selfservice.config.settings import Rates
from selfservice.model.delivery import StepKind

WRITES = {
    StepKind.INVITE: 1,
    StepKind.PROFILE: 1,
    StepKind.SPONSORS: 2,
    StepKind.GIVE_ROLE: 1,
    StepKind.TAKE_ROLE: 1,
    StepKind.BLOCK: 1,
    StepKind.UNBLOCK: 1,
    StepKind.DELETE: 1,
    StepKind.RESTORE: 1,
    StepKind.SET_SPONSORS: 4,
    StepKind.RESET_REDEMPTION: 2,
    StepKind.TREAT: 1,
    StepKind.LOOK_UP: 1,
}
"""How many writes a step may make; the others only read."""

INVITATIONS = frozenset({StepKind.INVITE, StepKind.RESET_REDEMPTION})
"""Steps that count against the limit of invitations."""


@dataclass
class Bucket:
    """A token bucket that holds what one second allows, and is full at first."""

    rate: int
    level: float | None = None
    at: datetime | None = None

    def wait(self, cost: int, at: datetime) -> timedelta:
        """Return how long it takes until `cost` is there; nothing is taken."""
        missing = min(cost, self.rate) - self._level(at)
        return timedelta(seconds=max(0.0, missing / self.rate))

    def take(self, cost: int, at: datetime) -> None:
        """Take `cost` out; what is not there yet is owed."""
        self.level, self.at = self._level(at) - cost, at

    def _level(self, at: datetime) -> float:
        if self.level is None or self.at is None:
            return float(self.rate)
        return min(float(self.rate), self.level + max(0.0, (at - self.at).total_seconds()) * self.rate)


@dataclass
class Pace:
    """The pace of one tenant. One pump drives a tenant, so its buckets need no other keeper."""

    rates: Rates
    writes: Bucket = field(init=False)
    invitations: Bucket = field(init=False)

    def __post_init__(self) -> None:
        self.writes = Bucket(rate=self.rates.writes)
        self.invitations = Bucket(rate=self.rates.invitations)

    def admit(self, kind: StepKind, at: datetime) -> timedelta:
        """Let a step go on (zero), or say how long it must wait."""
        cost = WRITES.get(kind, 0)
        invites = 1 if kind in INVITATIONS else 0
        wait = max(self.writes.wait(cost, at), self.invitations.wait(invites, at))
        if wait > timedelta():
            return wait
        self.writes.take(cost, at)
        self.invitations.take(invites, at)
        return timedelta()
