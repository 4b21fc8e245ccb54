"""Chores: what the worker does again and again besides deliveries, mail and mirroring. One worker at a time does each.

A chore asks the rows what is due; done twice, it finds nothing the second time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from selfservice.services import (
    agreeing,
    drifting,
    expiring,
    leasing,
    recalling,
    redeeming,
    retiring,
    succeeding,
    succeeding_requests,
    warning,
)
from selfservice.services.reviews import tending
from selfservice.services.runtime import WorkerRuntime


@dataclass(frozen=True, kw_only=True)
class Chore:
    """One chore, and how many seconds pass between two times."""

    every: float
    do: Callable[[WorkerRuntime], object]


CHORES: Mapping[str, Chore] = {
    "drift": Chore(every=15, do=drifting.compare_due),
    "links": Chore(every=2, do=redeeming.work_links),
    "remind_redemption": Chore(every=300, do=recalling.remind_due),
    "end_access": Chore(every=15, do=expiring.end_due_access),
    "warn": Chore(every=300, do=warning.warn_due),
    "retire": Chore(every=60, do=retiring.retire_due),
    "successors": Chore(every=60, do=succeeding.succeed_due),
    "sponsors_of_requests": Chore(every=60, do=succeeding_requests.hand_on_due),
    "proposals": Chore(every=60, do=agreeing.expire_proposals),
    "reviews": Chore(every=15, do=tending.tend),
}


def lease_of(name: str) -> str:
    """Return the name of the lease under which a chore is done."""
    return f"chore:{name}"


def do(rt: WorkerRuntime, name: str) -> None:
    """Do a chore, unless another worker is at it."""
    fence = leasing.claim(rt, lease_of(name), for_=rt.settings.intervals.lease)
    if fence is None:
        return
    try:
        CHORES[name].do(rt)
    finally:
        leasing.release(rt, lease_of(name), fence)
