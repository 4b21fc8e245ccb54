"""A run's snapshot: who is asked about whom, what is striking, and what rolls over."""

from selfservice.model.review import Flag, RunState
from selfservice.services.posting import key_of
from tests.services.making import ANN, BOB, CY
from tests.services.reviews.steps import Ward, item_of, leave, run_of, seat, start, tally_of

OWN = {"home": CY.ref}


def reviewer(ward: Ward, run_id: str, number: int = 0) -> tuple[str, str]:
    item = item_of(ward, run_id, ward.held[number])
    return item.reviewer, item.because


def test_sponsors_are_asked_about_their_guests(ward: Ward) -> None:
    seat(ward), seat(ward, sponsor=CY)
    run_id = start(ward)
    assert reviewer(ward, run_id, 0) == (key_of(ANN.ref), "sponsors")
    assert reviewer(ward, run_id, 1) == (key_of(CY.ref), "sponsors")
    assert run_of(ward, run_id).state is RunState.OPEN
    assert (tally_of(ward, run_id, ANN).total, tally_of(ward, run_id, ANN).open) == (1, 1)


def test_where_the_sponsor_left_the_owner_is_asked(ward: Ward) -> None:
    seat(ward, sponsor=CY)
    leave(ward, CY)
    run_id = start(ward)
    assert reviewer(ward, run_id) == (key_of(BOB.ref), "owners")
    assert Flag.NO_SPONSOR in item_of(ward, run_id, ward.held[0]).marks
