"""Colleagues, found by name: a few at a time, of one's own tenant, and without their addresses."""

from sqlalchemy import Select, or_, select

from selfservice.model.actor import Actor
from selfservice.model.directory import UserType
from selfservice.model.person import Person
from selfservice.services.overview.rows import PersonRow
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

SHORTEST_SEARCH = 3
LONGEST_SEARCH = 100
MOST_PEOPLE = 10


def find_people(rt: Runtime, by: Actor, *, search: str, tenant_id: str | None = None) -> tuple[PersonRow, ...]:
    """Return active colleagues of the actor's own tenant whose name, or whole address, fits; nobody else's."""
    words = " ".join(search.split())[:LONGEST_SEARCH].casefold()
    if len(words) < SHORTEST_SEARCH or (tenant_id is not None and tenant_id != by.tenant_id):
        return ()
    query = (
        employees(by.tenant_id)
        .where(
            Person.object_id != by.object_id,
            or_(
                Person.name_key.startswith(words, autoescape=True),
                Person.name_key.contains(f" {words}", autoescape=True),
                Person.mail_key == words,
            ),
        )
        .order_by(Person.name_key, Person.object_id)
        .limit(MOST_PEOPLE)
    )
    with reading(rt.sessions) as tx:
        return tuple(row_of(person) for person in tx.scalars(query))


def sponsor_by_address(rt: Runtime, by: Actor, *, address: str) -> PersonRow | None:
    """Return the active employee of the actor's own tenant who has this address, if there is one."""
    query = employees(by.tenant_id).where(Person.mail_key == address.strip().casefold()).order_by(Person.object_id)
    with reading(rt.sessions) as tx:
        found = tx.scalars(query.limit(1)).first()
        return row_of(found) if found else None


def employees(tenant_id: str) -> Select[Person]:
    """Return the query for the active members of a tenant."""
    return select(Person).where(
        Person.tenant_id == tenant_id,
        Person.enabled,
        Person.removed_at.is_(None),
        Person.user_type.is_distinct_from(UserType.GUEST),
    )


def row_of(person: Person) -> PersonRow:
    """Return a colleague as a row, with what tells two of the same name apart."""
    return PersonRow(
        tenant_id=person.tenant_id,
        object_id=person.object_id,
        name=person.display_name,
        detail=", ".join(filter(None, (person.job_title, person.department))),
    )
