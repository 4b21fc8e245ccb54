"""Steps drawn from a seed: which ones, how often, by whom."""

from collections.abc import Iterator
from random import Random

from tests.property.company import Step

OFTEN = {
    "approve": 24,
    "submit": 13,
    "tick": 15,
    "ask": 5,
    "answer": 5,
    "deny": 4,
    "withdraw": 4,
    "takeBack": 5,
    "delegate": 5,
    "end": 2,
    "decideMany": 2,
    "escalate": 4,
    "expire": 3,
    "rule": 4,
    "leave": 2,
    "join": 2,
}
"""How often each kind of step comes, in a hundred or so."""

LONGEST_WAIT = 12 * 60
"""The most minutes that pass at once."""


def steps_of(seed: int, count: int) -> Iterator[Step]:
    """Yield so many steps, the same ones for the same seed."""
    random = Random(seed)
    for kind in random.choices(list(OFTEN), weights=list(OFTEN.values()), k=count):
        more = random.randrange(1, LONGEST_WAIT) if kind == "tick" else random.randrange(100_000)
        yield Step(kind=kind, who=random.randrange(1000), which=random.randrange(1000), more=more)
