"""The guests of a tenant whom nobody here knows, a page at a time."""

from dataclasses import dataclass

from selfservice.model.actor import Actor
from selfservice.model.person import Person
from selfservice.services.adopting import MOST_AT_ONCE, strangers
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """A guest whom others made."""

    object_id: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Strangers:
    """One page of them, and where the next one begins."""

    rows: tuple[Stranger, ...]
    next_after: str


def strangers_of(rt: Runtime, by: Actor, after: str) -> Strangers:
    """Return the guests of the admin's own tenant whom nobody here knows."""
    query = strangers(by.tenant_id).where(Person.object_id > after).order_by(Person.object_id)
    with reading(rt.sessions) as tx:
        people = tx.scalars(query.limit(MOST_AT_ONCE + 1)).all()
    shown = people[:MOST_AT_ONCE]
    rows = tuple(
        Stranger(
            object_id=person.object_id,
            words=", ".join(filter(None, (person.display_name, person.mail, person.company_name))),
        )
        for person in shown
    )
    return Strangers(rows=rows, next_after=shown[-1].object_id if len(people) > MOST_AT_ONCE else "")
