"""Mail over SMTP: what arrives, what is secured, and what each way of failing means for a second attempt."""

import socket
import ssl
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme

from selfservice.mail.mailers import DraftMailer, SmtpMailer
from selfservice.mail.smtp import write_message
from selfservice.model.unable import UnableTo
from selfservice.services.ports import Mailer
from tests.mail.letters import make_outgoing
from tests.mail.relay import HANG_UP, relay, scripted, settings_for
from tests.services.mailbox import FakeMailbox


def failure_of(port: int, **settings: object) -> UnableTo:
    with pytest.raises(UnableTo) as failure:
        SmtpMailer(settings_for(port, **settings)).send(make_outgoing())
    return failure.value


def test_a_mail_arrives_in_both_forms_with_our_message_id() -> None:
    with relay() as (inbox, port):
        SmtpMailer(settings_for(port)).send(make_outgoing())
    arrived = message_from_bytes(inbox.taken[0].as_bytes(), policy=policy.default)
    assert isinstance(arrived, EmailMessage)
    assert (arrived["From"], arrived["To"]) == (
        '"Selfservice, of Contoso" <selfservice@contoso.example>',
        "gus@partner.example",
    )
    assert (arrived["Subject"], arrived["Message-ID"]) == ("Überraschung für Gus", "<1@localhost>")
    assert arrived["Auto-Submitted"] == "auto-generated"
    parts = [(part.get_content_type(), part.get_content()) for part in arrived.iter_parts()]
    assert parts == [("text/plain", "Grüße\n.\nEnde\n"), ("text/html", "<p>Grüße</p>\n")]


def test_a_mailer_over_smtp_has_no_drafts_and_one_with_a_mailbox_sends_only_drafts() -> None:
    box = FakeMailbox()
    relaying: Mailer = SmtpMailer(settings_for(25))
    drafting: Mailer = DraftMailer(box)
    assert relaying.drafts() is None
    assert drafting.drafts() is box
    with pytest.raises(UnableTo):
        drafting.send(make_outgoing())


@pytest.fixture
def certified(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """Return what a server called localhost proves its name with, and the file of the authority that vouches for it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return context, str(tmp_path / "ca.pem")


def test_with_starttls_the_mail_travels_encrypted_to_a_server_that_proves_its_name(
    certified: tuple[ssl.SSLContext, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with relay(tls=certified[0]) as (inbox, port):
        stranger = failure_of(port, starttls=True)
        monkeypatch.setenv("SSL_CERT_FILE", certified[1])
        SmtpMailer(settings_for(port, starttls=True)).send(make_outgoing())
    assert (stranger.code, stranger.outcome_unknown) == ("network", False)
    assert len(inbox.taken) == 1


def test_with_starttls_nothing_is_sent_to_a_server_that_offers_none() -> None:
    with relay() as (inbox, port):
        failure = failure_of(port, starttls=True)
    assert (failure.code, failure.outcome_unknown, inbox.taken) == ("network", False, [])


def test_we_sign_in_where_the_settings_say_so(
    certified: tuple[ssl.SSLContext, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certified[1])
    password_file = tmp_path / "password"
    password_file.write_text("sesame\n", "utf-8")
    with relay(tls=certified[0], password="sesame") as (inbox, port):
        signing_in = {"starttls": True, "user_name": "us", "password_file": password_file}
        SmtpMailer(settings_for(port, **signing_in)).send(make_outgoing())
        password_file.write_text("wrong\n", "utf-8")
        failure = failure_of(port, **signing_in)
    assert len(inbox.taken) == 1
    assert (failure.code, failure.transient, failure.outcome_unknown) == ("mail-credential-refused", True, False)


def test_a_server_that_nobody_runs_is_a_passing_failure_and_nothing_has_happened() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        failure = failure_of(unused.getsockname()[1])
    assert (failure.code, failure.transient, failure.outcome_unknown) == ("network", True, False)


@pytest.mark.parametrize(
    ("where", "answer", "code", "transient"),
    [
        ("MAIL", "451 later", "mail-deferred", True),
        ("MAIL", "550 not you", "sender-refused", False),
        ("RCPT", "450 greylisted", "mail-deferred", True),
        ("RCPT", "550 no such user", "mail-refused", False),
        ("DATA", "451 later", "mail-deferred", True),
        ("DATA", "554 no", "mail-refused", False),
        ("message", "451 later", "mail-deferred", True),
        ("message", "554 spam", "mail-refused", False),
        ("message", "199 nonsense", "mail-refused", False),
    ],
)
def test_a_refusal_is_known_for_what_it_is_and_its_outcome_is_known(
    where: str, answer: str, code: str, transient: bool
) -> None:
    with scripted(**{where: answer}) as (_script, port):
        failure = failure_of(port)
    assert (failure.code, failure.transient, failure.outcome_unknown) == (code, transient, False)
    assert failure.next_step


@pytest.mark.parametrize("where", ["greeting", "EHLO", "MAIL", "RCPT"])
def test_a_connection_that_breaks_before_the_mail_was_sent_leaves_nothing_unknown(where: str) -> None:
    with scripted(**{where: HANG_UP}) as (script, port):
        failure = failure_of(port)
    assert (failure.transient, failure.outcome_unknown, script.taken) == (True, False, [])


def test_a_connection_that_breaks_after_the_mail_was_sent_leaves_the_outcome_unknown() -> None:
    with scripted(message=HANG_UP) as (script, port):
        failure = failure_of(port)
    assert len(script.taken) == 1
    assert (failure.transient, failure.outcome_unknown) == (True, True)


@pytest.mark.parametrize("address", ["no address", "a@b@c", "gus@partner.example\r\nBcc: all@x.example", ""])
def test_s39_an_address_that_is_none_is_refused_before_anything_is_sent(address: str) -> None:
    with scripted() as (script, port), pytest.raises(UnableTo) as failure:
        SmtpMailer(settings_for(port)).send(make_outgoing(to=address))
    assert (failure.value.code, failure.value.transient, script.taken) == ("address-refused", False, [])


def test_s39_a_subject_with_a_line_break_cannot_add_a_header() -> None:
    with pytest.raises(UnableTo):
        write_message(settings_for(25), make_outgoing(subject="Hello\r\nBcc: all@x.example"))
