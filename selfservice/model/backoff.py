"""When a step that the outside world failed is tried again, and when a person must look."""

from datetime import datetime, timedelta

from selfservice.model.delivery import MAX_ATTEMPTS, DeliveryStep
from selfservice.model.unable import UnableTo

NOT_THERE_YET = "not-there-yet"
"""The code of an object that the directory has accepted but not copied to all of its servers yet."""

COPYING_WINDOW = timedelta(minutes=10)
"""How long a new guest may be unknown to the directory before that is a fault."""

LONGEST_WAIT = 300.0


def next_attempt(step: DeliveryStep, failure: UnableTo, *, at: datetime, jitter: float) -> datetime | None:
    """Return when to try again, or None to give up. `jitter` is between 0 and 1; the service's own wish is never
    undercut.
    """
    if failure.code == NOT_THERE_YET:
        since = step.first_attempt_at or at
        wait = min(2.0 ** (step.attempts - 1), 30.0)
        return at + timedelta(seconds=wait) if at - since < COPYING_WINDOW else None
    if not failure.transient and not failure.outcome_unknown:
        return None
    if step.attempts >= MAX_ATTEMPTS:
        return None
    wait = failure.retry_after if failure.retry_after is not None else min(2.0**step.attempts, LONGEST_WAIT)
    return at + timedelta(seconds=wait * (1 + 0.2 * jitter))
