"""Delegation: an approver who is away names a colleague who decides for them, for a window of time.

One level: a delegate decides for the delegator and hands nothing on. The delegator's conflicts are the delegate's.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.actor import PersonRef
from selfservice.model.audit import Subject
from selfservice.model.base import Base, Guid, Id, UtcDateTime, new_id


class Delegation(Base):
    """One window in which a delegate decides for a delegator. `ended_at` is set where it was ended early."""

    __tablename__ = "delegation"
    __table_args__ = (
        Index(None, "tenant_id", "object_id"),
        Index(None, "delegate_tenant_id", "delegate_object_id"),
        CheckConstraint("starts_at < ends_at", name="window"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    object_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(256))
    delegate_tenant_id: Mapped[str] = mapped_column(Guid)
    delegate_object_id: Mapped[str] = mapped_column(Guid)
    delegate_name: Mapped[str] = mapped_column(String(256))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def delegator(self) -> PersonRef:
        """Who is away."""
        return PersonRef(tenant_id=self.tenant_id, object_id=self.object_id)

    @property
    def delegate(self) -> PersonRef:
        """Who decides meanwhile."""
        return PersonRef(tenant_id=self.delegate_tenant_id, object_id=self.delegate_object_id)

    @property
    def subject(self) -> Subject:
        """What audit events about this delegation name."""
        return Subject(kind="delegation", id=self.id, tenant_id=self.tenant_id)

    def holds(self, *, at: datetime) -> bool:
        """Say whether the delegate may decide at this moment."""
        return self.starts_at <= at < self.ends_at and (self.ended_at is None or at < self.ended_at)
