"""How somebody wants to be told of requests that wait for them."""

from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid


class MailPreference(Base):
    """One person's choice. `digest`: one mail a day with all that waits, instead of one for each request."""

    __tablename__ = "mail_preference"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    object_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    digest: Mapped[bool] = mapped_column(default=False)
