"""What every stored thing has in common: ids that nobody can guess, and times that know their zone."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import dataclass_transform

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    String,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, declared_attr, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_column, relationship))
class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """The base of all stored classes."""

    metadata = MetaData(naming_convention=NAMING)


class Versioned(MappedAsDataclass, kw_only=True):
    """A row that refuses to be changed by two at once: whoever saw an older version is too late."""

    version: Mapped[int] = mapped_column(init=False)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, object]:
        """Let SQLAlchemy count the versions."""
        return {"version_id_col": cls.version}


def new_id() -> str:
    """Return a random 128-bit id, safe to show in an address."""
    return secrets.token_hex(16)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC; a naive value is refused on the way in, and none comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive value and store the rest in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give SQLite's naive values their zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def take_over(row: Base, facts: Mapping[str, object]) -> bool:
    """Write what has changed into a row, and nothing else; say whether anything had."""
    changed = {name: value for name, value in facts.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


Id = String(32)
Guid = String(36)
Row = BigInteger().with_variant(Integer, "sqlite")
Json = JSON


def states(kind: type[StrEnum]) -> Enum:
    """Return the column type of an enumeration, stored as its own words."""
    return Enum(
        kind,
        native_enum=False,
        length=40,
        values_callable=lambda members: [m.value for m in members],
    )
