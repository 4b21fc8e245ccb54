"""A delivery's steps are claimed under a fence, judged together, and can be tried again by hand."""

from datetime import timedelta

import pytest

from selfservice.model.backoff import COPYING_WINDOW, next_attempt
from selfservice.model.delivery import (
    MAX_ATTEMPTS,
    Delivery,
    DeliveryKind,
    DeliveryState,
    DeliveryStep,
    StepKind,
    StepState,
)
from selfservice.model.planning import plan_grant, roles_of
from selfservice.model.refusal import NotAllowed
from selfservice.model.unable import UnableTo
from tests.model.making import NOW, make_package, make_request

LEASE = timedelta(seconds=60)


def make_step(**changes: object) -> DeliveryStep:
    return DeliveryStep(**{"position": 0, "kind": StepKind.GIVE_ROLE, **changes})  # type: ignore[arg-type]


def make_delivery(*states: StepState) -> Delivery:
    steps = [make_step(position=position, state=state) for position, state in enumerate(states)]
    return Delivery(tenant_id="t", kind=DeliveryKind.GRANT, request_id="r", created_at=NOW, due_at=NOW, steps=steps)


def test_a_claim_announces_the_attempt_before_it_is_made() -> None:
    step = make_step()
    fence = step.claim(at=NOW, lease=LEASE)
    assert (step.state, step.attempts, step.fence, step.lease_until) == (StepState.RUNNING, 1, fence, NOW + LEASE)
    assert len(step.attempt_id) == 36


def test_every_claim_has_its_own_fence() -> None:
    step = make_step()
    assert step.claim(at=NOW, lease=LEASE) != step.claim(at=NOW, lease=LEASE)


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"state": StepState.PENDING}, True),
        ({"state": StepState.WAITING, "next_attempt_at": NOW}, True),
        ({"state": StepState.WAITING, "next_attempt_at": NOW + timedelta(seconds=1)}, False),
        ({"state": StepState.RUNNING, "lease_until": NOW + timedelta(seconds=1)}, False),
        ({"state": StepState.RUNNING, "lease_until": NOW}, True),
        ({"state": StepState.DONE}, False),
        ({"state": StepState.SKIPPED}, False),
        ({"state": StepState.FAILED}, False),
    ],
)
def test_a_step_is_due_when_new_when_its_wait_is_over_or_when_its_worker_is_gone(
    changes: dict[str, object], due: bool
) -> None:
    assert make_step(**changes).is_due(NOW) is due


@pytest.mark.parametrize(
    ("states", "judged"),
    [
        ((StepState.DONE, StepState.SKIPPED), DeliveryState.DONE),
        ((StepState.DONE, StepState.PENDING), DeliveryState.WORKING),
        ((StepState.FAILED, StepState.RUNNING), DeliveryState.WORKING),
        ((StepState.FAILED, StepState.SKIPPED), DeliveryState.FAILED),
        ((StepState.FAILED, StepState.DONE), DeliveryState.PARTLY),
    ],
)
def test_a_delivery_is_judged_by_all_of_its_steps(states: tuple[StepState, ...], judged: DeliveryState) -> None:
    assert make_delivery(*states).judge() is judged


def test_trying_again_keeps_what_was_done() -> None:
    delivery = make_delivery(StepState.DONE, StepState.FAILED, StepState.SKIPPED)
    delivery.state = DeliveryState.PARTLY
    delivery.retry(at=NOW)
    assert [step.state for step in delivery.steps] == [StepState.DONE, StepState.PENDING, StepState.PENDING]
    assert (delivery.state, delivery.due_at) == (DeliveryState.WORKING, NOW)


