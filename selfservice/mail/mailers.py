"""The two ways in which mail leaves: in one step over SMTP, or as a draft in a mailbox that is then sent."""

from typing import Protocol

from selfservice.config.settings import MailSettings
from selfservice.mail.smtp import deliver
from selfservice.model.directory import MailDraft, OutgoingMail
from selfservice.model.unable import UnableTo


class Drafts(Protocol):
    """A mailbox that keeps drafts; `entra` has the real one, and the factory brings the two together."""

    def find(self, message_id: str) -> MailDraft | None:
        """Return the message with our Message-ID, sent or not, or None."""

    def create(self, mail: OutgoingMail) -> MailDraft:
        """Write a draft."""

    def get(self, draft_id: str) -> MailDraft | None:
        """Return the message by its id, or None."""

    def send(self, draft_id: str) -> None:
        """Send a draft."""


class SmtpMailer:
    """Mail over an SMTP relay: one step, which can be repeated only at the risk of a second copy."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def drafts(self) -> None:
        """There are none: a mail leaves at once."""

    def send(self, mail: OutgoingMail) -> None:
        """Hand the mail to the relay."""
        deliver(self._settings, mail)


class DraftMailer:
    """Mail by way of a mailbox's drafts: each half can be looked up, so that nothing is sent twice."""

    def __init__(self, box: Drafts) -> None:
        self._box = box

    def drafts(self) -> Drafts:
        """Return the mailbox."""
        return self._box

    def send(self, mail: OutgoingMail) -> None:
        """Refuse: with a mailbox, a mail is always drafted first."""
        raise UnableTo("A mail must be drafted before it is sent.", code="fault", owner="Whoever runs Selfservice")
