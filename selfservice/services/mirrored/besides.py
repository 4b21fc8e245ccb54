"""What is known of people besides their objects: sponsors of guests, last sign-ins, and when members leave.

None of these has a list of changes. Each page is one transaction, which writes what is new and nothing else.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from selfservice.model.directory import ListPage, SponsorRef
from selfservice.model.mirror import DirectorySponsor
from selfservice.model.person import Person
from selfservice.services.mirrored import passing
from selfservice.services.mirrored.passing import Pass
from selfservice.store.transaction import transaction

T = TypeVar("T")
Learn = Callable[[Session, Pass, Mapping[str, T]], None]


def read_guest_sponsors(now: Pass) -> None:
    """Read who answers for the guests of a tenant, by its directory."""
    _read(now, now.directory.guest_sponsors, _learn_sponsors, at_end=_forget_sponsors)


def read_sign_ins(now: Pass) -> None:
    """Read when people signed in last, where the tenant's licence says."""
    _read(now, now.directory.sign_ins, _learn_sign_ins)


def read_leave_times(now: Pass) -> None:
    """Read when members are said to leave, where the tenant lets us know."""
    _read(now, now.directory.leave_times, _learn_leave_times)


def _nothing(_tx: Session, _now: Pass) -> None:
    """Nothing is left to do at the end of a round."""


def _read(
    now: Pass,
    read: Callable[[str | None], ListPage[tuple[str, T]]],
    learn: Learn[T],
    *,
    at_end: Callable[[Session, Pass], None] = _nothing,
) -> None:
    link = passing.begin(now)
    while True:
        passing.go_on(now)
        page = read(link)
        with transaction(now.rt.sessions) as tx:
            learn(tx, now, dict(page.items))
            if page.next_link is None:
                at_end(tx, now)
                passing.finish(tx, now)
            else:
                passing.turn_page(tx, now, page.next_link)
        link = page.next_link
        if link is None:
            return


def _learn_sponsors(tx: Session, now: Pass, told: Mapping[str, tuple[SponsorRef, ...]]) -> None:
    known = {
        (row.user_id, row.sponsor_id): row
        for row in tx.scalars(
            select(DirectorySponsor).where(
                DirectorySponsor.tenant_id == now.tenant_id, DirectorySponsor.user_id.in_(told)
            )
        )
    }
    wanted = {(user_id, each.object_id): each.is_group for user_id, sponsors in told.items() for each in sponsors}
    for gone in known.keys() - wanted.keys():
        tx.delete(known[gone])
    tx.add_all(
        DirectorySponsor(tenant_id=now.tenant_id, user_id=user_id, sponsor_id=sponsor_id, is_group=is_group)
        for (user_id, sponsor_id), is_group in wanted.items()
        if (user_id, sponsor_id) not in known
    )


def _forget_sponsors(tx: Session, now: Pass) -> None:
    """Drop what is known of guests who are gone."""
    gone = exists().where(
        Person.tenant_id == DirectorySponsor.tenant_id,
        Person.object_id == DirectorySponsor.user_id,
        Person.removed_at.is_not(None),
    )
    tx.execute(delete(DirectorySponsor).where(DirectorySponsor.tenant_id == now.tenant_id, gone))


def _learn_sign_ins(tx: Session, now: Pass, told: Mapping[str, datetime | None]) -> None:
    for person in _people(tx, now, told):
        at = told[person.object_id]
        if at is not None and at != person.last_sign_in_at:
            person.last_sign_in_at = at


def _learn_leave_times(tx: Session, now: Pass, told: Mapping[str, datetime | None]) -> None:
    for person in _people(tx, now, told):
        if person.leaves_at != told[person.object_id]:
            person.leaves_at = told[person.object_id]


def _people(tx: Session, now: Pass, told: Mapping[str, datetime | None]) -> list[Person]:
    wanted = Person.object_id.in_(told)
    return list(tx.scalars(select(Person).where(Person.tenant_id == now.tenant_id, wanted)))
