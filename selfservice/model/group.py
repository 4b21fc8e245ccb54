"""The groups of a tenant, and the members of those that matter here."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, UtcDateTime, take_over
from selfservice.model.directory import DirectoryGroup


class Group(Base):
    """A group of one tenant, with what decides whether its members may be changed."""

    __tablename__ = "directory_group"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    object_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    display_name: Mapped[str] = mapped_column(String(256), default="")
    security_enabled: Mapped[bool] = mapped_column(default=False)
    mail_enabled: Mapped[bool] = mapped_column(default=False)
    dynamic: Mapped[bool] = mapped_column(default=False)
    synced: Mapped[bool] = mapped_column(default=False)
    role_assignable: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    def learn(self, group: DirectoryGroup) -> bool:
        """Take over what the directory says; say whether anything changed."""
        facts: dict[str, object] = {
            "display_name": group.display_name,
            "security_enabled": group.security_enabled,
            "mail_enabled": group.mail_enabled,
            "dynamic": group.dynamic,
            "synced": group.synced,
            "role_assignable": group.role_assignable,
            "removed_at": None,
        }
        return take_over(self, facts)


class GroupMembership(Base):
    """A person is a direct member of a group."""

    __tablename__ = "group_membership"
    __table_args__ = (Index(None, "tenant_id", "member_id"),)

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    group_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    member_id: Mapped[str] = mapped_column(Guid, primary_key=True)
