"""Measuring by comparison: two ways of doing the same, in turn, in one process; what counts is the ratio.

Each round runs ours, theirs, theirs, ours, so that whatever makes the machine slower meets both. The figure is the
median of the rounds' ratios, with the interval in which 95 of 100 resampled medians lie. Where both ways run in this
process, its processor time counts, which other programs disturb less than the time on the wall.
"""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

RESAMPLED = 1_000

T = TypeVar("T")
Clock = Callable[[], float]
Say = Callable[[str], None]
Timed = Callable[[int], float]
"""Does a round's work and returns the seconds it took, for one decision."""


class WrongAnswer(Exception):
    """A way gives another answer than the reference: how fast it is does not matter then."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured number and its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two ways to compare, the first being ours."""

    ours: Timed
    theirs: Timed


def seconds_each(work: Callable[[T], object], items: Sequence[T], clock: Clock = time.process_time) -> float:
    """Return how many seconds the work takes for one item."""
    began = clock()
    for item in items:
        work(item)
    return (clock() - began) / len(items)


def times_faster(pair: Pair, rounds: int) -> Figure:
    """Return how many times faster ours is."""
    return _figure([theirs / ours for ours, theirs in _rounds(pair, rounds)])


def times_slower(pair: Pair, rounds: int) -> Figure:
    """Return how many times longer ours takes."""
    return _figure([ours / theirs for ours, theirs in _rounds(pair, rounds)])


def milliseconds(work: Timed, rounds: int) -> Figure:
    """Return how many milliseconds our work takes, by this machine's clock."""
    work(0)
    return _figure([work(number) * 1_000 for number in range(rounds)])


def ensure_same(items: Sequence[T], ours: Callable[[T], object], theirs: Callable[[T], object]) -> None:
    """Raise `WrongAnswer` where two ways do not give the same answer."""
    for number, item in enumerate(items):
        if (given := ours(item)) != (expected := theirs(item)):
            raise WrongAnswer(f"case {number}: {given!r} instead of {expected!r}")


def _rounds(pair: Pair, rounds: int) -> list[tuple[float, float]]:
    pair.ours(0)
    pair.theirs(0)
    return [_abba(pair, number) for number in range(rounds)]


def _abba(pair: Pair, number: int) -> tuple[float, float]:
    ours = pair.ours(2 * number)
    theirs = pair.theirs(2 * number) + pair.theirs(2 * number + 1)
    return ours + pair.ours(2 * number + 1), theirs


def _figure(values: Sequence[float]) -> Figure:
    source = random.Random(95)
    medians = sorted(statistics.median(source.choices(values, k=len(values))) for _ in range(RESAMPLED))
    return Figure(
        value=statistics.median(values),
        low=medians[RESAMPLED * 25 // 1_000],
        high=medians[RESAMPLED * 975 // 1_000 - 1],
    )