@pytest.mark.parametrize(
    ("invited", "again"), [(StepState.SKIPPED, StepState.PENDING), (StepState.DONE, StepState.DONE)]
)
def test_a_link_that_trying_again_may_give_is_mailed(invited: StepState, again: StepState) -> None:
    delivery = plan_grant(make_request(), make_package(), at=NOW)
    for step in delivery.steps:
        gives = step.kind is StepKind.GIVE_ROLE
        step.state = StepState.FAILED if gives else invited if step.kind is StepKind.INVITE else StepState.DONE
    delivery.state = DeliveryState.PARTLY
    delivery.retry(at=NOW)
    assert delivery.steps[-1].kind is StepKind.MAIL
    assert delivery.steps[-1].state is again


def test_only_a_failed_delivery_can_be_tried_again() -> None:
    delivery = make_delivery(StepState.DONE)
    delivery.state = DeliveryState.DONE
    with pytest.raises(NotAllowed):
        delivery.retry(at=NOW)


def test_the_plan_names_every_step_before_the_first_is_taken_and_keeps_what_it_gives() -> None:
    package = make_package()
    delivery = plan_grant(make_request(), package, at=NOW)
    kinds = [step.kind for step in delivery.steps]
    assert kinds[:3] == [StepKind.RECHECK, StepKind.LOOK_UP, StepKind.INVITE]
    assert kinds[-2:] == [StepKind.GIVE_ROLE, StepKind.MAIL]
    assert [step.position for step in delivery.steps] == list(range(len(kinds)))
    package.roles[0].resource_id = "another group"
    assert [role.resource_id for role in roles_of(delivery.steps)] == ["g1"]


def test_the_wish_of_the_service_is_never_undercut() -> None:
    step = make_step(attempts=1)
    failure = UnableTo("slow down", code="throttled", transient=True, retry_after=17)
    again = next_attempt(step, failure, at=NOW, jitter=0.0)
    assert again is not None
    assert again >= NOW + timedelta(seconds=17)


def test_waits_grow_and_end() -> None:
    failure = UnableTo("down", code="service", transient=True)
    waits = []
    for attempts in range(1, MAX_ATTEMPTS):
        again = next_attempt(make_step(attempts=attempts), failure, at=NOW, jitter=0.0)
        assert again is not None
        waits.append(again - NOW)
    assert waits == sorted(waits)
    assert next_attempt(make_step(attempts=MAX_ATTEMPTS), failure, at=NOW, jitter=0.0) is None


def test_a_fault_that_will_not_pass_is_not_tried_again() -> None:
    assert next_attempt(make_step(attempts=1), UnableTo("no", code="permission-missing"), at=NOW, jitter=0.0) is None


def test_a_new_guest_may_be_unknown_for_a_while_without_that_being_a_fault() -> None:
    copying = UnableTo("not there", code="not-there-yet", transient=True)
    young = make_step(attempts=40, first_attempt_at=NOW - COPYING_WINDOW + timedelta(seconds=1))
    old = make_step(attempts=2, first_attempt_at=NOW - COPYING_WINDOW)
    assert next_attempt(young, copying, at=NOW, jitter=0.0) is not None
    assert next_attempt(old, copying, at=NOW, jitter=0.0) is None


def test_a_guest_whom_the_directory_never_came_to_know_is_invited_again() -> None:
    delivery = plan_grant(make_request(), make_package(), at=NOW)
    for step in delivery.steps:
        lost = step.kind is StepKind.SETTLE_IN
        step.state = StepState.FAILED if lost else StepState.DONE if step.position < 3 else StepState.SKIPPED
    delivery.state = DeliveryState.FAILED
    delivery.retry(at=NOW)
    again = {step.kind for step in delivery.steps if step.state is StepState.PENDING}
    assert {StepKind.INVITE, StepKind.SETTLE_IN, StepKind.GIVE_ROLE} <= again
    assert not {StepKind.RECHECK, StepKind.LOOK_UP} & again


def test_what_was_tried_once_is_remembered_though_the_step_is_reset() -> None:
    step = make_step()
    assert not step.was_attempted
    step.claim(at=NOW, lease=LEASE)
    step.reset()
    assert (step.attempts, step.was_attempted) == (0, True)
