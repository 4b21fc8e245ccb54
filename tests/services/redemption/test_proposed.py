"""Whoever is asked to agree sees what would change, and what to mind about it."""

from selfservice.model.directory import UserType
from selfservice.model.proposal import Proposal
from selfservice.services import resetting, treating
from selfservice.services.overview.proposed import changes_of
from selfservice.services.resetting import ResetAsk
from selfservice.services.treating import Wish
from selfservice.store.transaction import reading
from tests.services.making import CY, World
from tests.services.redemption.invited import GUS, accept, change_person


def words(world: World, proposal_id: str) -> dict[str, str]:
    with reading(world.rt.sessions) as tx:
        return dict(changes_of(tx.get_one(Proposal, proposal_id)))


def test_a_new_address_is_shown_beside_the_old_one_and_a_look_alike_is_named(world: World, gus: str) -> None:
    plain = words(world, resetting.ask(world.rt, gus, ResetAsk(address="gus@fabr1kam.example", why="moved"), by=CY))
    assert (plain["Address until now"], plain["New address"]) == (GUS, "gus@fabr1kam.example")
    assert "looks like fabrikam.example" in plain["Mind"]


def test_what_a_member_is_is_said_before_somebody_agrees(world: World, gus: str) -> None:
    accept(world.rt, gus)
    wish = Wish(user_type=UserType.MEMBER, wants_list=True, why="works here")
    told = words(world, treating.ask(world.rt, gus, wish, by=CY))
    assert (told["Treated from then on"], "licence" in told["What it means"]) == ("as a member", True)
    assert told["Address list"].startswith("Shown, and first")


def test_what_a_guest_is_is_said_as_well(world: World, gus: str) -> None:
    accept(world.rt, gus)
    change_person(world.rt, gus, user_type=UserType.MEMBER)
    wish = Wish(user_type=UserType.GUEST, wants_list=False, why="over")
    told = words(world, treating.ask(world.rt, gus, wish, by=CY))
    assert (told["Treated from then on"], told["Address list"]) == ("as a guest", "As it is")
