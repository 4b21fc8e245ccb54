"""Nobody decides for themself, their beneficiary, a guest they answer for, or by a rule that they changed; and the same
facts give the same answer.
"""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfservice.model.actor import PersonRef
from selfservice.model.routing import (
    About,
    Candidate,
    Conflict,
    Interests,
    NobodyDecides,
    PlannedStage,
    conflict_of,
    free,
    plan,
    settle,
)
from selfservice.model.rules.outcome import (
    BY_PACKAGE,
    Approver,
    ApproverKind,
    Automatic,
    Deny,
    Outcome,
    Stages,
    StageSpec,
)

ABOUT = About(package_name="Expenses", owner_name="Bob Ray")


def person(number: int) -> PersonRef:
    return PersonRef(tenant_id="t", object_id=f"o{number}")


def candidate(number: int, *addresses: str) -> Candidate:
    return Candidate(person=person(number), name=f"Person {number}", because="named", addresses=frozenset(addresses))


def approver(number: int) -> Approver:
    return Approver(kind=ApproverKind.PERSON, tenant_id="t", object_id=f"o{number}")


INTERESTS = Interests(
    requestor=person(1),
    sponsor=person(2),
    requestor_addresses=frozenset({"ann@fabrikam.example"}),
    guest_addresses=frozenset({"gus@partner.example"}),
    sponsor_addresses=frozenset({"cy@fabrikam.example"}),
    editors=frozenset({person(5)}),
)


def find(wanted: Approver) -> Iterable[Candidate]:
    yield Candidate(person=PersonRef(tenant_id="t", object_id=wanted.object_id), name=wanted.object_id, because="named")


def planned(outcome: Outcome, interests: Interests = INTERESTS) -> tuple[PlannedStage, ...]:
    return plan(outcome, find, interests, ABOUT)


def numbers(candidates: Iterable[Candidate]) -> list[str]:
    return [each.person.object_id for each in candidates]


def stage(*approvers: int, **changes: object) -> StageSpec:
    spec = StageSpec(approvers=tuple(approver(number) for number in approvers))
    return replace(spec, **changes)  # type: ignore[arg-type]


# --- conflicts --------------------------------------------------------------------------------------------------------

CONFLICTS = {
    "the requestor": (candidate(1), Conflict.ASKS),
    "a second account of the requestor": (candidate(9, "ann@fabrikam.example"), Conflict.ASKS),
    "the guest under another identity": (candidate(9, "gus@partner.example"), Conflict.BENEFITS),
    "the sponsor": (candidate(2), Conflict.ANSWERS),
    "a second account of the sponsor": (candidate(9, "cy@fabrikam.example"), Conflict.ANSWERS),
    "whoever changed the rule": (candidate(5), Conflict.CHANGED_RULE),
    "anybody else": (candidate(7, "bob@contoso.example"), None),
}


@pytest.mark.parametrize("who", CONFLICTS)
def test_s14_an_interest_is_found_by_identity_and_by_address(who: str) -> None:
    somebody, conflict = CONFLICTS[who]
    assert conflict_of(somebody, INTERESTS) is conflict


def test_the_beneficiary_is_no_approver_even_where_somebody_else_asks() -> None:
    assert conflict_of(candidate(3), replace(INTERESTS, beneficiary=person(3))) is Conflict.BENEFITS


def test_a_sponsor_whom_the_rule_asks_for_decides_unless_they_ask_or_benefit() -> None:
    sponsor = replace(candidate(2), as_sponsor=True)
    assert conflict_of(sponsor, INTERESTS) is None
    assert conflict_of(sponsor, replace(INTERESTS, requestor=person(2))) is Conflict.ASKS
    assert conflict_of(sponsor, replace(INTERESTS, beneficiary=person(2))) is Conflict.BENEFITS
    assert conflict_of(sponsor, replace(INTERESTS, editors=frozenset({person(2)}))) is Conflict.CHANGED_RULE


# --- the stages -------------------------------------------------------------------------------------------------------


def test_each_stage_asks_its_own_people_in_the_order_of_their_names() -> None:
    first, second = planned(Stages(stages=(stage(8, 7, 7), stage(9))))
    assert (numbers(first.approvers), numbers(second.approvers)) == (["o7", "o8"], ["o9"])


def test_a_no_and_a_yes_without_anybody_have_no_stages() -> None:
    assert planned(Deny(reason="no")) == planned(Automatic()) == ()


SHORT = {
    "nobody": stage(),
    "the requestor alone": stage(1),
    "the sponsor alone": stage(2),
    "whoever changed the rule alone": stage(5),
    "fewer than must agree": stage(7, 1, quorum=2),
    "one person named twice": stage(7, 7, quorum=2),
}


@pytest.mark.parametrize("case", SHORT)
def test_a_stage_that_could_never_be_decided_is_refused_and_the_owner_named(case: str) -> None:
    with pytest.raises(NobodyDecides) as refusal:
        planned(Stages(stages=(stage(8), SHORT[case])))
    assert refusal.value.owner == "Bob Ray"
    assert "stage 2" in refusal.value.cause


def test_the_fallback_is_asked_only_where_too_few_are_found() -> None:
    (enough,) = planned(Stages(stages=(stage(7, fallback=(approver(8),)),)))
    (short,) = planned(Stages(stages=(stage(1, fallback=(approver(8),)),)))
    assert (numbers(enough.approvers), enough.fell_back) == (["o7"], False)
    assert (numbers(short.approvers), short.fell_back) == (["o8"], True)


def test_nobody_is_an_alternate_for_themself() -> None:
    (planned_stage,) = planned(Stages(stages=(stage(7, alternates=(approver(7), approver(8), approver(1))),)))
    assert numbers(planned_stage.alternates) == ["o8"]


def test_s15_whoever_changed_a_rule_is_not_granted_anything_by_it() -> None:
    outcome, why = settle(Automatic(), replace(INTERESTS, editors=frozenset({person(1)})))
    assert (outcome, bool(why)) == (BY_PACKAGE, True)
    assert settle(Automatic(), INTERESTS) == (Automatic(), ())


people = st.integers(min_value=0, max_value=6)


@given(
    requestor=people,
    sponsor=people,
    beneficiary=st.none() | people,
    editors=st.frozensets(people, max_size=2),
    approvers=st.lists(people, max_size=8),
    quorum=st.integers(min_value=1, max_value=3),
)
def test_whoever_has_an_interest_is_never_asked(
    requestor: int,
    sponsor: int,
    beneficiary: int | None,
    editors: frozenset[int],
    approvers: list[int],
    quorum: int,
) -> None:
    interests = Interests(
        requestor=person(requestor),
        sponsor=person(sponsor),
        beneficiary=None if beneficiary is None else person(beneficiary),
        editors=frozenset(person(number) for number in editors),
    )
    outcome = Stages(stages=(stage(*approvers, quorum=quorum),))
    able = set(approvers) - {requestor, sponsor, beneficiary} - editors
    if len(able) < quorum:
        with pytest.raises(NobodyDecides):
            planned(outcome, interests)
        return
    (planned_stage,) = planned(outcome, interests)
    assert {each.person for each in planned_stage.approvers} == {person(number) for number in able}
    backwards = free([approver(number) for number in reversed(approvers)], find, interests)
    assert planned_stage.approvers == backwards
