"""The outbox: mails that are written in the same commit as the change they tell of, and sent afterwards."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, new_id, states
from selfservice.model.refusal import NotAllowed


class MailState(StrEnum):
    """Where a mail stands. `drafted`: it lies in the mailbox's drafts; `sending`: an attempt was begun."""

    QUEUED = "queued"
    SENDING = "sending"
    DRAFTED = "drafted"
    SENT = "sent"
    FAILED = "failed"


class MailKind(StrEnum):
    """Which mail it is; each has its own template."""

    DECISION_WANTED = "decisionWanted"
    REQUEST_RECEIVED = "requestReceived"
    REQUEST_DECIDED = "requestDecided"
    ACCESS_READY = "accessReady"
    INVITATION = "invitation"
    GUEST_ACCEPTED = "guestAccepted"
    SPONSOR_NAMED = "sponsorNamed"
    DELIVERY_FAILED = "deliveryFailed"
    ACCESS_ENDED = "accessEnded"
    DECISION_DIGEST = "decisionDigest"
    DECISION_REMINDER = "decisionReminder"
    DECISION_ESCALATED = "decisionEscalated"
    QUESTION_ASKED = "questionAsked"
    QUESTION_ANSWERED = "questionAnswered"
    REQUEST_EXPIRED = "requestExpired"
    REQUEST_SETTLED = "requestSettled"
    APPROVAL_WITHDRAWN = "approvalWithdrawn"
    DELEGATION_GIVEN = "delegationGiven"
    RULE_CHANGE_WANTED = "ruleChangeWanted"
    INVITATION_BLOCKED = "invitationBlocked"
    ACCESS_ENDING = "accessEnding"
    ACCESS_EXTENDED = "accessExtended"
    GUESTS_LAPSING = "guestsLapsing"
    LIFECYCLE_BRAKED = "lifecycleBraked"
    GUEST_BLOCKED = "guestBlocked"
    GUEST_DELETED = "guestDeleted"
    GUEST_BACK = "guestBack"
    FRESH_LINK = "freshLink"
    ALREADY_ACCEPTED = "alreadyAccepted"
    INVITATION_MOVED = "invitationMoved"
    ADDRESS_LIST_WANTED = "addressListWanted"
    PROPOSAL_MADE = "proposalMade"
    PROPOSAL_ANSWERED = "proposalAnswered"
    SPONSOR_CHANGED = "sponsorChanged"
    SPONSOR_INTERIM = "sponsorInterim"
    LEAVER_NOTICED = "leaverNoticed"
    LEAVER_BACK = "leaverBack"
    REVIEW_ASKED = "reviewAsked"
    REVIEW_REMINDER = "reviewReminder"
    REVIEW_RESULT = "reviewResult"
    REVIEW_LANDING = "reviewLanding"
    REVIEW_STILL_NEEDED = "reviewStillNeeded"
    DRIFT_FOUND = "driftFound"


class OutboxMail(Base):
    """One mail. `facts` fill its template; a redeem link is kept sealed in `sealed_link` and wiped once the mail is
    sent.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (
        UniqueConstraint("once_key"),
        Index(None, "state", "next_attempt_at"),
        Index(None, "request_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    once_key: Mapped[str] = mapped_column(String(200))
    kind: Mapped[MailKind] = mapped_column(states(MailKind))
    tenant_id: Mapped[str] = mapped_column(Guid)
    request_id: Mapped[str | None] = mapped_column(Id, default=None)
    to_address: Mapped[str] = mapped_column(String(320))
    to_name: Mapped[str] = mapped_column(String(256), default="")
    message_id: Mapped[str] = mapped_column(String(200))
    facts: Mapped[dict[str, str]] = mapped_column(Json, default_factory=dict)
    sealed_link: Mapped[str | None] = mapped_column(Text, default=None)
    state: Mapped[MailState] = mapped_column(states(MailState), default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    fence: Mapped[str] = mapped_column(String(32), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    draft_id: Mapped[str | None] = mapped_column(Text, default=None)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    failure: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(Text, default="")

    def claim(self, *, at: datetime, lease: timedelta) -> str:
        """Start an attempt to send and return its fence."""
        self.attempts, self.fence = self.attempts + 1, secrets.token_hex(16)
        self.lease_until, self.next_attempt_at = at + lease, None
        if self.state is MailState.QUEUED:
            self.state = MailState.SENDING
        return self.fence

    def queue_again(self) -> None:
        """Make a mail that failed ready to be sent again by hand; its earlier attempts are not forgotten."""
        if self.state is not MailState.FAILED:
            raise NotAllowed("Only a mail that failed can be sent again.")
        # Not 0: an earlier attempt may have reached the mailbox, so the next one must look there first.
        self.state, self.attempts, self.fence = MailState.QUEUED, 1, ""
        self.lease_until = self.next_attempt_at = None
        self.failure = self.next_step = ""

    def sent(self, *, at: datetime) -> None:
        """Say that the mail has left, and forget its secret."""
        self.state, self.sent_at, self.sealed_link, self.lease_until = (
            MailState.SENT,
            at,
            None,
            None,
        )
