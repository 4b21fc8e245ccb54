"""Differing: what is another decision about the same facts, by its kind."""

from selfservice.model.rules.outcome import Approver, Automatic, Deny, Outcome, Stages, unnamed

OTHER_APPROVERS = "other approvers"
OTHER_TERMS = "other terms"
NOW_AUTOMATIC = "now automatic"
NOW_DENIED = "now denied"
NOW_STUCK = "now stuck"
NO_LONGER_AUTOMATIC = "no longer automatic"
NO_LONGER_DENIED = "no longer denied"
KINDS = (
    NOW_STUCK,
    NOW_DENIED,
    NOW_AUTOMATIC,
    NO_LONGER_AUTOMATIC,
    NO_LONGER_DENIED,
    OTHER_APPROVERS,
    OTHER_TERMS,
)
"""In the order in which an admin wants to read them."""


def is_same(one: Outcome, other: Outcome) -> bool:
    """Say whether both decide alike; what people are called, and how a no is worded, is no difference."""
    if isinstance(one, Deny) or isinstance(other, Deny):
        return isinstance(one, Deny) and isinstance(other, Deny)
    return unnamed(one) == unnamed(other)


def difference(before: Outcome, after: Outcome, *, is_stuck: bool = False) -> str | None:
    """Return in which way the decision is another one, or None where it is not. `is_stuck`: nobody could decide now."""
    if is_same(before, after):
        return None
    if isinstance(after, Deny):
        return NOW_DENIED
    if isinstance(before, Deny):
        return NO_LONGER_DENIED
    if isinstance(after, Automatic):
        return NOW_AUTOMATIC
    if is_stuck:
        return NOW_STUCK
    if isinstance(before, Automatic):
        return NO_LONGER_AUTOMATIC
    return OTHER_APPROVERS if _who(before) != _who(after) else OTHER_TERMS


def _who(outcome: Outcome) -> tuple[tuple[int, frozenset[Approver]], ...]:
    bare = unnamed(outcome)
    stages = bare.stages if isinstance(bare, Stages) else ()
    return tuple((stage.quorum, frozenset(stage.approvers)) for stage in stages)
