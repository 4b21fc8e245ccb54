"""A guest that we look after in a resource tenant: the object there, the person behind it where known, and
redemption.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.audit import Subject
from selfservice.model.base import Base, Guid, Id, UtcDateTime, new_id, states


class GuestOrigin(StrEnum):
    """How the guest object came to be."""

    INVITED = "invited"
    ADOPTED = "adopted"


class Guest(Base):
    """One guest object that a delivery has ensured. `home_*` are set where the guest is an employee of a home
    tenant.
    """

    __tablename__ = "guest"
    __table_args__ = (
        UniqueConstraint("tenant_id", "object_id"),
        Index(None, "tenant_id", "address_key"),
        Index(None, "home_tenant_id", "home_object_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    object_id: Mapped[str] = mapped_column(Guid)
    origin: Mapped[GuestOrigin] = mapped_column(states(GuestOrigin))
    address: Mapped[str] = mapped_column(String(320))
    address_key: Mapped[str] = mapped_column(String(320))
    display_name: Mapped[str] = mapped_column(String(256), default="")
    home_tenant_id: Mapped[str | None] = mapped_column(Guid, default=None)
    home_object_id: Mapped[str | None] = mapped_column(Guid, default=None)
    ensured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    redeemed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def subject(self) -> Subject:
        """What audit events about this guest name."""
        return Subject(kind="guest", id=self.id, tenant_id=self.tenant_id)
