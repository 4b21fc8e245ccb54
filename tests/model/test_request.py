"""A request takes only the steps of its table, and its hash covers everything that is decided and delivered."""

from datetime import date

import pytest

from selfservice.model.request import CONTENT, NOT_CONTENT, STEPS, AccessRequest, RequestState, StepNotAllowed
from tests.model.making import ANN, BOB, NOW, make_request

EVERY_STEP = [(state, step) for state in RequestState for step in STEPS]


@pytest.mark.parametrize(("state", "step"), EVERY_STEP)
def test_a_step_is_taken_from_its_states_and_from_no_other(state: RequestState, step: str) -> None:
    request = make_request(state=state)
    before, after = STEPS[step]
    if state in before:
        taken = request.take(step, by=BOB, at=NOW)
        assert (request.state, taken.action, taken.actor_object_id) == (after, f"request.{step}", BOB.object_id)
    else:
        with pytest.raises(StepNotAllowed) as refusal:
            request.take(step, by=BOB, at=NOW)
        assert request.state is state
        assert refusal.value.next_step


def test_no_state_that_ended_a_request_can_be_left() -> None:
    ended = {RequestState.DENIED, RequestState.CANCELED, RequestState.EXPIRED, RequestState.DELIVERED}
    assert not any(ended & before for before, _after in STEPS.values())


def test_every_column_is_either_covered_by_the_content_hash_or_left_out_by_name() -> None:
    columns = {column.name for column in AccessRequest.__table__.columns}
    assert columns == {*CONTENT, *NOT_CONTENT}
    assert not set(CONTENT) & set(NOT_CONTENT)


@pytest.mark.parametrize("name", CONTENT)
def test_changing_anything_that_is_decided_changes_the_content_hash(name: str) -> None:
    request = make_request()
    seen = request.content_hash
    other = {"for_self": True, "ends_on": date(2027, 3, 2)}.get(name, "something else")
    setattr(request, name, other)
    assert request.content_hash != seen


def test_the_beneficiary_of_a_request_for_oneself_is_the_requestor() -> None:
    assert make_request(for_self=True).beneficiary == ANN.ref
    assert make_request(for_self=False).beneficiary is None
