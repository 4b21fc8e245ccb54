"""What the worker does over the years, in this process: mirror, chores, deliveries and mail, whenever it is due."""

import traceback
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Self

import structlog

from selfservice.mail.rendering import compose
from selfservice.services import delivering, escalating, expiring, mailing, mirroring
from selfservice.worker import chores
from tests.years.installation import Installation

MOST_ROUNDS = 200


@dataclass
class Faults:
    """Collects what the product logs as a fault of its own, which it survives and a test must not."""

    told: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        structlog.configure(processors=[self._collect])
        return self

    def __exit__(self, *_about: type[BaseException] | BaseException | TracebackType | None) -> None:
        structlog.reset_defaults()

    def _collect(self, _logger: object, level: str, event: MutableMapping[str, object]) -> str:
        if level in ("exception", "error", "critical"):
            self.told.append(f"{event.get('event')} ({event.get('kind', '')}): {traceback.format_exc(limit=-3)}")
        raise structlog.DropEvent


def work(inst: Installation) -> None:
    """Do everything that is due now, until nothing is."""
    rt = inst.rt
    for tenant_id in mirroring.due_tenants(rt):
        mirroring.mirror(rt, tenant_id)
    expiring.expire_requests(rt)
    while expiring.end_due_access(rt):
        pass
    escalating.escalate_due(rt)
    for name in chores.CHORES:
        chores.do(rt, name)
    deliver(inst)
    while mailing.send_due(rt, compose):
        pass


def deliver(inst: Installation) -> None:
    """Work every delivery that is due; where one waits a moment, a second passes."""
    for _ in range(MOST_ROUNDS):
        tenants = delivering.due_tenants(inst.rt)
        if not tenants:
            return
        if not sum(delivering.pump(inst.rt, tenant_id) for tenant_id in tenants):
            inst.forward(timedelta(seconds=1))
