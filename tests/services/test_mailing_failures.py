"""A mail that cannot leave says why, is not lost, and holds up no other for long."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.mail import MailState, OutboxMail
from selfservice.model.unable import UnableTo
from selfservice.services import mailing
from selfservice.store.transaction import transaction
from tests.services.mailbox import Relay
from tests.services.making import START, TestRuntime
from tests.services.outbox_steps import (
    AWAY,
    MINUTE,
    REFUSED,
    events,
    ids,
    later,
    put_mail,
    runtime,
    send,
    the_mail,
)

rt = pytest.fixture(runtime)


def test_a_mail_server_that_is_away_pauses_all_mail_and_loses_none(rt: TestRuntime) -> None:
    relay = Relay(before=[AWAY])
    put_mail(rt, "one")
    put_mail(rt, "two")
    assert send(rt, relay) == 1
    assert not mailing.is_due(rt)
    later(rt, MINUTE)
    assert mailing.is_due(rt)
    send(rt, relay)
    assert sorted(ids(relay.left)) == ["<one@localhost>", "<two@localhost>"]


def test_the_service_s_own_wish_to_wait_is_never_undercut(rt: TestRuntime) -> None:
    relay = Relay(before=[UnableTo("Too many.", code="throttled", transient=True, retry_after=600)])
    put_mail(rt)
    send(rt, relay)
    later(rt, timedelta(seconds=599))
    assert send(rt, relay) == 0
    later(rt, timedelta(seconds=1))
    assert send(rt, relay) == 1


def test_a_refused_address_fails_at_once_says_why_and_does_not_hold_up_the_next_mail(rt: TestRuntime) -> None:
    relay = Relay(before=[REFUSED])
    put_mail(rt, "one")
    later(rt, timedelta(seconds=1))
    put_mail(rt, "two")
    assert send(rt, relay) == 2
    mail = the_mail(rt)
    assert (mail.state, mail.failure, mail.next_step) == (MailState.FAILED, REFUSED.cause, REFUSED.next_step)
    assert ids(relay.left) == ["<two@localhost>"]
    assert events(rt) == [("mail.failed", REFUSED.cause), ("mail.sent", "")]


def test_a_mail_is_set_aside_after_eight_attempts_over_some_hours(rt: TestRuntime) -> None:
    relay = Relay(before=[AWAY] * 20)
    put_mail(rt)
    attempts = 0
    while the_mail(rt).state is not MailState.FAILED:
        attempts += send(rt, relay)
        later(rt, MINUTE)
    assert attempts == mailing.MAX_ATTEMPTS
    assert timedelta(hours=3) < rt.clock() - START < timedelta(hours=6)
    assert send(rt, relay) == 0


def test_a_link_that_cannot_be_opened_fails_the_mail_with_what_to_do(rt: TestRuntime) -> None:
    relay = Relay()
    put_mail(rt, sealed_link="not a seal")
    send(rt, relay)
    mail = the_mail(rt)
    assert (mail.state, relay.left) == (MailState.FAILED, [])
    assert mail.next_step


def test_a_mail_that_cannot_be_written_does_not_stop_the_others(rt: TestRuntime) -> None:
    relay = Relay()
    put_mail(rt, "one")
    with transaction(rt.sessions) as tx:
        tx.scalars(select(OutboxMail)).one().facts = {}
    put_mail(rt, "two")
    send(rt, relay)
    assert ids(relay.left) == ["<two@localhost>"]
    assert the_mail(rt).failure
