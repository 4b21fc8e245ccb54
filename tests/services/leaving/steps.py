"""Steps for tests of leavers and successors: Ann of Fabrikam is a guest at Contoso, and her company tells of her."""

from dataclasses import replace
from datetime import timedelta

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.directory import DirectoryUser, UserType
from selfservice.model.person import Person
from selfservice.model.sponsor import GuestSponsor
from selfservice.services import mirroring
from selfservice.store.transaction import reading, transaction
from tests.services.care.steps import make_guest
from tests.services.making import ANN, BOB, CY, EVE, FABRIKAM, START, World
from tests.services.mirror_steps import later, put
from tests.services.telling import TellingDirectory


def telling_fabrikam(world: World) -> TellingDirectory:
    """Return Fabrikam's directory with its people, mirrored once."""
    telling = TellingDirectory()
    telling.users.put(*(employee(world, each) for each in (ANN, CY, EVE)))
    put(world.rt, FABRIKAM, telling)
    mirroring.mirror(world.rt, FABRIKAM)
    return telling


def employee(world: World, who: Actor, **changes: object) -> DirectoryUser:
    with reading(world.rt.sessions) as tx:
        known = tx.get_one(Person, (who.tenant_id, who.object_id))
    told = DirectoryUser(
        object_id=who.object_id,
        display_name=who.name,
        mail=known.mail,
        user_principal_name=known.user_principal_name,
        user_type=UserType.MEMBER,
        enabled=True,
    )
    return replace(told, **changes)  # type: ignore[arg-type]


def tell(world: World, fabrikam: TellingDirectory, who: Actor, **changes: object) -> None:
    """Let Fabrikam say this of a person, and have it mirrored a minute later."""
    fabrikam.users.put(employee(world, who, **changes))
    later(world)
    mirroring.mirror(world.rt, FABRIKAM)


def make_ann(world: World, n: int = 1, **here: object) -> str:
    """Make Ann's guest object at Contoso, for which Bob answers."""
    home = {"home_tenant_id": FABRIKAM, "home_object_id": ANN.object_id, "redeemed_at": START - timedelta(days=9)}
    guest_id = make_guest(world, n, there=None, **(home | here))
    sponsor(world, guest_id, BOB)
    return guest_id


def sponsor(world: World, guest_id: str, who: Actor, *, interim: bool = False) -> None:
    with transaction(world.rt.sessions) as tx:
        tx.add(
            GuestSponsor(
                guest_id=guest_id,
                tenant_id=who.tenant_id,
                object_id=who.object_id,
                name=who.name,
                since=START,
                interim=interim,
            )
        )


def sponsors(world: World, guest_id: str) -> dict[PersonRef, bool]:
    """Return who is named for the guest, and whether only for now."""
    with reading(world.rt.sessions) as tx:
        rows = tx.query(GuestSponsor).filter_by(guest_id=guest_id).all()
        return {row.ref: row.interim for row in rows}


def set_person(world: World, who: Actor, **facts: object) -> None:
    """Let the mirror know this of a person."""
    with transaction(world.rt.sessions) as tx:
        person = tx.get_one(Person, (who.tenant_id, who.object_id))
        for name, value in facts.items():
            setattr(person, name, value)
