"""Mail over SMTP: a message leaves in one step, and it is known up to which point that step can be repeated."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

from selfservice.config.settings import MailSettings, SmtpSettings
from selfservice.model.directory import OutgoingMail
from selfservice.model.unable import UnableTo

TIMEOUT_SECONDS = 20.0

OPERATOR = "Whoever runs Selfservice"
BY_ITSELF = "Wait; it is tried again by itself."


def write_message(settings: MailSettings, mail: OutgoingMail) -> EmailMessage:
    """Return the mail as a MIME message with both its forms. The standard library refuses line breaks in headers."""
    message = EmailMessage(policy=policy.SMTP)
    try:
        message["From"] = Address(settings.sender_name, addr_spec=settings.sender)
        message["To"] = Address(addr_spec=mail.to)
        message["Subject"] = mail.subject
        message["Message-ID"] = mail.message_id
    except (ValueError, IndexError, MessageError) as failure:
        raise UnableTo(
            "The address or subject of this mail cannot be written into a mail.",
            code="address-refused",
            owner="Who gave the address",
            next_step="Ask again with another address.",
        ) from failure
    message["Date"] = formatdate()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def deliver(settings: MailSettings, mail: OutgoingMail) -> None:
    """Hand a mail to the relay.

    Until the message itself is sent nothing has happened; when the connection breaks after that, the relay may have
    taken it, and only it knows.
    """
    if settings.smtp is None:
        raise UnableTo("No mail server is configured.", code="mail-unconfigured", owner=OPERATOR)
    message = write_message(settings, mail)
    with _connection(settings.smtp) as server:
        options = () if mail.to.isascii() else ("SMTPUTF8", "BODY=8BITMIME")
        _expect(
            server.mail(settings.sender, options), "The mail server refuses our sender address.", code="sender-refused"
        )
        _expect(server.rcpt(mail.to), "The mail server refuses the recipient's address.")
        content = message.as_bytes(policy=policy.SMTP if mail.to.isascii() else policy.SMTPUTF8)
        try:
            answer = server.data(content)
        except smtplib.SMTPDataError as refusal:
            _expect((refusal.smtp_code, refusal.smtp_error), "The mail server refuses the mail.")
        except (OSError, smtplib.SMTPServerDisconnected) as failure:
            raise UnableTo(
                "The connection to the mail server broke while it took the mail.",
                code="network",
                transient=True,
                outcome_unknown=True,
                owner=OPERATOR,
                next_step=BY_ITSELF,
            ) from failure
        else:
            _expect(answer, "The mail server refuses the mail.")


@contextmanager
def _connection(settings: SmtpSettings) -> Iterator[smtplib.SMTP]:
    """Connect, secure, sign in; whatever breaks on the way broke before any mail was given away."""
    try:
        server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
    except (OSError, smtplib.SMTPException) as failure:
        raise _unreachable() from failure
    try:
        _prepare(server, settings)
        yield server
    except smtplib.SMTPAuthenticationError as failure:
        raise UnableTo(
            "The mail server refuses our user name or password.",
            code="mail-credential-refused",
            transient=True,
            owner=OPERATOR,
            next_step="Correct the mail settings; waiting mails then leave by themselves.",
        ) from failure
    except (OSError, smtplib.SMTPException) as failure:
        raise _unreachable() from failure
    finally:
        server.close()


def _prepare(server: smtplib.SMTP, settings: SmtpSettings) -> None:
    server.ehlo_or_helo_if_needed()
    if settings.starttls:
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    if settings.user_name is not None and settings.password_file is not None:
        server.login(settings.user_name, settings.password_file.read_text("utf-8").strip())


def _expect(answer: tuple[int, bytes | str], cause: str, *, code: str = "mail-refused") -> None:
    """Take the relay's answer: 2xx is yes, 4xx is not now, all else is no."""
    status = answer[0]
    if 200 <= status < 300:
        return
    later = 400 <= status < 500
    raise UnableTo(
        cause if 400 <= status < 600 else "The mail server answered something unexpected.",
        code="mail-deferred" if later else code,
        transient=later,
        owner=OPERATOR,
        next_step=BY_ITSELF if later else "Check the address, and what the mail server accepts.",
    )


def _unreachable() -> UnableTo:
    return UnableTo(
        "The mail server could not be reached, or not securely.",
        code="network",
        transient=True,
        owner=OPERATOR,
        next_step=BY_ITSELF,
    )
