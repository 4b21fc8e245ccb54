"""A catalog: access packages of one resource tenant that the same people own."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from selfservice.model.base import Base, Guid, Id, UtcDateTime, new_id, states
from selfservice.model.package import Party, PartyKind


class CatalogOwner(Base):
    """A person or a group whose members keep a catalog: its packages' rules, and nothing else."""

    __tablename__ = "catalog_owner"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    catalog_id: Mapped[str] = mapped_column(ForeignKey("catalog.id", ondelete="CASCADE"), index=True, init=False)
    kind: Mapped[PartyKind] = mapped_column(states(PartyKind))
    object_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(256), default="")

    @property
    def party(self) -> Party:
        """The owner as a value."""
        return Party(kind=self.kind, object_id=self.object_id, name=self.name)


class Catalog(Base):
    """A named set of access packages of one resource tenant. A package without one is the tenant's own."""

    __tablename__ = "catalog"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owners: Mapped[list[CatalogOwner]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by=CatalogOwner.name, default_factory=list
    )
