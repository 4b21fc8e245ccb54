"""Settled: whoever was mailed and did not decide learns it once; what still asks is taken out of the outbox."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.approval import ApprovalStage, StageState
from selfservice.model.mail import MailKind, MailState, OutboxMail
from selfservice.model.refusal import NotAllowed, Refused
from selfservice.model.rules.outcome import StageSpec
from selfservice.services import escalating, expiring, preferring, reminding, requesting, retrying
from selfservice.services.notifying import ASKING
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, DEE, LEE, WES, World
from tests.services.waiting.steps import (
    DAY,
    approve,
    ask,
    ask_about,
    deny,
    forward,
    hand_over,
    mails,
    named,
    put_rule,
    sent,
    the_group,
    told,
)

SETTLED = MailKind.REQUEST_SETTLED


def test_who_was_mailed_and_did_not_decide_learns_who_did(world: World) -> None:
    request_id = ask(world)
    sent(world)
    approve(world, request_id, by=BOB)
    (settled,) = mails(world, SETTLED)
    assert (settled.to_address, settled.facts["said"]) == ("lee@contoso.example", "Bob Ray agreed.")
    assert settled.facts["link"] == f"http://localhost:8080/decide/{request_id}"


def test_a_mail_that_has_not_left_is_taken_back_and_then_nothing_is_told(world: World) -> None:
    request_id = ask(world)
    approve(world, request_id, by=BOB)
    assert (told(world, MailKind.DECISION_WANTED), told(world, SETTLED)) == ([], [])
    assert told(world, MailKind.REQUEST_RECEIVED) == ["ann"]


def test_a_mail_that_is_just_leaving_is_not_touched(world: World) -> None:
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        wanted = select(OutboxMail).where(OutboxMail.kind == MailKind.DECISION_WANTED)
        for mail in tx.scalars(wanted):
            mail.claim(at=world.rt.clock(), lease=timedelta(minutes=1))
    deny(world, request_id, by=BOB)
    assert (told(world, MailKind.DECISION_WANTED), told(world, SETTLED)) == (["bob", "lee"], ["lee"])


def test_who_reads_one_mail_a_day_or_is_quiet_is_not_told(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB), named(LEE), named(DEE, quiet=True))))
    preferring.set_digest(world.rt, by=LEE, on=True)
    request_id = ask(world)
    sent(world)
    approve(world, request_id, by=BOB)
    assert told(world, SETTLED) == []


def test_who_agreed_where_several_must_is_not_told_and_the_others_are(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB), named(LEE), named(DEE), named(WES)), quorum=2))
    request_id = ask(world)
    sent(world)
    approve(world, request_id, by=BOB)
    assert told(world, SETTLED) == []
    approve(world, request_id, by=WES)
    assert told(world, SETTLED) == ["dee", "lee"]
    assert {mail.facts["said"] for mail in mails(world, SETTLED)} == {"Bob Ray, Wes Hall agreed."}


def test_each_stage_is_settled_for_those_of_that_stage(world: World) -> None:
    put_rule(world, StageSpec(approvers=(the_group(),)), StageSpec(approvers=(named(DEE), named(WES))))
    request_id = ask(world)
    sent(world)
    approve(world, request_id, by=LEE)
    assert told(world, SETTLED) == ["bob"]
    sent(world)
    deny(world, request_id, by=WES)
    assert told(world, SETTLED) == ["bob", "dee"]
    assert mails(world, SETTLED)[1].facts["said"] == "Wes Hall denied it."


def test_a_withdrawn_request_is_settled_for_everybody_who_was_mailed(world: World) -> None:
    request_id = ask(world)
    sent(world)
    requesting.withdraw(world.rt, request_id, by=ANN)
    assert told(world, SETTLED) == ["bob", "lee"]
    assert {mail.facts["said"] for mail in mails(world, SETTLED)} == {"Ann Lee has withdrawn the request."}


def test_the_delegate_decides_and_the_other_approver_reads_for_whom(world: World) -> None:
    hand_over(world, BOB, DEE)
    request_id = ask(world)
    sent(world)
    approve(world, request_id, by=DEE)
    (settled,) = mails(world, SETTLED)
    assert (settled.to_address, settled.facts["said"]) == ("lee@contoso.example", "Dee Fox (for Bob Ray) agreed.")


OPERATIONS: dict[str, Callable[[World, str], object]] = {
    "approve": lambda world, request_id: approve(world, request_id, by=BOB),
    "agree": lambda world, request_id: approve(world, request_id, by=LEE),
    "deny": lambda world, request_id: deny(world, request_id, by=LEE),
    "alternate": lambda world, request_id: approve(world, request_id, by=DEE),
    "withdraw": lambda world, request_id: requesting.withdraw(world.rt, request_id, by=ANN),
    "remind": lambda world, request_id: reminding.remind(world.rt, request_id, by=ANN),
    "digest": lambda world, _request_id: reminding.send_digests(world.rt),
    "escalate": lambda world, _request_id: escalating.escalate_due(world.rt),
    "expire": lambda world, _request_id: expiring.expire_requests(world.rt),
    "wait": lambda world, _request_id: forward(world, DAY * 0.7),
    "send": lambda world, _request_id: sent(world),
}


def attempt(operation: str, world: World, request_id: str) -> None:
    """Do it where it is possible; a refusal is an answer too."""
    with suppress(Refused):
        OPERATIONS[operation](world, request_id)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_order_nobody_is_asked_or_reminded_about_what_is_decided(world: World, seed: int) -> None:
    """After every step: what asks in the outbox belongs to a stage that waits, or left while it did."""
    dice = random.Random(seed)
    put_rule(
        world,
        StageSpec(approvers=(the_group(),), quorum=2, escalate_after_days=2, alternates=(named(DEE),)),
        StageSpec(approvers=(named(DEE), named(WES)), days_to_answer=4),
    )
    requests = [ask_about(world, guest) for guest in ("Gus", "Ivy", "Jo", "Kim")]
    for _step in range(60):
        attempt(dice.choice(list(OPERATIONS)), world, dice.choice(requests))
        assert_nothing_asks_in_vain(world)


def assert_nothing_asks_in_vain(world: World) -> None:
    with reading(world.rt.sessions) as tx:
        stages = {stage.id: stage for stage in tx.scalars(select(ApprovalStage))}
        asking = list(tx.scalars(select(OutboxMail).where(OutboxMail.kind.in_(ASKING))))
        waiting = {stage.request_id for stage in stages.values() if stage.state is StageState.OPEN}
    for mail in asking:
        stage = stages.get(mail.once_key.split(":")[1])
        if stage is not None and mail.sent_at is None:
            assert stage.state is StageState.OPEN, f"{mail.once_key} would leave though it is {stage.state}"
        elif stage is not None and stage.decisions and stage.state is not StageState.OPEN:
            assert mail.sent_at is not None
            assert mail.sent_at <= max(decision.decided_at for decision in stage.decisions)
    if not waiting:
        before = len(mails(world, MailKind.DECISION_DIGEST))
        reminding.send_digests(world.rt)
        assert len(mails(world, MailKind.DECISION_DIGEST)) == before


def test_a_failed_mail_that_asked_is_not_sent_again_once_it_is_decided(world: World) -> None:
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        for mail in tx.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.DECISION_WANTED)):
            mail.state = MailState.FAILED
    first, second = mails(world, MailKind.DECISION_WANTED)
    retrying.resend_mail(world.rt, first.id, by=DEE)
    approve(world, request_id, by=BOB)
    with pytest.raises(NotAllowed):
        retrying.resend_mail(world.rt, second.id, by=DEE)
