"""A lease says which worker does a kind of work until when; its fence tells a late holder that it has lost it."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, UtcDateTime


class Lease(Base):
    """One lease. `fence` is new with every claim; work done under an old fence does not count."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    fence: Mapped[str] = mapped_column(String(32))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
