"""The rules of a guest's life: what is due, when, and for whom never. Days are UTC days; clocks that are put forward or
back somewhere change nothing.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfservice.model.act import ActKind
from selfservice.model.directory import UserType
from selfservice.model.guest import ActCause, GuestStanding
from selfservice.model.lifecycle import (
    DEFAULT,
    Coming,
    GuestFacts,
    Lifecycle,
    Mode,
    coming,
    due,
    end_of,
    lifecycle_from_data,
    lifecycle_to_data,
    restorable_until,
    warned_from,
    warning_due,
    why_untouched,
)
from selfservice.model.lifecycle_limits import LifecycleUnreadable

NOW = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)
ENFORCED = replace(DEFAULT, mode=Mode.ENFORCE)
DAYS = st.dates(date(2026, 12, 1), date(2029, 3, 31))
MOMENTS = st.integers(-40 * 86400, 800 * 86400).map(lambda seconds: NOW + timedelta(seconds=seconds))
POLICIES = st.builds(
    Lifecycle,
    mode=st.sampled_from(Mode),
    warn_days=st.lists(st.integers(1, 365), max_size=5, unique=True).map(
        lambda days: tuple(sorted(days, reverse=True))
    ),
    unredeemed_days=st.integers(0, 365),
    inactive_days=st.integers(0, 730),
    grace_days=st.integers(1, 30),
    delete_days=st.integers(1, 365),
    undo_days=st.integers(1, 30),
    enforced_at=st.none() | MOMENTS,
)
FACTS = st.builds(
    GuestFacts,
    managed=st.booleans(),
    user_type=st.none() | st.sampled_from(UserType),
    standing=st.sampled_from(GuestStanding),
    standing_since=st.none() | MOMENTS,
    standing_cause=st.none() | st.sampled_from(ActCause),
    ensured_at=MOMENTS,
    redeemed_at=st.none() | MOMENTS,
    last_sign_in_at=st.none() | MOMENTS,
    sign_in_known=st.booleans(),
    ends=st.lists(DAYS, max_size=3).map(tuple),
    access_over_at=st.none() | MOMENTS,
    runs=st.booleans(),
    warned_at=st.none() | MOMENTS,
    warned_cause=st.none() | st.sampled_from(ActCause),
    is_leaver=st.booleans(),
)


def make_facts(**changes: object) -> GuestFacts:
    facts: dict[str, object] = {
        "managed": True,
        "user_type": UserType.GUEST,
        "standing": GuestStanding.ACTIVE,
        "ensured_at": NOW,
        "redeemed_at": NOW,
        "ends": (date(2027, 3, 1),),
        "runs": True,
    }
    return GuestFacts(**{**facts, **changes})  # type: ignore[arg-type]


def test_whom_the_mirror_has_not_seen_yet_is_not_called_a_member() -> None:
    assert why_untouched(make_facts(user_type=None)) == "was not seen in the directory yet"
    assert "member" in why_untouched(make_facts(user_type=UserType.MEMBER))


@given(FACTS, POLICIES, MOMENTS)
def test_nothing_is_ever_due_for_a_member_an_unmanaged_guest_or_one_who_is_gone(
    facts: GuestFacts, policy: Lifecycle, at: datetime
) -> None:
    if due(facts, policy, at=at) is not None:
        assert (facts.managed, facts.user_type) == (True, UserType.GUEST)
        assert facts.standing in (GuestStanding.ACTIVE, GuestStanding.BLOCKED)
        assert why_untouched(facts) == ""


@given(FACTS, POLICIES, MOMENTS)
def test_nothing_is_due_before_it_comes_nor_blocked_while_an_access_runs_as_if_it_were_over(
    facts: GuestFacts, policy: Lifecycle, at: datetime
) -> None:
    now, next_ = due(facts, policy, at=at), coming(facts, policy)
    if now is not None:
        assert now == next_
        assert now.at <= at
        assert not (facts.runs and now.kind is ActKind.BLOCK and now.cause is ActCause.ACCESS_ENDED)
        assert (now.kind is ActKind.BLOCK) == (facts.standing is GuestStanding.ACTIVE)


@given(FACTS, POLICIES, MOMENTS)
def test_nobody_is_blocked_for_what_nobody_decided_without_a_warning_and_its_days_of_grace(
    facts: GuestFacts, policy: Lifecycle, at: datetime
) -> None:
    now = due(facts, replace(policy, mode=Mode.ENFORCE), at=at)
    if now is not None and now.kind is ActKind.BLOCK and now.cause in (ActCause.UNREDEEMED, ActCause.INACTIVE):
        assert facts.warned_cause is now.cause
        if facts.warned_at is not None:
            assert at >= facts.warned_at + timedelta(days=policy.grace_days)


@given(FACTS, POLICIES, MOMENTS, st.integers(1, 400))
def test_what_is_due_stays_due_until_something_changes(
    facts: GuestFacts, policy: Lifecycle, at: datetime, days: int
) -> None:
    now = due(facts, policy, at=at)
    if now is not None:
        assert due(facts, policy, at=at + timedelta(days=days)) == now


@given(DAYS)
def test_a_day_is_over_at_the_next_midnight_and_not_a_moment_earlier(day: date) -> None:
    end = end_of(day)
    assert (end - timedelta(microseconds=1)).date() == day
    assert end.date() == day + timedelta(days=1)
    assert end.astimezone(ZoneInfo("Europe/Berlin")).astimezone(UTC) == end


@pytest.mark.parametrize(
    "last_day",
    [
        date(2028, 2, 28),
        date(2028, 2, 29),
        date(2027, 2, 28),
        date(2026, 12, 31),
        date(2027, 3, 28),
        date(2027, 10, 31),
    ],
    ids=["before the leap day", "leap day", "end of February", "year end", "clocks go forward", "clocks go back"],
)
def test_a_guest_is_blocked_when_the_last_day_is_over(last_day: date) -> None:
    facts = make_facts(ends=(last_day,), runs=False, ensured_at=NOW - timedelta(days=400), redeemed_at=NOW)
    midnight = datetime.combine(last_day + timedelta(days=1), datetime.min.time(), tzinfo=UTC)

    assert due(facts, ENFORCED, at=midnight - timedelta(microseconds=1)) is None
    assert due(facts, ENFORCED, at=midnight) == Coming(kind=ActKind.BLOCK, cause=ActCause.ACCESS_ENDED, at=midnight)


def test_the_access_that_ends_last_counts() -> None:
    facts = make_facts(ends=(date(2027, 3, 1), date(2027, 5, 1)))
    assert coming(facts, ENFORCED) == Coming(
        kind=ActKind.BLOCK, cause=ActCause.ACCESS_ENDED, at=end_of(date(2027, 5, 1))
    )


@pytest.mark.parametrize(
    ("left", "warned", "told"),
    [
        (15, None, None),
        (14, None, 14),
        (13, 14, None),
        (2, 14, None),
        (1, 14, 1),
        (0, 14, 1),
        (0, 1, None),
        (1, None, 1),
    ],
)
def test_each_warning_is_given_once_and_a_missed_one_not_made_up_for(
    left: int, warned: int | None, told: int | None
) -> None:
    today = date(2028, 2, 20)
    assert warning_due(today + timedelta(days=left), warned, DEFAULT, today=today) == told


@pytest.mark.parametrize("days", [-1, -30])
def test_nobody_is_warned_of_an_end_that_has_passed(days: int) -> None:
    today = date(2027, 1, 1)
    assert warning_due(today + timedelta(days=days), None, DEFAULT, today=today) is None


@given(POLICIES, DAYS, DAYS)
def test_no_more_warnings_are_given_than_the_settings_name(policy: Lifecycle, ends_on: date, start: date) -> None:
    warned, given_ = None, []
    for offset in range(max(0, (ends_on - start).days) + 2):
        days = warning_due(ends_on, warned, policy, today=start + timedelta(days=offset))
        if days is not None:
            warned = days
            given_.append(days)
    assert len(given_) <= len(policy.warn_days)
    assert given_ == sorted(given_, reverse=True)


def test_a_blocked_guest_is_deleted_after_the_days_and_one_blocked_by_hand_never() -> None:
    blocked = make_facts(standing=GuestStanding.BLOCKED, standing_since=NOW, ends=(), runs=False)
    after = NOW + timedelta(days=30)

    ended = replace(blocked, standing_cause=ActCause.ACCESS_ENDED)
    assert due(ended, ENFORCED, at=after - timedelta(seconds=1)) is None
    assert due(ended, ENFORCED, at=after) == Coming(kind=ActKind.DELETE, cause=ActCause.ACCESS_ENDED, at=after)
    assert coming(replace(blocked, standing_cause=ActCause.BY_HAND), ENFORCED) is None


def test_what_was_overdue_when_a_tenant_began_to_act_waits_for_the_days_of_grace() -> None:
    over = make_facts(ends=(), runs=False, access_over_at=NOW - timedelta(days=90))
    policy = replace(ENFORCED, enforced_at=NOW)

    assert due(over, ENFORCED, at=NOW) is not None
    assert due(over, policy, at=NOW + timedelta(days=6)) is None
    assert due(over, policy, at=NOW + timedelta(days=7)) is not None
    later = replace(over, access_over_at=NOW + timedelta(hours=1))
    assert due(later, policy, at=NOW + timedelta(hours=1)) is not None


def test_what_somebody_undid_is_left_alone_for_the_days_of_undoing() -> None:
    undone = make_facts(ends=(), runs=False, access_over_at=NOW - timedelta(days=1), is_leaver=True)
    undone = replace(undone, standing_cause=ActCause.UNDONE, standing_since=NOW)

    assert due(undone, ENFORCED, at=NOW + timedelta(days=29)) is None
    assert due(undone, ENFORCED, at=NOW + timedelta(days=30)) is not None


def test_sponsors_are_warned_of_what_nobody_decided_and_of_nothing_else() -> None:
    for cause in ActCause:
        next_ = Coming(kind=ActKind.BLOCK, cause=cause, at=NOW)
        expected = NOW - timedelta(days=7) if cause in (ActCause.UNREDEEMED, ActCause.INACTIVE) else None
        assert warned_from(next_, DEFAULT) == expected
        assert warned_from(replace(next_, kind=ActKind.DELETE), DEFAULT) is None


def test_a_sign_in_that_cannot_be_known_is_no_inactivity() -> None:
    silent = make_facts(ends=(date(2029, 1, 1),), redeemed_at=NOW, sign_in_known=False)
    later = NOW + timedelta(days=500)
    assert due(replace(silent, warned_cause=ActCause.INACTIVE), ENFORCED, at=later) is None
    known = replace(silent, sign_in_known=True, warned_cause=ActCause.INACTIVE)
    assert due(known, ENFORCED, at=NOW + timedelta(days=97)) is not None
    assert due(known, ENFORCED, at=NOW + timedelta(days=97) - timedelta(seconds=1)) is None


def test_a_deleted_guest_can_be_restored_for_thirty_days() -> None:
    deleted = make_facts(standing=GuestStanding.DELETED, standing_since=NOW)
    assert restorable_until(deleted) == NOW + timedelta(days=30)
    assert restorable_until(make_facts()) is None


@given(POLICIES)
def test_settings_are_kept_and_read_as_they_were(policy: Lifecycle) -> None:
    assert lifecycle_from_data(lifecycle_to_data(policy)) == replace(policy, enforced_at=None)


@pytest.mark.parametrize(
    "data",
    [{"mode": "off"}, {"grace_days": 0}, {"delete_days": True}, {"warn_days": [0]}, {"enforced_at": None}, {"x": 1}],
)
def test_settings_out_of_bounds_are_refused_with_their_place(data: dict[str, object]) -> None:
    with pytest.raises(LifecycleUnreadable, match=next(iter(data))):
        lifecycle_from_data(data)
