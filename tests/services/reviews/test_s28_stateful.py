"""S28 by chance: whatever reviewers, leavers and time do, nothing is kept in silence, and the counts stay true."""

import random
from collections import Counter

import pytest
from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.refusal import Refused
from selfservice.model.review import ItemState, ReviewItem, RunState, Verdict
from selfservice.model.review_plan import NoAnswer
from selfservice.model.review_tally import COUNTED, ReviewTally
from selfservice.services.posting import key_of
from selfservice.store.transaction import reading
from tests.services.making import ANN, BOB, CY, DEE, LEE
from tests.services.reviews.steps import DAY, Ward, answer, change, events, leave, run_of, seat, start, tend

PEOPLE = (ANN, CY, BOB, LEE, DEE)


def items(ward: Ward, run_id: str) -> list[ReviewItem]:
    with reading(ward.world.rt.sessions) as tx:
        return list(tx.scalars(select(ReviewItem).where(ReviewItem.run_id == run_id)))


def ensure_counts_are_true(ward: Ward, run_id: str) -> None:
    found = Counter((item.reviewer, item.state) for item in items(ward, run_id))
    with reading(ward.world.rt.sessions) as tx:
        tallies = tx.scalars(select(ReviewTally).where(ReviewTally.run_id == run_id)).all()
    for tally in tallies:
        for state, name in COUNTED.items():
            assert getattr(tally, name) == found[(tally.reviewer, state)]


def step(ward: Ward, run_id: str, chance: random.Random, gone: set[Actor]) -> None:
    """Do one thing at random: answer with or without the right to, change an access, leave, or let a day pass."""
    held = chance.choice(ward.held)
    what = chance.choice(["answer"] * 6 + ["change", "day", "leave"])
    if what == "answer":
        who = chance.choice([each for each in PEOPLE if each not in gone])
        try:
            answer(ward, run_id, held, chance.choice(list(Verdict)), by=who)
        except Refused:
            return
    elif what == "change":
        change(ward, held, ends_on=ward.world.rt.clock().date() + chance.randrange(40, 400) * DAY)
    elif what == "day":
        tend(ward, after=DAY)
    elif len(gone) < 3:
        leaver = chance.choice([ANN, CY, BOB])
        gone.add(leaver)
        leave(ward, leaver)
        tend(ward)


@pytest.mark.parametrize("policy", list(NoAnswer))
@pytest.mark.parametrize("seed", range(3))
def test_s28_nothing_is_kept_in_silence_whatever_happens(ward: Ward, policy: NoAnswer, seed: int) -> None:
    chance, gone = random.Random(f"{policy}{seed}"), set[Actor]()
    for number in range(8):
        seat(ward, sponsor=(ANN, CY)[number % 2], granted_by=chance.choice([None, ANN, BOB]))
    run_id = start(ward, no_answer=policy)
    for _ in range(40):
        step(ward, run_id, chance, gone)
        if run_of(ward, run_id).state is not RunState.OPEN:
            break
        ensure_counts_are_true(ward, run_id)
    tend(ward, after=15 * DAY)
    answers = {(event.object_id, event.details["for"]) for event in events(ward, "guest.reviewed")}
    left = {key_of(each.ref) for each in gone} | {""}
    for item in items(ward, run_id):
        assert item.state not in (ItemState.OPEN, ItemState.UNSURE, ItemState.REMOVED)
        if item.decided_at is not None:
            assert (item.guest_id, item.reviewer) in answers
        elif item.state is ItemState.KEPT:
            assert item.reviewer not in left
            assert policy is not NoAnswer.REMOVE
