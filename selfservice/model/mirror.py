"""How far the mirror of each tenant's directory has come, and the settings of that tenant."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, Json, UtcDateTime, states
from selfservice.model.directory import TenantPolicies


class MirrorKind(StrEnum):
    """The parts of a directory that are mirrored, in the order in which they are read."""

    USERS = "users"
    GROUPS = "groups"
    APPLICATIONS = "applications"
    MANAGERS = "managers"
    MEMBERS = "members"
    ROLE_HOLDERS = "roleHolders"
    POLICIES = "policies"


class MirrorState(Base):
    """How far one part of one tenant's mirror has come.

    `link` is where to go on: a next link while a round is under way (`round_started_at` set), else a delta
    link or None.
    `synced_at` is when the last complete round ended; None means that the first round is not over yet.
    """

    __tablename__ = "mirror_state"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    kind: Mapped[MirrorKind] = mapped_column(states(MirrorKind), primary_key=True)
    link: Mapped[str | None] = mapped_column(Text, default=None)
    round_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    full_round: Mapped[bool] = mapped_column(default=True)
    synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    full_synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    failure: Mapped[str] = mapped_column(String(500), default="")
    failure_next_step: Mapped[str] = mapped_column(String(500), default="")
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)


class TenantPolicy(Base):
    """What a tenant's directory says about letting guests in."""

    __tablename__ = "tenant_policy"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    allow_invites_from: Mapped[str] = mapped_column(String(60))
    guest_user_role_id: Mapped[str | None] = mapped_column(Guid, default=None)
    email_one_time_passcode: Mapped[str] = mapped_column(String(20), default="default")
    cross_tenant_default: Mapped[dict[str, object]] = mapped_column(Json, default_factory=dict)
    partners: Mapped[dict[str, dict[str, object]]] = mapped_column(Json, default_factory=dict)

    def learn(self, policies: TenantPolicies) -> None:
        """Take over what the directory says."""
        self.allow_invites_from = policies.allow_invites_from
        self.guest_user_role_id = policies.guest_user_role_id
        self.email_one_time_passcode = policies.email_one_time_passcode
        self.cross_tenant_default = dict(policies.cross_tenant_default)
        self.partners = {tenant: dict(section) for tenant, section in policies.partners.items()}


class TenantBrake(Base):
    """Writing to a tenant has stopped until an admin releases it: the directory said that something is badly wrong."""

    __tablename__ = "tenant_brake"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    pulled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cause: Mapped[str] = mapped_column(String(500))
    next_step: Mapped[str] = mapped_column(String(500), default="")
