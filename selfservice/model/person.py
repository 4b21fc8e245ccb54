"""The people of a tenant, members and guests alike, as our mirror of its directory knows them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.actor import PersonRef
from selfservice.model.base import Base, Guid, UtcDateTime, states, take_over
from selfservice.model.directory import DirectoryUser, RedemptionState, UserType


class PersonSource(StrEnum):
    """Where we know a person from."""

    MIRROR = "mirror"
    SIGN_IN = "signIn"


class Person(Base):
    """A user object of one tenant. `mail_key` and `name_key` are folded for look-ups.

    `issuer` says where a guest signs in (`ExternalAzureAD`, `mail`, `google.com`, or a domain); `leaves_at` is when an
    employee is said to leave; `last_sign_in_at` is their last successful sign-in, where the licence lets us know.
    """

    __tablename__ = "person"
    __table_args__ = (
        Index(None, "tenant_id", "mail_key"),
        Index(None, "tenant_id", "name_key"),
        Index(None, "tenant_id", "user_type"),
        Index(None, "tenant_id", "manager_id"),
    )

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    object_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    source: Mapped[PersonSource] = mapped_column(states(PersonSource), default=PersonSource.MIRROR)
    display_name: Mapped[str] = mapped_column(String(256), default="")
    name_key: Mapped[str] = mapped_column(String(256), default="")
    mail: Mapped[str | None] = mapped_column(String(320), default=None)
    mail_key: Mapped[str | None] = mapped_column(String(320), default=None)
    user_principal_name: Mapped[str] = mapped_column(String(400), default="")
    user_type: Mapped[UserType | None] = mapped_column(states(UserType), default=None)
    enabled: Mapped[bool] = mapped_column(default=True)
    department: Mapped[str | None] = mapped_column(String(256), default=None)
    job_title: Mapped[str | None] = mapped_column(String(256), default=None)
    company_name: Mapped[str | None] = mapped_column(String(256), default=None)
    manager_id: Mapped[str | None] = mapped_column(Guid, default=None)
    creation_type: Mapped[str | None] = mapped_column(String(40), default=None)
    redemption_state: Mapped[RedemptionState | None] = mapped_column(states(RedemptionState), default=None)
    redemption_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    issuer: Mapped[str] = mapped_column(String(100), default="")
    in_address_list: Mapped[bool | None] = mapped_column(default=None)
    leaves_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def ref(self) -> PersonRef:
        """The person's identity."""
        return PersonRef(tenant_id=self.tenant_id, object_id=self.object_id)

    @property
    def active(self) -> bool:
        """Whether the person may act: enabled, and not removed from the directory."""
        return self.enabled and self.removed_at is None

    def learn(self, user: DirectoryUser) -> bool:
        """Take over what the directory says; say whether anything changed."""
        facts: dict[str, object] = {
            "source": PersonSource.MIRROR,
            "display_name": user.display_name,
            # Folding can lengthen a name ("ß" becomes "ss"), and the column has an end.
            "name_key": user.display_name.casefold()[:256],
            "mail": user.mail,
            "mail_key": user.mail.casefold() if user.mail else None,
            "user_principal_name": user.user_principal_name,
            "user_type": user.user_type,
            "enabled": user.enabled is not False,
            "department": user.department,
            "job_title": user.job_title,
            "company_name": user.company_name,
            "creation_type": user.creation_type,
            "redemption_state": user.redemption_state,
            "redemption_changed_at": user.redemption_changed_at,
            "issuer": user.issuer,
            "in_address_list": user.in_address_list,
            "removed_at": None,
        }
        return take_over(self, facts)
