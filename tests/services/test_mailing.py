"""Mailing: each mail leaves once, however often the worker dies, and a mail that cannot leave says why."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.audit import AuditEvent
from selfservice.model.directory import MailDraft, OutgoingMail, Secret
from selfservice.model.mail import MailKind, MailState, OutboxMail
from selfservice.model.unable import UnableTo
from selfservice.services import leasing, mailing, sealing
from selfservice.services.ports import Mailer
from selfservice.store.transaction import reading, transaction
from tests.services.mailbox import FakeMailbox, Killed, MailboxMailer, Relay
from tests.services.making import CONTOSO, START, HandClock, TestRuntime, make_runtime

MINUTE = timedelta(minutes=1)
AWAY = UnableTo("The mail server could not be reached.", code="network", transient=True, next_step="Wait.")
UNKNOWN = UnableTo("The connection broke.", code="network", transient=True, outcome_unknown=True)
REFUSED = UnableTo("The mail server refuses the address.", code="mail-refused", next_step="Check the address.")
LINK = Secret("https://login.example/redeem?rd=canary")


@pytest.fixture
def rt(database_url: str) -> Iterator[TestRuntime]:
    """Return a runtime without a mailer; each test brings its own."""
    runtime = make_runtime(database_url)
    yield runtime
    runtime.sessions.close()


def compose(mail: OutboxMail, link: Secret | None) -> OutgoingMail:
    return OutgoingMail(
        message_id=mail.message_id,
        to=mail.to_address,
        subject=mail.kind.value,
        text=link.reveal() if link else mail.facts["link"],
        html="",
    )


def put_mail(rt: TestRuntime, name: str = "one", *, sealed_link: str | None = None) -> None:
    with transaction(rt.sessions) as tx:
        tx.add(
            OutboxMail(
                once_key=name,
                kind=MailKind.REQUEST_RECEIVED,
                tenant_id=CONTOSO,
                to_address=f"{name}@x.example",
                message_id=f"<{name}@localhost>",
                facts={"link": "http://localhost:8080/"},
                sealed_link=sealed_link,
                created_at=rt.clock(),
            )
        )


def send(rt: TestRuntime, mailer: Mailer) -> int:
    return mailing.send_due(replace(rt, mailer=mailer), compose)


def die(rt: TestRuntime, mailer: Mailer) -> None:
    """Send until the worker is killed; its leases run out."""
    with pytest.raises(Killed):
        send(rt, mailer)
    later(rt, rt.settings.intervals.lease)


def later(rt: TestRuntime, by: timedelta = timedelta(hours=1)) -> None:
    assert isinstance(rt.clock, HandClock)
    rt.clock.forward(by)


def the_mail(rt: TestRuntime, name: str = "one") -> OutboxMail:
    with reading(rt.sessions) as tx:
        return tx.scalars(select(OutboxMail).where(OutboxMail.once_key == name)).one()


def events(rt: TestRuntime) -> list[tuple[str, str]]:
    with reading(rt.sessions) as tx:
        return [(event.action, event.why) for event in tx.scalars(select(AuditEvent).order_by(AuditEvent.number))]


def ids(left: list[OutgoingMail]) -> list[str]:
    return [mail.message_id for mail in left]


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


def test_a_second_worker_sends_nothing_while_the_first_is_at_it(rt: TestRuntime) -> None:
    relay = Relay()
    put_mail(rt)
    leasing.claim(rt, mailing.LEASE, for_=MINUTE)
    assert (send(rt, relay), relay.left) == (0, [])
