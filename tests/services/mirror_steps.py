"""Steps that tests of mirroring share: what time it is, who is known, and a directory for Contoso."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, event, select

from selfservice.model.directory import DirectoryGroup, DirectoryUser, UserType
from selfservice.model.group import Group
from selfservice.model.mirror import MirrorKind, MirrorState
from selfservice.model.person import Person
from selfservice.services import mirroring
from selfservice.store.engine import Sessions
from selfservice.store.transaction import reading
from tests.services.making import CONTOSO, FakeDirectories, HandClock, TestRuntime, World
from tests.services.telling import TellingDirectory

MINUTE, DAY = timedelta(minutes=1), timedelta(hours=24)
IDS = tuple(f"1000000{n}-0000-4000-8000-000000000001" for n in range(6))


def user(n: int, **changes: object) -> DirectoryUser:
    told = DirectoryUser(object_id=IDS[n], display_name=f"User {n}", mail=f"u{n}@x.example", user_type=UserType.MEMBER)
    return replace(told, **{"enabled": True, **changes})  # type: ignore[arg-type]


def telling_contoso(world: World) -> TellingDirectory:
    """Return Contoso's directory with five users and its groups, told in pages of two."""
    telling = TellingDirectory()
    telling.users.put(*(user(n) for n in range(5)))
    with reading(world.rt.sessions) as tx:
        groups = tx.scalars(select(Group).where(Group.tenant_id == CONTOSO)).all()
    telling.groups.put(*(DirectoryGroup(object_id=g.object_id, display_name=g.display_name) for g in groups))
    telling.members = {group.object_id: [] for group in groups}
    put(world.rt, CONTOSO, telling)
    return telling


def put(rt: TestRuntime, tenant_id: str, telling: TellingDirectory) -> None:
    assert isinstance(rt.directories, FakeDirectories)
    rt.directories.by_tenant[tenant_id] = telling.as_directory()


def later(world: World, by: timedelta = MINUTE) -> None:
    assert isinstance(world.rt.clock, HandClock)
    world.rt.clock.forward(by)


def mirror_again(world: World, by: timedelta = MINUTE) -> None:
    later(world, by)
    mirroring.mirror(world.rt, CONTOSO)


def people(world: World, tenant_id: str = CONTOSO) -> dict[str, Person]:
    """Return the mirrored people of a tenant that are not removed."""
    with reading(world.rt.sessions) as tx:
        found = tx.scalars(select(Person).where(Person.tenant_id == tenant_id, Person.removed_at.is_(None)))
        return {person.object_id: person for person in found}


def state(world: World, kind: MirrorKind) -> MirrorState:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(MirrorState, (CONTOSO, kind))


@contextmanager
def statements(sessions: Sessions) -> Iterator[list[str]]:
    """Collect what is said to the database."""
    told: list[str] = []

    def _note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        told.append(statement)

    for engine in sessions.engines:
        event.listen(engine, "before_cursor_execute", _note)
    yield told
    for engine in sessions.engines:
        event.remove(engine, "before_cursor_execute", _note)
