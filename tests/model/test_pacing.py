"""A tenant is never written to faster than its rates, over any second, and never slower for long."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from selfservice.config.settings import Rates
from selfservice.model.delivery import StepKind
from selfservice.model.pacing import INVITATIONS, WRITES, Pace
from tests.model.making import NOW

KINDS = st.sampled_from(list(StepKind))


def test_a_quiet_tenant_waits_for_nothing() -> None:
    pace = Pace(Rates(writes=15, invitations=2))
    assert pace.admit(StepKind.INVITE, NOW) == timedelta()


def test_reading_is_never_paced() -> None:
    pace = Pace(Rates(writes=1, invitations=1))
    assert {pace.admit(StepKind.RECHECK, NOW) for _ in range(1000)} == {timedelta()}


def test_the_third_invitation_in_a_second_waits() -> None:
    pace = Pace(Rates(writes=15, invitations=2))
    waits = [pace.admit(StepKind.INVITE, NOW) for _ in range(3)]
    assert waits[:2] == [timedelta(), timedelta()]
    assert waits[2] == timedelta(seconds=0.5)


def test_a_step_that_costs_more_than_a_second_allows_is_still_let_through_in_time() -> None:
    pace = Pace(Rates(writes=1, invitations=1))
    assert pace.admit(StepKind.SPONSORS, NOW) == timedelta()
    assert pace.admit(StepKind.SPONSORS, NOW + timedelta(seconds=1)) > timedelta()
    assert pace.admit(StepKind.SPONSORS, NOW + timedelta(seconds=2)) == timedelta()


@given(
    kinds=st.lists(KINDS, min_size=1, max_size=200),
    writes=st.integers(min_value=1, max_value=20),
    invitations=st.integers(min_value=1, max_value=20),
)
def test_no_window_of_time_sees_more_than_the_rates_allow(kinds: list[StepKind], writes: int, invitations: int) -> None:
    pace, at = Pace(Rates(writes=writes, invitations=invitations)), NOW
    sent: list[tuple[float, StepKind]] = []
    for kind in kinds:
        wait = pace.admit(kind, at)
        while wait > timedelta():
            # A microsecond more, since a time is no finer than that.
            at += wait + timedelta(microseconds=1)
            wait = pace.admit(kind, at)
        sent.append(((at - NOW).total_seconds(), kind))
    took = sent[-1][0]
    # A full bucket at the start, what a second brings after it, and at most one step on credit.
    assert sum(WRITES.get(kind, 0) for _at, kind in sent) <= writes * (1 + took) + max(WRITES.values())
    assert sum(kind in INVITATIONS for _at, kind in sent) <= invitations * (1 + took) + 1
