"""Tending reviews: what the worker does again and again; each step finds nothing the second time."""

from selfservice.services.reviews import closing, landing, passing_on, reminding, starting
from selfservice.services.runtime import Runtime

STEPS = (
    starting.start_due,
    passing_on.pass_on_due,
    reminding.tell_due,
    closing.close_due,
    landing.apply_due,
    landing.land_due,
)


def tend(rt: Runtime) -> None:
    """Start, pass on, remind, close, begin removals and make them final, whatever is due."""
    for step in STEPS:
        step(rt)
