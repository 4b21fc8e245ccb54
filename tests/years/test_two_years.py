"""Two years of a company: people join and leave, ask, extend, hand over, review and let expire, and others meddle in
the directories. At the end the simulator's ledger must show no wrong block, no wrong deletion, every end in time.

`YEARS_DAYS` and `YEARS_A_DAY` say how many days pass and how much happens on each, where more is wanted than a usual
run has time for: 730 and 137 are 100,000 operations.
"""

import os
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.years import oracle
from tests.years.answering import ALL_DEEDS, ALL_OFTEN, begin_reviews
from tests.years.installation import FIRST_DAY, Installation, installed
from tests.years.people import ENFORCED, Company
from tests.years.telling import story_of
from tests.years.working import Faults, deliver, work

DAYS = int(os.environ.get("YEARS_DAYS", "62"))
A_DAY = int(os.environ.get("YEARS_A_DAY", "8"))

JUDGEMENTS: tuple[Callable[[oracle.Judge], list[str]], ...] = (
    oracle.wrong_blocks,
    oracle.wrong_deletions,
    oracle.late_ends,
    oracle.early_ends,
    oracle.late_mails,
    oracle.silent_ends,
)


@pytest.mark.slow
def test_r20_years_pass_and_nobody_is_wronged(database_url: str, tmp_path: Path) -> None:
    with Faults() as faults, installed(database_url, tmp_path) as inst:
        company = Company(inst, Random(2027))
        company.found()
        work(inst)
        begin_reviews(company)
        for _ in range(DAYS):
            live_through_a_day(inst, company)
            assert faults.told == []
        judge = oracle.judge_of(inst, company.diary, ENFORCED)
        wrong = {judgement.__name__: judgement(judge) for judgement in JUDGEMENTS}
    found = {name: sentences[:5] for name, sentences in wrong.items() if sentences}
    assert found == {}, "\n".join(line for each in found.values() for line in story_of(judge, each[0].split()[0]))
    assert company.diary.operations >= DAYS * A_DAY


def live_through_a_day(inst: Installation, company: Company) -> None:
    """Let a day pass, with a look of the worker soon after midnight and one later; the clock is never far from both."""
    tomorrow = datetime.combine(inst.clock().date() + timedelta(days=1), time(), tzinfo=FIRST_DAY.tzinfo)
    moments = sorted(company.random.random() for _ in range(A_DAY))
    today, left = inst.clock(), tomorrow - inst.clock()
    for moment in moments:
        inst.forward(max(timedelta(), today + left * moment - inst.clock()))
        [kind] = company.random.choices(list(ALL_OFTEN), weights=list(ALL_OFTEN.values()))
        company.act(kind, ALL_DEEDS[kind])
        deliver(inst)
    work(inst)
    inst.forward(max(timedelta(), tomorrow + timedelta(minutes=company.random.randrange(12)) - inst.clock()))
    work(inst)
