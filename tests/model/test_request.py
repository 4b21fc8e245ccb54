"""A request takes only the steps of its table, and its hash covers everything that is decided and delivered."""

from datetime import date, timedelta

import pytest

from selfservice.model.actor import Actor
from selfservice.model.approval import ApprovalStage, Decision, Outcome, StageApprover
from selfservice.model.request import CONTENT, NOT_CONTENT, STEPS, AccessRequest, RequestState, StepNotAllowed
from tests.model.making import ANN, BOB, CONTOSO, FABRIKAM, NOW, make_request

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


# --- stages and voices ------------------------------------------------------------------------------------------------


def staged(*approvers: Actor, quorum: int = 1) -> ApprovalStage:
    stage = ApprovalStage(position=0, spec={"approvers": ["owner"]}, quorum=quorum)
    stage.approvers = [
        StageApprover(tenant_id=who.tenant_id, object_id=who.object_id, name=who.name, because="named")
        for who in approvers
    ]
    stage.open(at=NOW)
    return stage


def vote(who: Actor, principal: Actor | None = None, outcome: Outcome = Outcome.APPROVE) -> Decision:
    voice = principal or who
    return Decision(
        tenant_id=who.tenant_id,
        object_id=who.object_id,
        name=who.name,
        outcome=outcome,
        justification="",
        content_hash="",
        decided_at=NOW,
        principal_tenant_id=voice.tenant_id,
        principal_object_id=voice.object_id,
        principal_name=voice.name,
    )


CY = Actor(tenant_id=FABRIKAM, object_id="a0000000-0000-4000-8000-000000000002", name="Cy Novak")
LEE = Actor(tenant_id=CONTOSO, object_id="b0000000-0000-4000-8000-000000000002", name="Lee Wu")


def test_a_withdrawn_vote_counts_no_more() -> None:
    stage = staged(BOB, LEE, quorum=2)
    stage.decisions = [vote(BOB), vote(LEE)]
    assert (stage.agreed, stage.has_quorum) == (2, True)
    stage.decisions[0].withdraw(at=NOW, because="a mistake")
    assert (stage.agreed, stage.has_quorum, stage.vote_of(BOB.ref)) == (1, False, None)


def test_a_vote_is_of_whoever_took_it_and_of_whom_it_was_taken_for() -> None:
    stage = staged(BOB)
    stage.decisions = [vote(LEE, principal=BOB)]
    assert stage.vote_of(BOB.ref) is stage.vote_of(LEE.ref) is stage.decisions[0]
    assert (stage.decisions[0].on_behalf_of, vote(BOB).on_behalf_of) == ("Bob Ray", "")


def test_the_sponsor_alone_is_enough_only_where_nobody_else_is_asked() -> None:
    request = make_request(sponsor_tenant_id=CY.tenant_id, sponsor_object_id=CY.object_id)
    alone, among = staged(CY), staged(CY, BOB)
    alone.decisions, among.decisions = [vote(CY)], [vote(CY)]
    assert (request.is_enough(alone), request.is_enough(among)) == (True, False)
    among.decisions.append(vote(BOB))
    assert request.is_enough(among)


def test_a_request_whose_approval_was_withdrawn_is_not_tried_again() -> None:
    request = make_request(state=RequestState.DELIVERY_FAILED, stages=[staged(BOB)])
    request.stages[0].decisions = [vote(BOB)]
    request.stages[0].decisions[0].withdraw(at=NOW, because="a mistake")
    with pytest.raises(StepNotAllowed, match="withdrawn"):
        request.take("retry", by=BOB, at=NOW)
    assert request.state is RequestState.DELIVERY_FAILED


def test_a_stage_may_be_reminded_once_and_after_a_day() -> None:
    request = make_request(stages=[staged(BOB)])
    day = timedelta(days=1)
    assert [request.may_remind(at=NOW + wait) for wait in (day / 2, day)] == [False, True]
    request.stages[0].reminded_at = NOW + day
    assert not request.may_remind(at=NOW + 2 * day)


def test_an_alternate_is_asked_once_the_stage_escalates() -> None:
    spec: dict[str, object] = {"approvers": ["owner"], "alternates": ["manager"], "escalateAfterDays": 3}
    stage = ApprovalStage(position=0, spec=spec)
    stage.approvers = [*staged(BOB).approvers, *staged(LEE).approvers]
    stage.approvers[1].is_alternate = True
    stage.open(at=NOW)
    assert (stage.asks(BOB.ref), stage.asks(LEE.ref)) == (True, False)
    due = stage.escalate_at
    assert due == NOW + timedelta(days=3)
    stage.escalate(at=NOW + timedelta(days=3))
    assert (stage.asks(LEE.ref), stage.escalate_at) == (True, None)
