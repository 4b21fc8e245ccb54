"""Objects that a directory tells the changes of: users, groups, applications.

A round reads everything or a delta. Each page is one transaction that also keeps the link to the next one, so that a
killed worker goes on where it was. A round over everything ends with marking as removed what it did not name.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from selfservice.model.application import Application
from selfservice.model.directory import DeltaPage, DirectoryApplication, DirectoryGroup, DirectoryUser
from selfservice.model.group import Group
from selfservice.model.mirror import MirrorSighting, MirrorState
from selfservice.model.person import Person
from selfservice.model.unable import UnableTo
from selfservice.services.mirrored import passing
from selfservice.services.mirrored.passing import Pass
from selfservice.services.ports import Directory
from selfservice.store.transaction import transaction

EXPIRED = "delta-expired"
"""The code of a link that the directory has forgotten: everything has to be read again."""

Told = TypeVar("Told", DirectoryUser, DirectoryGroup, DirectoryApplication)
Row = TypeVar("Row", Person, Group, Application)


@dataclass(frozen=True, kw_only=True)
class Part(Generic[Told, Row]):
    """How one kind of object is read and kept. `lost` is called for a row that was active and no longer is, `moved` for
    one whose `stage` has changed: it was enabled or disabled, removed or restored.
    """

    table: type[Row]
    read: Callable[[Directory, str | None], DeltaPage[Told]]
    look: Callable[[Directory, str], Told | None]
    make: Callable[[str, Told], Row]
    learn: Callable[[Row, Told], bool]
    active: Callable[[Row], bool]
    lost: Callable[[Session, Pass, Row], None]
    stage: Callable[[Row], object]
    moved: Callable[[Session, Pass, Row], None]


@dataclass(frozen=True, kw_only=True)
class Changes(Generic[Told]):
    """What a page says, each object once."""

    told: dict[str, Told]
    gone: frozenset[str]


def read_round(now: Pass, part: Part[Told, Row], *, after_page: Callable[[Session, Pass], None]) -> None:
    """Read a round to its end, page by page; a forgotten link starts one over everything."""
    link, expired = passing.begin(now), False
    while True:
        passing.go_on(now)
        try:
            page = part.read(now.directory, link)
        except UnableTo as failure:
            if failure.code != EXPIRED or expired:
                raise
            passing.start_over(now)
            link, expired = passing.begin(now), True
            continue
        _take_page(now, part, page, after_page)
        link = page.next_link
        if link is None:
            return


def _take_page(
    now: Pass, part: Part[Told, Row], page: DeltaPage[Told], after_page: Callable[[Session, Pass], None]
) -> None:
    changes = _changes(now, part, page)
    with transaction(now.rt.sessions) as tx:
        state = passing.state_of(tx, now)
        _learn(tx, now, part, changes)
        if state.full_round:
            _sight(tx, now, changes.told)
        if page.next_link is not None:
            passing.turn_page(tx, now, page.next_link)
        else:
            _end(tx, now, part, state)
            passing.finish(tx, now, page.delta_link)
        tx.flush()
        after_page(tx, now)


def _changes(now: Pass, part: Part[Told, Row], page: DeltaPage[Told]) -> Changes[Told]:
    """Merge by id. An object that a page calls both changed and removed is looked at, since a page has no order."""
    told = {user.object_id: user for user in page.changed}
    gone = {removed.object_id for removed in page.removed}
    for object_id in gone & told.keys():
        found = part.look(now.directory, object_id)
        if found is None:
            del told[object_id]
        else:
            told[object_id] = found
            gone.discard(object_id)
    return Changes(told=told, gone=frozenset(gone))


def _learn(tx: Session, now: Pass, part: Part[Told, Row], changes: Changes[Told]) -> None:
    known = _known(tx, now, part, [*changes.told, *changes.gone])
    for object_id, told in changes.told.items():
        row = known.get(object_id)
        if row is None:
            row = part.make(now.tenant_id, told)
            part.learn(row, told)
            tx.add(row)
            continue
        was_active, stage = part.active(row), part.stage(row)
        if not part.learn(row, told):
            continue
        if was_active and not part.active(row):
            part.lost(tx, now, row)
        if part.stage(row) != stage:
            part.moved(tx, now, row)
    for object_id in changes.gone & known.keys():
        _remove(tx, now, part, known[object_id], at=now.rt.clock())


def _remove(tx: Session, now: Pass, part: Part[Told, Row], row: Row, *, at: datetime) -> None:
    if row.removed_at is None:
        row.removed_at = at
        part.lost(tx, now, row)
        part.moved(tx, now, row)


def _known(tx: Session, now: Pass, part: Part[Told, Row], ids: Collection[str]) -> dict[str, Row]:
    rows = tx.scalars(
        select(part.table).where(part.table.tenant_id == now.tenant_id, part.table.object_id.in_(ids))
    ).all()
    return {row.object_id: row for row in rows}


def _sight(tx: Session, now: Pass, ids: Collection[str]) -> None:
    seen = set(
        tx.scalars(
            select(MirrorSighting.object_id).where(
                MirrorSighting.tenant_id == now.tenant_id,
                MirrorSighting.kind == now.kind,
                MirrorSighting.object_id.in_(ids),
            )
        )
    )
    tx.add_all(
        MirrorSighting(tenant_id=now.tenant_id, kind=now.kind, object_id=object_id)
        for object_id in ids
        if object_id not in seen
    )


def _end(tx: Session, now: Pass, part: Part[Told, Row], state: MirrorState) -> None:
    """End a round over everything: what it did not name is no longer in the directory."""
    if not state.full_round:
        return
    tx.flush()
    sighted = exists().where(
        MirrorSighting.tenant_id == now.tenant_id,
        MirrorSighting.kind == now.kind,
        MirrorSighting.object_id == part.table.object_id,
    )
    unseen = select(part.table).where(part.table.tenant_id == now.tenant_id, part.table.removed_at.is_(None), ~sighted)
    for row in tx.scalars(unseen).all():
        _remove(tx, now, part, row, at=now.rt.clock())
    tx.execute(delete(MirrorSighting).where(MirrorSighting.tenant_id == now.tenant_id, MirrorSighting.kind == now.kind))
