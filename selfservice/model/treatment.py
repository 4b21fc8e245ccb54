"""A treatment: that a guest is to be treated as a member, or as a guest again, once that was agreed to.

Microsoft documents the order for members whom people can find and write to: they are invited as a guest, shown in the
address list, and only then made a member. The list is Exchange's: Graph must not set it.
https://learn.microsoft.com/entra/architecture/multi-tenant-common-considerations
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, Id, UtcDateTime, new_id, states
from selfservice.model.directory import UserType
from selfservice.model.refusal import Refused


class TreatmentRefused(Refused):
    """The guest cannot be treated otherwise, or not now."""


class TreatmentState(StrEnum):
    """Where a treatment stands. `awaitingList`: an admin is to change the address list first, and to say so."""

    AWAITING_LIST = "awaitingList"
    ORDERED = "ordered"


class Treatment(Base):
    """One change of how a guest is treated, as agreed to. `listed_*` say who said that the address list is done."""

    __tablename__ = "treatment"
    __table_args__ = (Index(None, "guest_id", "agreed_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    guest_id: Mapped[str] = mapped_column(ForeignKey("guest.id", ondelete="CASCADE"))
    user_type: Mapped[UserType] = mapped_column(states(UserType))
    wants_list: Mapped[bool] = mapped_column(default=False)
    state: Mapped[TreatmentState] = mapped_column(states(TreatmentState))
    agreed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    listed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    listed_by_name: Mapped[str] = mapped_column(String(256), default="")


def list_command(user_name: str, *, shown: bool) -> str:
    """Return the line for Exchange Online PowerShell that shows a guest in the address list, or hides them.

    https://learn.microsoft.com/powershell/module/exchangepowershell/set-mailuser
    """
    quoted = "'" + user_name.replace("'", "''") + "'"
    return f"Set-MailUser -Identity {quoted} -HiddenFromAddressListsEnabled ${'false' if shown else 'true'}"
