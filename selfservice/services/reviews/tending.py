"""Tending reviews: what the worker does again and again; each step finds nothing the second time."""

from selfservice.services.reviews import closing, landing, passing_on, reminding, starting
from selfservice.services.runtime import Runtime

STEPS = (
    closing.close_due,
    landing.apply_due,
    landing.land_due,
    starting.start_due,
    passing_on.pass_on_due,
    reminding.tell_due,
)


def tend(rt: Runtime) -> None:
    """Close, remove, make final, start, pass on and remind, whatever is due."""
    for step in STEPS:
        step(rt)
