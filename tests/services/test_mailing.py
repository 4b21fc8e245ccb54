"""Mailing: each mail leaves once, however often the worker dies."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.directory import MailDraft, OutgoingMail
from selfservice.model.mail import MailState, OutboxMail
from selfservice.services import leasing, mailing, sealing
from selfservice.store.transaction import transaction
from tests.services.mailbox import FakeMailbox, Killed, MailboxMailer, Relay
from tests.services.making import TestRuntime
from tests.services.outbox_steps import (
    AWAY,
    LINK,
    MINUTE,
    UNKNOWN,
    die,
    events,
    ids,
    later,
    put_mail,
    runtime,
    send,
    the_mail,
)

rt = pytest.fixture(runtime)


def test_mails_leave_in_the_order_in_which_they_were_written_and_only_once(rt: TestRuntime) -> None:
    relay = Relay()
    for name in ("one", "two", "three"):
        put_mail(rt, name)
        later(rt, timedelta(seconds=1))
    assert mailing.is_due(rt)
    assert (send(rt, relay), send(rt, relay)) == (3, 0)
    assert ids(relay.left) == ["<one@localhost>", "<two@localhost>", "<three@localhost>"]
    assert (the_mail(rt).state, the_mail(rt).sent_at) == (MailState.SENT, rt.clock())
    assert not mailing.is_due(rt)
    assert events(rt) == [("mail.sent", "")] * 3


def test_a_secret_link_is_opened_for_the_mail_alone_and_wiped_once_it_has_left(rt: TestRuntime) -> None:
    relay = Relay()
    put_mail(rt, sealed_link=sealing.seal(rt.settings, LINK))
    send(rt, relay)
    assert relay.left[0].text == LINK.reveal()
    assert the_mail(rt).sealed_link is None


def test_with_a_mailbox_the_draft_is_stored_before_it_is_sent(rt: TestRuntime) -> None:
    mailer = MailboxMailer()
    put_mail(rt)
    mailer.box.before["send"] = [AWAY]
    send(rt, mailer)
    assert (the_mail(rt).state, the_mail(rt).draft_id, mailer.box.left) == (MailState.DRAFTED, "draft-1", [])
    later(rt)
    send(rt, mailer)
    assert (the_mail(rt).state, ids(mailer.box.left)) == (MailState.SENT, ["<one@localhost>"])
    assert len(mailer.box.written) == 1


@pytest.mark.parametrize(
    ("when", "call"),
    [("before", "create"), ("after", "create"), ("before", "send"), ("after", "send")],
)
@pytest.mark.parametrize("trouble", [Killed(), UNKNOWN], ids=["killed", "unknown outcome"])
def test_with_a_mailbox_one_mail_leaves_whatever_breaks_wherever(
    rt: TestRuntime, when: str, call: str, trouble: BaseException
) -> None:
    mailer = MailboxMailer()
    put_mail(rt)
    (mailer.box.before if when == "before" else mailer.box.after)[call] = [trouble]
    if isinstance(trouble, Killed):
        die(rt, mailer)
    else:
        send(rt, mailer)
        later(rt)
    send(rt, mailer)
    assert ids(mailer.box.left) == ["<one@localhost>"]
    assert (the_mail(rt).state, the_mail(rt).attempts) == (MailState.SENT, 2)
    assert len(mailer.box.written) == 1


def test_a_draft_that_is_no_longer_in_the_mailbox_has_been_sent(rt: TestRuntime) -> None:
    mailer = MailboxMailer()
    put_mail(rt)
    mailer.box.after["send"] = [Killed()]
    die(rt, mailer)
    mailer.box.messages.clear()
    send(rt, mailer)
    assert (the_mail(rt).state, len(mailer.box.left)) == (MailState.SENT, 1)


def test_over_smtp_a_kill_after_the_mail_left_gives_a_second_copy_with_the_same_message_id(rt: TestRuntime) -> None:
    relay = Relay(after=[Killed()])
    put_mail(rt)
    die(rt, relay)
    send(rt, relay)
    assert ids(relay.left) == ["<one@localhost>", "<one@localhost>"]


def test_over_smtp_a_kill_before_the_mail_left_gives_one_copy(rt: TestRuntime) -> None:
    relay = Relay(before=[Killed()])
    put_mail(rt)
    die(rt, relay)
    send(rt, relay)
    assert ids(relay.left) == ["<one@localhost>"]


def test_a_mail_that_a_dead_worker_had_in_hand_is_not_touched_before_its_lease_runs_out(rt: TestRuntime) -> None:
    relay = Relay(before=[Killed()])
    put_mail(rt)
    with pytest.raises(Killed):
        send(rt, relay)
    leasing.revoke(rt, mailing.LEASE)
    assert send(rt, relay) == 0
    later(rt, rt.settings.intervals.lease)
    assert send(rt, relay) == 1


def test_a_late_worker_cannot_settle_what_another_one_has_taken_over(rt: TestRuntime) -> None:
    mailer = MailboxMailer(SlowMailbox(rt))
    put_mail(rt)
    send(rt, mailer)
    assert (the_mail(rt).state, the_mail(rt).fence) == (MailState.QUEUED, "another worker's")
    assert mailer.box.left == []


class SlowMailbox(FakeMailbox):
    """So slow at drafting that another worker takes the mail over meanwhile."""

    def __init__(self, rt: TestRuntime) -> None:
        super().__init__()
        self._rt = rt

    def create(self, mail: OutgoingMail) -> MailDraft:
        with transaction(self._rt.sessions) as tx:
            row = tx.scalars(select(OutboxMail)).one()
            row.fence, row.state = "another worker's", MailState.QUEUED
        return super().create(mail)


def test_a_second_worker_sends_nothing_while_the_first_is_at_it(rt: TestRuntime) -> None:
    relay = Relay()
    put_mail(rt)
    leasing.claim(rt, mailing.LEASE, for_=MINUTE)
    assert (send(rt, relay), relay.left) == (0, [])
