"""The evidence of a run: a row for each item, no cell a formula, and the hash of what left in the audit trail."""

import csv
import hashlib
import io

import pytest

from selfservice.model.actor import Actor
from selfservice.model.guest import Guest
from selfservice.model.refusal import NotFound
from selfservice.model.review import Verdict
from selfservice.services.reviews import exporting
from selfservice.store.transaction import transaction
from tests.services.making import ANN, DEE, WES
from tests.services.reviews.steps import Ward, answer, events, seat, start

TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
PAYLOADS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20A")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_s41_no_cell_of_the_evidence_is_a_formula(ward: Ward, payload: str) -> None:
    held = seat(ward)
    with transaction(ward.world.rt.sessions) as tx:
        tx.get_one(Guest, held.guest_id).display_name = payload
    run_id = start(ward)
    answer(ward, run_id, held, Verdict.REMOVE, why=f"{payload} x")
    text = "".join(exporting.export(ward.world.rt, run_id, by=DEE))
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert not any(cell.lstrip(" ").startswith(TRIGGERS) for cell in row)
    assert row[header.index("answer")] == "remove"


def test_the_trail_keeps_the_hash_of_what_left(ward: Ward) -> None:
    seat(ward)
    seat(ward)
    run_id = start(ward)
    text = "".join(exporting.export(ward.world.rt, run_id, by=DEE))
    (event,) = events(ward, "review.export")
    assert event.details == {"sha256": hashlib.sha256(text.encode()).hexdigest(), "rows": 2}


@pytest.mark.parametrize("stranger", [ANN, WES])
def test_only_those_who_run_or_oversee_a_review_take_its_evidence(ward: Ward, stranger: Actor) -> None:
    seat(ward)
    run_id = start(ward)
    with pytest.raises(NotFound):
        exporting.export(ward.world.rt, run_id, by=stranger)
    assert events(ward, "review.export") == []
