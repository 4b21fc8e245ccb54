"""Nobody decides for themself, their beneficiary, or a guest they answer for; and the same facts give the same
answer.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfservice.model.actor import PersonRef
from selfservice.model.routing import Candidate, Facts, NobodyDecides, route


def person(number: int) -> PersonRef:
    return PersonRef(tenant_id="t", object_id=f"o{number}")


def candidate(number: int, *, mail: str | None = None) -> Candidate:
    return Candidate(person=person(number), name=f"Person {number}", because="named", mail_key=mail)


FACTS = Facts(
    requestor=person(1),
    sponsor=person(2),
    beneficiary=None,
    guest_key="gus@partner.example",
    package_name="Expenses",
    owner_name="Bob Ray",
    candidates=(candidate(7), candidate(8)),
)


def test_every_approver_may_decide_in_one_stage() -> None:
    (stage,) = route(FACTS).stages
    assert [approver.person for approver in stage.approvers] == [person(7), person(8)]


def test_someone_named_twice_is_asked_once() -> None:
    (stage,) = route(replace(FACTS, candidates=(candidate(7), candidate(7)))).stages
    assert len(stage.approvers) == 1


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, candidates=()),
        replace(FACTS, candidates=(candidate(1),)),
        replace(FACTS, candidates=(candidate(2),)),
        replace(FACTS, candidates=(candidate(7, mail="gus@partner.example"),)),
    ],
    ids=["nobody", "the requestor", "the sponsor", "the guest under another identity"],
)
def test_where_nobody_may_decide_the_refusal_names_the_owner(facts: Facts) -> None:
    with pytest.raises(NobodyDecides) as refusal:
        route(facts)
    assert refusal.value.owner == "Bob Ray"


people = st.integers(min_value=0, max_value=6)


@given(requestor=people, sponsor=people, beneficiary=st.none() | people, approvers=st.lists(people, max_size=8))
def test_whoever_has_an_interest_is_never_asked(
    requestor: int, sponsor: int, beneficiary: int | None, approvers: list[int]
) -> None:
    facts = replace(
        FACTS,
        requestor=person(requestor),
        sponsor=person(sponsor),
        beneficiary=None if beneficiary is None else person(beneficiary),
        candidates=tuple(candidate(number) for number in approvers),
    )
    free = set(approvers) - {requestor, sponsor, beneficiary}
    if not free:
        with pytest.raises(NobodyDecides):
            route(facts)
        return
    (stage,) = route(facts).stages
    assert {approver.person for approver in stage.approvers} == {person(number) for number in free}
    assert route(facts) == route(replace(facts, candidates=tuple(reversed(facts.candidates))))
