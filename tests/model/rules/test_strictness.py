"""Tags make an outcome stricter, and never milder."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfservice.model.rules.outcome import (
    BY_PACKAGE,
    MOST_STAGES,
    PACKAGE_APPROVERS,
    Approver,
    ApproverKind,
    Automatic,
    Deny,
    Stages,
    StageSpec,
)
from selfservice.model.rules.strictness import (
    BUILT_IN_TAGS,
    TagUnreadable,
    Tightening,
    at_least_as_strict,
    burden,
    longest_days,
    tighten,
    tightening_from_data,
    tightening_to_data,
    tightenings_of,
)

MANAGER = Approver(kind=ApproverKind.MANAGER)
SENSITIVE = BUILT_IN_TAGS["sensitive"]

approvers = st.sampled_from(
    [MANAGER, PACKAGE_APPROVERS, Approver(kind=ApproverKind.GROUP, tenant_id="t", object_id="g")]
)
stages = st.builds(
    StageSpec,
    approvers=st.lists(approvers, min_size=1, max_size=3).map(tuple),
    quorum=st.integers(1, 4),
    justification_required=st.booleans(),
)
outcomes = st.one_of(
    st.just(Automatic()),
    st.just(Deny(reason="No.")),
    st.builds(Stages, stages=st.lists(stages, min_size=1, max_size=MOST_STAGES).map(tuple)),
)
tightenings = st.builds(
    Tightening,
    tag=st.text("abc", min_size=1, max_size=3),
    longest_days=st.none() | st.integers(1, 400),
    needs_decision=st.booleans(),
    justification_required=st.booleans(),
    least_quorum=st.integers(1, 5),
)
several = st.lists(tightenings, max_size=3, unique_by=lambda each: each.tag)


@given(outcomes, several)
def test_tags_make_nothing_milder(outcome: Automatic | Deny | Stages, tags: list[Tightening]) -> None:
    tightened, said = tighten(outcome, tags)
    assert at_least_as_strict(tightened, outcome)
    assert burden(tightened) >= burden(outcome)
    assert bool(said) == (tightened != outcome)


@given(outcomes, several)
def test_tags_twice_are_no_stricter_than_once(outcome: Automatic | Deny | Stages, tags: list[Tightening]) -> None:
    once, _said = tighten(outcome, tags)
    assert tighten(once, tags) == (once, ())


@given(outcomes, several)
def test_the_order_of_tags_does_not_matter(outcome: Automatic | Deny | Stages, tags: list[Tightening]) -> None:
    assert len({tighten(outcome, order) for order in permutations(tags)}) == 1


@given(several, tightenings, outcomes)
def test_one_more_tag_makes_nothing_milder(
    tags: list[Tightening], more: Tightening, outcome: Automatic | Deny | Stages
) -> None:
    assert at_least_as_strict(tighten(outcome, [*tags, more])[0], tighten(outcome, tags)[0])
    assert longest_days([*tags, more], 365) <= longest_days(tags, 365) <= 365


def test_a_sensitive_package_is_never_granted_without_two_people() -> None:
    tightened, said = tighten(Automatic(), [SENSITIVE])
    assert tightened == Stages(
        stages=(StageSpec(approvers=(PACKAGE_APPROVERS,), quorum=2, justification_required=True),)
    )
    assert said == (
        "Tag “sensitive”: nothing is granted without a decision.",
        "Tag “sensitive”: approvers give a justification.",
        "Tag “sensitive”: at least 2 people agree.",
    )


def test_a_stage_of_one_person_keeps_its_quorum_where_another_stage_has_two() -> None:
    outcome = Stages(stages=(StageSpec(approvers=(MANAGER,)), *BY_PACKAGE.stages))
    tightened, _said = tighten(outcome, [SENSITIVE])
    assert isinstance(tightened, Stages)
    assert [stage.quorum for stage in tightened.stages] == [1, 2]


def test_where_one_person_alone_would_decide_nobody_does() -> None:
    tightened, said = tighten(Stages(stages=(StageSpec(approvers=(MANAGER,)),)), [SENSITIVE])
    assert isinstance(tightened, Stages)
    assert tightened.stages[0].quorum == 2
    assert "at least 2 people" in said[-1]


def test_a_no_stays_the_no_it_is() -> None:
    assert tighten(Deny(reason="Never."), BUILT_IN_TAGS.values()) == (Deny(reason="Never."), ())


def test_the_shortest_time_of_all_tags_holds() -> None:
    assert longest_days(BUILT_IN_TAGS.values(), 180) == 30
    assert longest_days([SENSITIVE], 60) == 60
    assert longest_days([], 180) == 180


def test_a_tenants_own_meaning_replaces_the_built_in_one() -> None:
    own = Tightening(tag="sensitive", least_quorum=3)
    assert tightenings_of(["sensitive", "unknown", "sensitive"], {"sensitive": own}) == (own,)
    assert tightenings_of(["sensitive"], {}) == (SENSITIVE,)


@given(tightenings)
def test_what_a_tag_asks_for_is_kept_as_plain_data(tightening: Tightening) -> None:
    assert tightening_from_data(tightening.tag, tightening_to_data(tightening)) == tightening


@pytest.mark.parametrize(
    "data", [{"longestDays": 0}, {"leastQuorum": True}, {"needsDecision": 1}, {"longestDays": "30"}, {"colour": "red"}]
)
def test_what_a_tag_cannot_ask_for_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(TagUnreadable):
        tightening_from_data("odd", data)
