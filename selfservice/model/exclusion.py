"""Separation of duties: two access packages that nobody may hold together, and exceptions to that by name and until a
date.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, Id, UtcDateTime, new_id


class PackageExclusion(Base):
    """Two packages of one resource tenant exclude each other. The pair has no direction: the smaller id comes first."""

    __tablename__ = "package_exclusion"
    __table_args__ = (
        UniqueConstraint("first_package_id", "second_package_id"),
        CheckConstraint("first_package_id < second_package_id", name="ordered"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid, index=True)
    first_package_id: Mapped[str] = mapped_column(ForeignKey("access_package.id", ondelete="CASCADE"), index=True)
    second_package_id: Mapped[str] = mapped_column(ForeignKey("access_package.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_name: Mapped[str] = mapped_column(String(256))


class ExclusionException(Base):
    """One guest may hold both packages of a pair until the end of a day, for a reason that somebody answers for."""

    __tablename__ = "exclusion_exception"
    __table_args__ = (UniqueConstraint("exclusion_id", "guest_key"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    exclusion_id: Mapped[str] = mapped_column(ForeignKey("package_exclusion.id", ondelete="CASCADE"))
    guest_key: Mapped[str] = mapped_column(String(320))
    until: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by_name: Mapped[str] = mapped_column(String(256))
