"""Many guests for benchmarks, made by the database itself: the same on every database, since all ids are hashes."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Engine,
    Insert,
    String,
    cast,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    true,
)

from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment
from selfservice.model.base import Base
from selfservice.model.directory import UserType
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.person import Person

TENANT = "c0000000-0000-4000-8000-00000000000c"
HOME = "f0000000-0000-4000-8000-00000000000f"
MAKER = Actor(tenant_id=TENANT, object_id="b0000000-0000-4000-8000-00000000000b", name="The maker")

PACKAGES = 50
GONE = 20
"""Every so many-th sponsor has left."""

TWICE = 10
"""Every so many-th guest has two accesses."""

INVITED_AT, ENDS_ON = datetime(2026, 1, 1, tzinfo=UTC), date(2027, 12, 31)


@dataclass(frozen=True, kw_only=True)
class Company:
    """How many there are."""

    guests: int
    sponsors: int

    def guest_id(self, number: int) -> str:
        """Return the id of a guest."""
        return _md5(f"guest{number}")


def reviewer_of(company: Company, number: int) -> str:
    """Return the key of who has to review a guest, found one by one: the sponsor, or the owner where they have left."""
    sponsor = number % company.sponsors
    if sponsor % GONE:
        return f"{HOME}/{_guid(f'sponsor{sponsor}')}"
    return f"{TENANT}/{_guid(f'owner{number % PACKAGES}')}"


def seed(engine: Engine, company: Company) -> None:
    """Fill the tables."""
    with engine.begin() as connection:
        _prepare(connection)
        for statement in _statements(company):
            connection.execute(statement)
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _prepare(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.create_function("md5", 1, _md5, deterministic=True)
        return
    # The requests behind the accesses are left out: they play no part here.
    connection.execute(text("ALTER TABLE assignment DROP CONSTRAINT fk_assignment_request_id_access_request"))


def _statements(company: Company) -> Iterator[Insert]:
    people = _numbers(company.sponsors)
    present = people.c.i % GONE != 0
    yield _people(people, tenant_id=HOME, kind="sponsor", user_type=UserType.MEMBER, enabled=present)
    owners = _numbers(PACKAGES)
    yield _people(owners, tenant_id=TENANT, kind="owner", user_type=UserType.MEMBER)
    yield _packages(owners)
    guests = _numbers(company.guests)
    yield _people(guests, tenant_id=TENANT, kind="object", user_type=UserType.GUEST)
    yield _guests(guests)
    yield _accesses(guests, company, "first", every=1)
    yield _accesses(guests, company, "second", every=TWICE)


def _people(
    numbers: CTE, *, tenant_id: str, kind: str, user_type: UserType, enabled: ColumnElement[bool] | None = None
) -> Insert:
    i, address = numbers.c.i, _words(kind, numbers.c.i, "@partner.example")
    facts = {
        "tenant_id": literal(tenant_id),
        "object_id": _hashed(_words(kind, i)),
        "display_name": _words(kind, i),
        "name_key": _words(kind, i),
        "mail": address,
        "mail_key": address,
        "user_principal_name": address,
        "user_type": literal(user_type, Person.user_type.type),
        "enabled": true() if enabled is None else enabled,
    }
    return _into(Person, facts)


def _packages(numbers: CTE) -> Insert:
    i = numbers.c.i
    facts = {
        "id": func.md5(_words("package", i)),
        "tenant_id": literal(TENANT),
        "state": literal(PackageState.PUBLISHED, AccessPackage.state.type),
        "name": _words("Package", i),
        "owner_id": _hashed(_words("owner", i)),
        "tags": literal_column("'[]'"),
        "questions": literal_column("'[]'"),
        "created_at": literal(INVITED_AT, AccessPackage.created_at.type),
        "changed_at": literal(INVITED_AT, AccessPackage.created_at.type),
    }
    return _into(AccessPackage, facts)


def _guests(numbers: CTE) -> Insert:
    i, address = numbers.c.i, _words("object", numbers.c.i, "@partner.example")
    facts = {
        "id": func.md5(_words("guest", i)),
        "tenant_id": literal(TENANT),
        "object_id": _hashed(_words("object", i)),
        "origin": literal(GuestOrigin.INVITED, Guest.origin.type),
        "address": address,
        "address_key": address,
        "display_name": _words("Guest", i),
        "ensured_at": literal(INVITED_AT, Guest.ensured_at.type),
        "redeemed_at": literal(INVITED_AT, Guest.ensured_at.type),
        "managed": true(),
    }
    return _into(Guest, facts)


def _accesses(numbers: CTE, company: Company, kind: str, *, every: int) -> Insert:
    i = numbers.c.i
    facts = {
        "id": func.md5(_words(kind, i)),
        "version": literal(1),
        "tenant_id": literal(TENANT),
        "package_id": func.md5(_words("package", i % PACKAGES)),
        "package_name": _words("Package", i % PACKAGES),
        "request_id": func.md5(_words(f"{kind} request", i)),
        "guest_id": func.md5(_words("guest", i)),
        "sponsor_tenant_id": literal(HOME),
        "sponsor_object_id": _hashed(_words("sponsor", i % company.sponsors)),
        "sponsor_name": _words("Sponsor", i % company.sponsors),
        "starts_at": literal(INVITED_AT, Assignment.starts_at.type),
        "ends_on": literal(ENDS_ON, Assignment.ends_on.type),
    }
    return _into(Assignment, facts, i % every == 0)


def _into(
    table: type[Base], facts: dict[str, ColumnElement[object]], only: ColumnElement[bool] | None = None
) -> Insert:
    """What a table needs besides has the values of its model."""
    rows = select(*facts.values())
    return insert(table).from_select(list(facts), rows if only is None else rows.where(only))


def _numbers(count: int) -> CTE:
    numbers = select(literal(0).label("i")).cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i + 1 < count))


def _words(before: str, number: ColumnElement[int], after: str = "") -> ColumnElement[str]:
    return literal(before).concat(cast(number, String)).concat(literal(after))


def _hashed(words: ColumnElement[str]) -> ColumnElement[str]:
    digits: ColumnElement[str] = func.md5(words)
    guid: ColumnElement[str] = func.substr(digits, 1, 8)
    for start, length in ((9, 4), (13, 4), (17, 4), (21, 12)):
        guid = guid.concat("-").concat(func.substr(digits, start, length))
    return guid


def _guid(words: str) -> str:
    digits = _md5(words)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _md5(words: str) -> str:
    return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()
