"""A rule as plain data: what can be kept comes back, and what can never hold is refused where it stands."""

import random

import pytest

from selfservice.model.rules.codec import (
    RuleUnreadable,
    clauses_from_data,
    clauses_to_data,
    outcome_from_data,
    outcome_to_data,
)
from tests.model.rules.generating import random_clause, random_outcome


def test_clauses_and_outcomes_come_back_as_they_were() -> None:
    source = random.Random(1)
    for _case in range(500):
        clauses = tuple(random_clause(source) for _ in range(3))
        assert clauses_from_data(clauses_to_data(clauses)) == clauses
        outcome = random_outcome(source)
        assert outcome_from_data(outcome_to_data(outcome)) == outcome


@pytest.mark.parametrize(
    "clause",
    [
        {"attribute": "guestDomain", "anyOf": ["*partner.example"]},
        {"attribute": "guestDomain", "noneOf": ["partner..example"]},
        {"attribute": "for", "anyOf": ["me"]},
        {"attribute": "alreadyGuest", "anyOf": ["true"]},
        {"attribute": "days", "anyOf": ["thirty"]},
        {"attribute": "department", "anyOf": [" "]},
        {"attribute": "department", "anyOf": []},
        {"attribute": "department", "atMost": 3},
        {"attribute": "shoe", "anyOf": ["42"]},
        {"attribute": "days", "atMost": 30, "atLeast": 3},
    ],
)
def test_a_clause_that_can_never_be_meant_is_refused_with_its_place(clause: dict[str, object]) -> None:
    with pytest.raises(RuleUnreadable, match=r"when\[1\]"):
        clauses_from_data([clause])
