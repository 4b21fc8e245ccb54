"""Whom the directory should name as sponsors of a guest: ours, as far as it knows them, and those it names already."""

from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.mirror import DirectorySponsor
from selfservice.model.package import PartyKind
from selfservice.model.person import Person
from selfservice.model.sponsor import MOST_SPONSORS, GuestSponsor
from selfservice.services import sponsoring
from selfservice.services.steps.work import SponsorChoice


def sponsors_wanted(tx: Session, guest: Guest) -> tuple[SponsorChoice, ...]:
    """Return our sponsors first, then those whom others named: nobody is taken off to make room that there is."""
    ours = {choice.object_id: choice for choice in _ours(tx, guest)}
    others = (choice for choice in _named_there(tx, guest) if choice.object_id not in ours)
    return (*ours.values(), *others)[:MOST_SPONSORS]


def _ours(tx: Session, guest: Guest) -> Iterator[SponsorChoice]:
    for row in sponsoring.rows_of(tx, guest):
        object_id = _object_in(tx, guest.tenant_id, row)
        if object_id is not None and not row.interim:
            yield SponsorChoice(object_id=object_id, is_group=row.kind is PartyKind.GROUP, name=row.name)


def _object_in(tx: Session, tenant_id: str, row: GuestSponsor) -> str | None:
    if row.tenant_id == tenant_id:
        return row.object_id
    here = select(Guest.object_id).where(
        Guest.tenant_id == tenant_id,
        Guest.home_tenant_id == row.tenant_id,
        Guest.home_object_id == row.object_id,
        Guest.standing == GuestStanding.ACTIVE,
    )
    return tx.scalar(here)


def _named_there(tx: Session, guest: Guest) -> Iterator[SponsorChoice]:
    same = and_(Person.tenant_id == DirectorySponsor.tenant_id, Person.object_id == DirectorySponsor.sponsor_id)
    query = (
        select(DirectorySponsor, Person.display_name)
        .outerjoin(Person, same)
        .where(DirectorySponsor.tenant_id == guest.tenant_id, DirectorySponsor.user_id == guest.object_id)
    )
    for row, name in tx.execute(query):
        yield SponsorChoice(object_id=row.sponsor_id, is_group=row.is_group, name=name or row.sponsor_id)
