"""The applications of a tenant (its service principals), their roles, and who holds the roles of Selfservice itself."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from selfservice.model.base import Base, Guid, UtcDateTime, take_over
from selfservice.model.directory import DirectoryApplication, DirectoryAppRole


class AppRole(Base):
    """A role that an application declares."""

    __tablename__ = "app_role"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "application_id"],
            ["application.tenant_id", "application.object_id"],
            ondelete="CASCADE",
        ),
    )

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    application_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    role_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    value: Mapped[str | None] = mapped_column(String(256), default=None)
    display_name: Mapped[str] = mapped_column(String(256), default="")
    description: Mapped[str | None] = mapped_column(Text, default=None)
    enabled: Mapped[bool] = mapped_column(default=True)
    for_users: Mapped[bool] = mapped_column(default=True)

    def matches(self, role: DirectoryAppRole) -> bool:
        """Say whether the directory says the same of this role."""
        return (
            self.value,
            self.display_name,
            self.description,
            self.enabled,
            self.for_users,
        ) == (
            role.value,
            role.display_name,
            role.description,
            role.enabled,
            role.for_users,
        )


class Application(Base):
    """A service principal of one tenant."""

    __tablename__ = "application"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    object_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    app_id: Mapped[str] = mapped_column(Guid, index=True)
    display_name: Mapped[str] = mapped_column(String(256), default="")
    owner_tenant_id: Mapped[str | None] = mapped_column(Guid, default=None)
    enabled: Mapped[bool] = mapped_column(default=True)
    assignment_required: Mapped[bool] = mapped_column(default=False)
    homepage: Mapped[str | None] = mapped_column(String(2000), default=None)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    roles: Mapped[list[AppRole]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        passive_deletes=True,
        default_factory=list,
    )

    def learn(self, application: DirectoryApplication) -> bool:
        """Take over what the directory says; say whether anything changed."""
        facts: dict[str, object] = {
            "app_id": application.app_id,
            "display_name": application.display_name,
            "owner_tenant_id": application.owner_tenant_id,
            "enabled": application.enabled,
            "assignment_required": application.assignment_required,
            "homepage": application.homepage,
            "removed_at": None,
        }
        changed = take_over(self, facts)
        return self._learn_roles(application) or changed

    def _learn_roles(self, application: DirectoryApplication) -> bool:
        known = {role.role_id: role for role in self.roles}
        told = {role.role_id: role for role in application.roles}
        if known.keys() == told.keys() and all(known[i].matches(told[i]) for i in told):
            return False
        self.roles = [known.get(i) or self._new_role(i) for i in told]
        for role in self.roles:
            said = told[role.role_id]
            role.value, role.display_name, role.description = (
                said.value,
                said.display_name,
                said.description,
            )
            role.enabled, role.for_users = said.enabled, said.for_users
        return True

    def _new_role(self, role_id: str) -> AppRole:
        return AppRole(tenant_id=self.tenant_id, application_id=self.object_id, role_id=role_id)


class RoleHolder(Base):
    """A person holds an app role of Selfservice itself, as the directory says right now."""

    __tablename__ = "role_holder"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    object_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)
