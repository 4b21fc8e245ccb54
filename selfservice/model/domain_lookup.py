"""What a directory said about a stranger's domain: which tenant it belongs to, if any. Asked for by pages, answered by
the worker.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, UtcDateTime, states
from selfservice.model.directory import TenantInformation
from selfservice.model.unable import UnableTo

FRESH_FOR = timedelta(hours=24)
"""An answer is good for so long; a domain moves to another tenant rarely."""

PATIENCE = timedelta(minutes=10)
"""What cannot be answered for so long counts as failed, until somebody asks again."""

PAUSE = timedelta(seconds=5)
AFTER_FAILURE = timedelta(minutes=15)


class LookupState(StrEnum):
    """Where a look-up stands."""

    WAITING = "waiting"
    FOUND = "found"
    UNKNOWN = "unknown"
    FAILED = "failed"


class DomainLookup(Base):
    """One domain as one resource tenant's directory knows it. `due_at` is when it is asked for (again)."""

    __tablename__ = "domain_lookup"
    __table_args__ = (Index(None, "state", "due_at"),)

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    state: Mapped[LookupState] = mapped_column(states(LookupState), default=LookupState.WAITING)
    partner_tenant_id: Mapped[str | None] = mapped_column(Guid, default=None)
    partner_name: Mapped[str] = mapped_column(String(256), default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    failure: Mapped[str] = mapped_column(String(500), default="")

    def is_fresh(self, at: datetime) -> bool:
        """Say whether nobody needs to ask again: an answer is there and good, or one is under way."""
        if self.state is LookupState.WAITING:
            return True
        good_for = AFTER_FAILURE if self.state is LookupState.FAILED else FRESH_FOR
        return self.answered_at is not None and at - self.answered_at < good_for

    def ask_again(self, *, at: datetime) -> None:
        """Ask anew; until the answer is there, the old one still stands in its fields."""
        self.state, self.asked_at, self.due_at, self.failure = LookupState.WAITING, at, at, ""

    def answer(self, found: TenantInformation | None, *, at: datetime) -> None:
        """Take over what the directory says; None means that no tenant of its cloud has the domain."""
        self.state = LookupState.UNKNOWN if found is None else LookupState.FOUND
        self.partner_tenant_id = found.tenant_id if found else None
        self.partner_name = found.display_name[:256] if found else ""
        self.answered_at, self.due_at, self.failure = at, None, ""

    def fail(self, failure: UnableTo, *, at: datetime) -> None:
        """Say why there is no answer. What may pass is tried again for a while."""
        self.failure = failure.cause[:500]
        if failure.transient and at - self.asked_at < PATIENCE:
            self.due_at = at + max(PAUSE, timedelta(seconds=failure.retry_after or 0))
        else:
            self.state, self.answered_at, self.due_at = LookupState.FAILED, at, None
