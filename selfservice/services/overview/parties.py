"""The people and groups of a resource tenant who can be named for something, a few at a time."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.group import Group
from selfservice.model.package import Party, PartyKind
from selfservice.model.person import Person
from selfservice.services.overview.admin_rows import PartyRow
from selfservice.services.overview.people import LONGEST_SEARCH, employees, row_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

MOST_PARTIES = 50


def find_parties(tx: Session, tenant_id: str, search: str) -> tuple[PartyRow, ...]:
    """Return the active employees and the groups of a tenant whose names hold what is looked for."""
    words = " ".join(search.split())[:LONGEST_SEARCH]
    people = employees(tenant_id).where(Person.name_key.contains(words.casefold(), autoescape=True))
    groups = select(Group).where(
        Group.tenant_id == tenant_id,
        Group.removed_at.is_(None),
        Group.display_name.icontains(words, autoescape=True),
    )
    found = [
        PartyRow(kind=PartyKind.PERSON, object_id=row.object_id, name=row.name, detail=row.detail)
        for row in map(row_of, tx.scalars(people.order_by(Person.name_key, Person.object_id).limit(MOST_PARTIES)))
    ]
    found += [
        PartyRow(kind=PartyKind.GROUP, object_id=group.object_id, name=group.display_name)
        for group in tx.scalars(groups.order_by(Group.display_name, Group.object_id).limit(MOST_PARTIES))
    ]
    return tuple(found)


def party_row(party: Party) -> PartyRow:
    """Return somebody who is named already."""
    return PartyRow(kind=party.kind, object_id=party.object_id, name=party.name)


def names_of_people(rt: Runtime, keys: Iterable[str]) -> Mapping[str, str]:
    """Return what people are called, by `tenant id/object id`."""
    wanted = frozenset(keys)
    ids = sorted({key.rpartition("/")[2] for key in wanted})
    query = select(Person.tenant_id, Person.object_id, Person.display_name).where(Person.object_id.in_(ids))
    with reading(rt.sessions) as tx:
        found = {f"{row[0]}/{row[1]}": row[2] for row in tx.execute(query)}
    return {key: name for key, name in found.items() if key in wanted}
