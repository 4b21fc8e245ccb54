"""The sponsors of a guest: people, or groups, who answer for one guest object whether an access of ours runs or not."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.actor import PersonRef
from selfservice.model.base import Base, Guid, Id, UtcDateTime, new_id, states
from selfservice.model.package import PartyKind
from selfservice.model.refusal import Refused

MOST_SPONSORS = 5
"""How many sponsors a guest may have. Source: https://learn.microsoft.com/entra/external-id/b2b-sponsors"""


class TooManySponsors(Refused):
    """The guest has as many sponsors as a directory keeps."""


class GuestSponsor(Base):
    """One sponsor. `tenant_id` is where they belong: the resource tenant, or a home tenant; a group always belongs to
    the resource tenant. An interim one answers only until somebody has agreed to take the guest over.
    """

    __tablename__ = "guest_sponsor"
    __table_args__ = (
        UniqueConstraint("guest_id", "tenant_id", "object_id"),
        Index(None, "tenant_id", "object_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    guest_id: Mapped[str] = mapped_column(ForeignKey("guest.id", ondelete="CASCADE"))
    tenant_id: Mapped[str] = mapped_column(Guid)
    object_id: Mapped[str] = mapped_column(Guid)
    kind: Mapped[PartyKind] = mapped_column(states(PartyKind), default=PartyKind.PERSON)
    name: Mapped[str] = mapped_column(String(256), default="")
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    interim: Mapped[bool] = mapped_column(default=False)

    @property
    def ref(self) -> PersonRef:
        """The sponsor's identity."""
        return PersonRef(tenant_id=self.tenant_id, object_id=self.object_id)


def ensure_room(sponsors: Collection[GuestSponsor]) -> None:
    """Refuse one more sponsor than a directory keeps."""
    if len(sponsors) >= MOST_SPONSORS:
        raise TooManySponsors(
            f"This guest has {MOST_SPONSORS} sponsors already, and a directory keeps no more.",
            next_step="Let one of them hand the guest over first.",
            owner="A sponsor of the guest",
        )
