"""The asking policy beside the rules: who may ask, for whose addresses, and how often. For a tenant, or one package."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.base import Base, Guid, Json, UtcDateTime


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """The most requests in one day (UTC): by one person, one department, for one guest domain, into the tenant."""

    person: int | None = None
    department: int | None = None
    domain: int | None = None
    tenant: int | None = None


@dataclass(frozen=True, kw_only=True)
class AskPolicy:
    """Who may ask, and for whom. What is empty allows everybody; a denied domain is denied though it is allowed too.

    Home tenants by id, groups as `tenant id/group id`, departments as rules write them (`Finance/*`); domains as rules
    write them (`partner.example`, `*.partner.example`), compared label by label.
    """

    home_tenants: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    allowed_domains: tuple[str, ...] = ()
    denied_domains: tuple[str, ...] = ()
    quotas: Quotas = Quotas()


class KeptPolicy(Base):
    """The asking policy of a resource tenant (`scope_id` is empty) or of one of its packages; both hold together."""

    __tablename__ = "ask_policy"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    scope_id: Mapped[str] = mapped_column(String(32), primary_key=True, default="")
    body: Mapped[dict[str, object]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class QuotaUse(Base):
    """How many requests were counted for one subject on one day: counted with the request, in its transaction."""

    __tablename__ = "quota_use"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(320), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    used: Mapped[int] = mapped_column(default=0)


class PackageTerms(Base):
    """One version of a package's terms. A request keeps the version that was agreed to."""

    __tablename__ = "package_terms"

    package_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written_by_name: Mapped[str] = mapped_column(String(256))
