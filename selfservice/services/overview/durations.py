"""How long until something is tried again, in words that change only now and then."""

from datetime import datetime, timedelta

STEP = 5


def again(due: datetime | None, *, at: datetime) -> str:
    """Say when something is tried again: trying again now, in 20 s, in 4 min."""
    wait = due - at if due is not None else timedelta(0)
    if wait <= timedelta(0):
        return "Trying again now"
    seconds = -(-int(wait.total_seconds()) // STEP) * STEP or STEP
    return f"Trying again in {seconds} s" if seconds < 120 else f"Trying again in {round(seconds / 60)} min"
