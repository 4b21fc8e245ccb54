"""An access package: resource roles of one resource tenant that are asked for, approved and held as one."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, new_id, states
from selfservice.model.refusal import NotAllowed, Refused


class PackageState(StrEnum):
    """Whether a package can be asked for."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class RoleKind(StrEnum):
    """What a resource role gives: membership of a group, or an app role."""

    GROUP = "group"
    APP_ROLE = "appRole"


class PartyKind(StrEnum):
    """A party is one person or the members of a group, always of the package's own tenant."""

    PERSON = "person"
    GROUP = "group"


@dataclass(frozen=True, kw_only=True)
class Party:
    """A person or a group of a resource tenant."""

    kind: PartyKind
    object_id: str
    name: str


class ResourceRole(Base):
    """One thing that a package gives. `role_id` is set for an app role alone; the names are for people."""

    __tablename__ = "resource_role"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    package_id: Mapped[str] = mapped_column(ForeignKey("access_package.id", ondelete="CASCADE"), index=True, init=False)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[RoleKind] = mapped_column(states(RoleKind))
    resource_id: Mapped[str] = mapped_column(Guid)
    role_id: Mapped[str | None] = mapped_column(Guid, default=None)
    resource_name: Mapped[str] = mapped_column(String(256), default="")
    role_name: Mapped[str] = mapped_column(String(256), default="")

    @property
    def key(self) -> tuple[str, str, str]:
        """What the role is, whatever it is called."""
        return (self.kind.value, self.resource_id, self.role_id or "")

    @property
    def words(self) -> str:
        """The role in words: "member of Expenses Users", "Reader in Expenses"."""
        return (
            f"member of {self.resource_name}"
            if self.kind is RoleKind.GROUP
            else f"{self.role_name} in {self.resource_name}"
        )


class PackageApprover(Base):
    """A person or a group whose members decide about a package."""

    __tablename__ = "package_approver"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    package_id: Mapped[str] = mapped_column(ForeignKey("access_package.id", ondelete="CASCADE"), index=True, init=False)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[PartyKind] = mapped_column(states(PartyKind))
    object_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(256), default="")

    @property
    def party(self) -> Party:
        """The approver as a value."""
        return Party(kind=self.kind, object_id=self.object_id, name=self.name)


class AccessPackage(Base):
    """What can be asked for. `owner` answers for it at the resource tenant, keeps its rules, and becomes a sponsor of
    its guests there.

    `risk` is 0 (none) to 3 (high); `tags` make what the rules say stricter; `questions` are plain data
    (`selfservice.services.questioning`); `terms_version` 0 means no terms. Who changed the approvers last is kept,
    since they do not decide by that change.
    """

    __tablename__ = "access_package"
    __table_args__ = (Index(None, "tenant_id", "state"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    version: Mapped[int] = mapped_column(default=1)
    tenant_id: Mapped[str] = mapped_column(Guid)
    state: Mapped[PackageState] = mapped_column(states(PackageState), default=PackageState.DRAFT)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    launch_url: Mapped[str] = mapped_column(String(2000), default="")
    max_days: Mapped[int] = mapped_column(default=90)
    for_self: Mapped[bool] = mapped_column(default=True)
    for_others: Mapped[bool] = mapped_column(default=True)
    owner_kind: Mapped[PartyKind] = mapped_column(states(PartyKind), default=PartyKind.PERSON)
    owner_id: Mapped[str] = mapped_column(Guid, default="")
    owner_name: Mapped[str] = mapped_column(String(256), default="")
    catalog_id: Mapped[str | None] = mapped_column(ForeignKey("catalog.id"), index=True, default=None)
    risk: Mapped[int] = mapped_column(default=0)
    tags: Mapped[list[str]] = mapped_column(Json, default_factory=list)
    questions: Mapped[list[object]] = mapped_column(Json, default_factory=list)
    terms_version: Mapped[int] = mapped_column(default=0)
    approvers_changed_by_tenant_id: Mapped[str] = mapped_column(Guid, default="")
    approvers_changed_by_object_id: Mapped[str] = mapped_column(Guid, default="")
    approvers_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    roles: Mapped[list[ResourceRole]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by=ResourceRole.position,
        default_factory=list,
    )
    approvers: Mapped[list[PackageApprover]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by=PackageApprover.position,
        default_factory=list,
    )

    @property
    def owner(self) -> Party:
        """Who answers for the package at the resource tenant."""
        return Party(kind=self.owner_kind, object_id=self.owner_id, name=self.owner_name)

    @property
    def fingerprint(self) -> str:
        """What the package gives, as a hash: an approval holds for this and nothing else."""
        given = json.dumps([self.tenant_id, sorted(role.key for role in self.roles)])
        return hashlib.sha256(given.encode()).hexdigest()

    def publish(self, *, at: datetime) -> None:
        """Open the package for requests."""
        if self.state is PackageState.PUBLISHED:
            raise NotAllowed("This access package is published already.")
        if not self.roles:
            raise PackageIncomplete(
                "This access package gives nothing yet.",
                next_step="Add a group or an app role.",
                owner="You",
            )
        if not self.approvers:
            raise PackageIncomplete(
                "Nobody is named to approve requests for it.",
                next_step="Name an approver.",
                owner="You",
            )
        self._change(PackageState.PUBLISHED, at=at)

    def retire(self, *, at: datetime) -> None:
        """Close the package for new requests; what people hold stays until its end."""
        if self.state is not PackageState.PUBLISHED:
            raise NotAllowed("Only a published access package can be retired.")
        self._change(PackageState.RETIRED, at=at)

    def ensure_open(self) -> None:
        """Refuse where the package cannot be asked for."""
        if self.state is not PackageState.PUBLISHED:
            raise PackageClosed(
                f"{self.name} cannot be asked for at the moment.",
                next_step="Choose another access package, or ask its owner to publish it again.",
                owner=self.owner_name,
            )

    def _change(self, state: PackageState, *, at: datetime) -> None:
        self.state, self.changed_at, self.version = state, at, self.version + 1


class PackageClosed(Refused):
    """The access package is not published."""


class PackageIncomplete(Refused):
    """The access package lacks something that it cannot be published without."""
