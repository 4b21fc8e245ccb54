"""Thousands of steps of asking, deciding, delegating, escalating and editing rules, the same on SQLite and PostgreSQL:
both hold the same state at every thousandth, and nothing was decided that must not be.

`STATEFUL_STEPS` says how many steps each seed takes where more are wanted than a usual run has time for.
"""

import os
from collections.abc import Iterator

import pytest

from tests.property.company import Company, found
from tests.property.dumping import Dump, dump
from tests.property.oracle import illegal_steps, wrong_decisions
from tests.property.stepping import steps_of

STEPS_PER_SEED = int(os.environ.get("STATEFUL_STEPS", "3000"))
LOOK_EVERY = 1000


@pytest.fixture
def both(sqlite_url: str, postgres_url: str) -> Iterator[tuple[Company, Company]]:
    """Return the same company on both databases."""
    companies = found(sqlite_url), found(postgres_url)
    yield companies
    for company in companies:
        company.rt.sessions.close()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("seed", [2027, 2028])
def test_s21_the_same_steps_lead_to_the_same_state_on_both_databases(both: tuple[Company, Company], seed: int) -> None:
    sqlite, postgres = both
    for number, step in enumerate(steps_of(seed, STEPS_PER_SEED), 1):
        assert sqlite.take(step) == postgres.take(step), f"step {number} of seed {seed}: {step}"
        if number % LOOK_EVERY == 0:
            assert differences(dump(sqlite), dump(postgres)) == [], f"after step {number} of seed {seed}"
    assert differences(dump(sqlite), dump(postgres)) == []
    for company in both:
        assert illegal_steps(company) == []
        assert wrong_decisions(company) == []


def differences(one: Dump, other: Dump) -> list[str]:
    """Say where two dumps differ, a few of the places at most."""
    if one == other:
        return []
    requests = [one.pop("requests"), other.pop("requests")]
    assert isinstance(requests[0], dict)
    assert isinstance(requests[1], dict)
    where = [f"{name}: {value} / {other[name]}" for name, value in one.items() if value != other[name]]
    where += [
        f"request {number} {name}: {value} / {requests[1][number][name]}"
        for number, told in requests[0].items()
        for name, value in told.items()
        if value != requests[1][number][name]
    ]
    return where[:5]
