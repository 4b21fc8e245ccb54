"""A connected organization: a partner known by its tenant or its domains, with people of ours who answer for it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, new_id, states
from selfservice.model.package import Party, PartyKind
from selfservice.model.rules.domains import WILDCARD, matches


class OrganizationSponsor(Base):
    """A person or a group of the resource tenant who answers for a connected organization."""

    __tablename__ = "organization_sponsor"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    organization_id: Mapped[str] = mapped_column(
        ForeignKey("connected_organization.id", ondelete="CASCADE"), index=True, init=False
    )
    kind: Mapped[PartyKind] = mapped_column(states(PartyKind))
    object_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(256), default="")

    @property
    def party(self) -> Party:
        """The sponsor as a value."""
        return Party(kind=self.kind, object_id=self.object_id, name=self.name)


class ConnectedOrganization(Base):
    """A partner of one resource tenant. `domains` are patterns as rules write them: `partner.example` is only itself,
    `*.partner.example` its subdomains.
    """

    __tablename__ = "connected_organization"
    __table_args__ = (Index(None, "tenant_id", "name"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    partner_tenant_id: Mapped[str | None] = mapped_column(Guid, default=None)
    domains: Mapped[list[str]] = mapped_column(Json, default_factory=list)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sponsors: Mapped[list[OrganizationSponsor]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by=OrganizationSponsor.name, default_factory=list
    )


def overlap(one: str, other: str) -> bool:
    """Say whether a domain could fall under both patterns."""
    return matches(one, _example_of(other)) or matches(other, _example_of(one))


def _example_of(pattern: str) -> str:
    return "a." + pattern.removeprefix(WILDCARD) if pattern.startswith(WILDCARD) else pattern
