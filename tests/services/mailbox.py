"""A mailbox in memory: drafts and sent messages, slow to be found, and failing before or after the effect when told."""

from dataclasses import dataclass, field, replace

from selfservice.model.directory import MailDraft, OutgoingMail
from selfservice.services.ports import DraftBox


class Killed(BaseException):
    """The worker is gone: nothing of ours catches it."""


@dataclass
class FakeMailbox:
    """Implements `DraftBox`. `left`: the mails that really went out, in turn."""

    left: list[OutgoingMail] = field(default_factory=list)
    messages: dict[str, MailDraft] = field(default_factory=dict)
    written: dict[str, OutgoingMail] = field(default_factory=dict)
    before: dict[str, list[BaseException]] = field(default_factory=dict)
    after: dict[str, list[BaseException]] = field(default_factory=dict)

    def find(self, message_id: str) -> MailDraft | None:
        self._trouble(self.before, "find")
        ids = [i for i, mail in self.written.items() if mail.message_id == message_id]
        return next((self.messages[i] for i in ids if i in self.messages), None)

    def create(self, mail: OutgoingMail) -> MailDraft:
        self._trouble(self.before, "create")
        draft = MailDraft(draft_id=f"draft-{len(self.written) + 1}", is_draft=True)
        self.messages[draft.draft_id], self.written[draft.draft_id] = draft, mail
        self._trouble(self.after, "create")
        return draft

    def get(self, draft_id: str) -> MailDraft | None:
        self._trouble(self.before, "get")
        return self.messages.get(draft_id)

    def send(self, draft_id: str) -> None:
        self._trouble(self.before, "send")
        self.messages[draft_id] = replace(self.messages[draft_id], is_draft=False)
        self.left.append(self.written[draft_id])
        self._trouble(self.after, "send")

    @staticmethod
    def _trouble(when: dict[str, list[BaseException]], call: str) -> None:
        if when.get(call):
            raise when[call].pop(0)


@dataclass
class MailboxMailer:
    """A mailer that drafts in the mailbox."""

    box: FakeMailbox = field(default_factory=FakeMailbox)

    def drafts(self) -> DraftBox:
        return self.box

    def send(self, mail: OutgoingMail) -> None:
        raise AssertionError("a mail was sent without a draft")


@dataclass
class Relay:
    """A mailer that sends in one step, and fails before or after the mail has left when told."""

    left: list[OutgoingMail] = field(default_factory=list)
    before: list[BaseException] = field(default_factory=list)
    after: list[BaseException] = field(default_factory=list)

    def drafts(self) -> None:
        return None

    def send(self, mail: OutgoingMail) -> None:
        if self.before:
            raise self.before.pop(0)
        self.left.append(mail)
        if self.after:
            raise self.after.pop(0)
