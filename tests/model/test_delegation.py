"""A delegation holds for its window alone, and of two that hold at once nobody is on both sides."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfservice.model.delegation import LONGEST_DAYS, Delegation, DelegationRefused, WindowRefused, window_of

TODAY = date(2027, 1, 10)
START = datetime(2027, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def delegation(delegator: int, delegate: int, first: int = 0, last: int = 1, ended: int | None = None) -> Delegation:
    return Delegation(
        tenant_id="t",
        object_id=f"o{delegator}",
        name=f"Person {delegator}",
        delegate_tenant_id="t",
        delegate_object_id=f"o{delegate}",
        delegate_name=f"Person {delegate}",
        starts_at=START + first * DAY,
        ends_at=START + last * DAY,
        created_at=START,
        ended_at=None if ended is None else START + ended * DAY,
    )


def test_it_holds_from_its_first_moment_to_just_before_its_last() -> None:
    away = delegation(1, 2, 1, 3)
    held = [away.holds(at=START + moment) for moment in (DAY - timedelta(microseconds=1), DAY, 3 * DAY)]
    assert held == [False, True, False]
    assert away.last_day == TODAY + 2 * DAY


def test_ended_early_it_holds_no_more() -> None:
    away = delegation(1, 2, 0, 5, ended=2)
    assert away.holds(at=START + DAY)
    assert not away.holds(at=START + 2 * DAY)
    assert away.until == START + 2 * DAY


def test_whole_days_are_counted_in_utc_with_the_last_one_in_it() -> None:
    assert window_of(TODAY, TODAY, today=TODAY) == (START, START + DAY)
    assert window_of(TODAY, TODAY + LONGEST_DAYS * DAY, today=TODAY)[1] == START + (LONGEST_DAYS + 1) * DAY


@pytest.mark.parametrize(("first", "last"), [(-1, 1), (2, 1), (0, LONGEST_DAYS + 1)])
def test_a_window_that_cannot_be_is_refused_with_a_next_step(first: int, last: int) -> None:
    with pytest.raises(WindowRefused) as refusal:
        window_of(TODAY + first * DAY, TODAY + last * DAY, today=TODAY)
    assert refusal.value.next_step


@pytest.mark.parametrize(
    "other",
    [delegation(1, 3), delegation(2, 3), delegation(2, 1), delegation(3, 1)],
    ids=["hands over twice", "the delegate is away", "each for the other", "decides for somebody"],
)
def test_s16_two_delegations_at_once_make_no_chain(other: Delegation) -> None:
    wanted = delegation(1, 2)
    with pytest.raises(DelegationRefused):
        wanted.ensure_fits([other])


def test_one_may_stand_in_for_two_and_days_apart_do_not_clash() -> None:
    fitting = [delegation(3, 2), delegation(2, 3, 1, 2), delegation(2, 3, 0, 5, ended=0), delegation(4, 5)]
    before = [each.ended_at for each in fitting]
    delegation(1, 2).ensure_fits(fitting)
    assert [each.ended_at for each in fitting] == before


edges = st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(0, 6), st.integers(1, 4))


@given(st.lists(edges, max_size=25))
def test_s16_at_no_moment_is_anybody_both_away_and_standing_in(wanted: list[tuple[int, int, int, int]]) -> None:
    kept: list[Delegation] = []
    for delegator, delegate, first, days in wanted:
        if delegator == delegate:
            continue
        asked = delegation(delegator, delegate, first, first + days)
        try:
            asked.ensure_fits(kept)
        except DelegationRefused:
            continue
        kept.append(asked)
    for day in range(11):
        now = [each for each in kept if each.holds(at=START + day * DAY)]
        away = [each.delegator for each in now]
        assert len(away) == len(set(away))
        assert not set(away) & {each.delegate for each in now}
