"""What a directory said about a stranger's domain: which tenant it belongs to, if any. Asked for by pages, answered by
the worker.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, UtcDateTime, states


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
