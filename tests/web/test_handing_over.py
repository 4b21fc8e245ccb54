"""Handing guests over on pages: choose them, look for a colleague, ask, and the colleague takes all of them."""

from collections.abc import Callable

from sqlalchemy import select

from selfservice.model.directory import UserType
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalState
from selfservice.model.sponsor import GuestSponsor
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading, transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST, ENDS_ON, identifier
from tests.web.guested import take_in
from tests.web.world import World

Visit = Callable[[str], Visitor]


def ask_eve(visit: Visit, *guests: str) -> None:
    form = {"guests": list(guests), "person": CAST["eve"].object_id, "why": "I change teams"}
    answer = visit("cy").post("/hand-over", form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/proposals")


def proposals(rt: WebRuntime) -> list[Proposal]:
    with reading(rt.sessions) as tx:
        return list(tx.scalars(select(Proposal).order_by(Proposal.id)))


def sponsors(rt: WebRuntime, guest_id: str) -> list[str]:
    with reading(rt.sessions) as tx:
        return list(tx.scalars(select(GuestSponsor.object_id).where(GuestSponsor.guest_id == guest_id)))


def test_a_sponsor_finds_a_colleague_and_asks_them(visit: Visit, rt: WebRuntime, world: World) -> None:
    rhea = take_in(rt, "Rhea Sol")
    form = visit("cy").get(f"/hand-over?guest={rhea}").text
    assert "Rhea Sol, at Contoso" in form
    found = visit("cy").post("/hand-over", {"find": "yes", "person_search": "Eve", "guests": [rhea]})
    assert CAST["eve"].object_id in found.text
    ask_eve(visit, rhea)
    assert "waits for Eve" in visit("cy").get("/proposals").text
    assert "Rhea Sol" in visit("eve").get("/proposals").text


def test_a_colleague_takes_all_with_one_click(visit: Visit, rt: WebRuntime, world: World) -> None:
    guests = [take_in(rt, "Rhea Sol"), take_in(rt, "Quinn Moe")]
    ask_eve(visit, *guests)
    bundle = proposals(rt)[0].bundle
    eve = visit("eve")
    assert "Take all 2" in eve.get(f"/proposals/bundle/{bundle}").text
    assert eve.post(f"/proposals/bundle/{bundle}/accept", {}).status_code == 303
    assert [sponsors(rt, guest_id) for guest_id in guests] == [[CAST["eve"].object_id]] * 2
    assert "Take all" not in eve.get(f"/proposals/bundle/{bundle}").text


def test_a_no_needs_a_reason_and_is_told(visit: Visit, rt: WebRuntime, world: World) -> None:
    ask_eve(visit, take_in(rt, "Rhea Sol"))
    (proposal,) = proposals(rt)
    eve, page = visit("eve"), f"/proposals/{proposal.id}"
    assert eve.post(f"{page}/decline", {"why": ""}).status_code == 400
    assert eve.post(f"{page}/decline", {"why": "not mine"}).status_code == 303
    assert "not mine" in visit("cy").get(page).text
    assert proposals(rt)[0].state is ProposalState.DECLINED


def test_a_stranger_neither_sees_nor_answers_it(visit: Visit, rt: WebRuntime, world: World) -> None:
    ask_eve(visit, take_in(rt, "Rhea Sol"), take_in(rt, "Quinn Moe"))
    proposal = proposals(rt)[0]
    for page in (f"/proposals/{proposal.id}", f"/proposals/bundle/{proposal.bundle}"):
        visit("wes").get(page, status=404)
        assert visit("ann").post(f"{page}/accept", {}).status_code == 404
    assert {each.state for each in proposals(rt)} == {ProposalState.OPEN}


def test_whoever_asked_takes_it_back(visit: Visit, rt: WebRuntime, world: World) -> None:
    ask_eve(visit, take_in(rt, "Rhea Sol"))
    (proposal,) = proposals(rt)
    assert visit("cy").post(f"/proposals/{proposal.id}/withdraw", {}).status_code == 303
    assert visit("eve").post(f"/proposals/{proposal.id}/accept", {}).status_code == 409


def test_without_a_guest_a_colleague_or_a_reason_nothing_is_asked(visit: Visit, rt: WebRuntime, world: World) -> None:
    rhea = take_in(rt, "Rhea Sol")
    assert visit("cy").post("/hand-over", {"guests": [rhea]}).status_code == 400
    assert proposals(rt) == []


def test_an_admin_has_a_guest_taken_in_whom_others_made_or_leaves_them_alone(
    visit: Visit, rt: WebRuntime, world: World
) -> None:
    for name in ("Uma Far", "Vic Far"):
        make_elsewhere(rt, name)
    dee = visit("dee")
    page = dee.get("/admin/adoption").text
    assert "Uma Far" in page
    assert "Vic Far" in page
    assert page.count('type="checkbox"') == 2
    form = {"person": CAST["bob"].object_id, "until": ENDS_ON.isoformat()}
    assert dee.post("/admin/adoption", {**form, "guests": [identifier("Uma Far")]}).status_code == 303
    assert "Uma Far" in visit("bob").get("/proposals").text
    assert dee.post("/admin/adoption/leave-alone", {"guests": [identifier("Vic Far")]}).status_code == 303
    left = dee.get("/admin/adoption").text
    assert "Uma Far" not in left
    assert "Vic Far" not in left


def make_elsewhere(rt: WebRuntime, name: str) -> None:
    person = Person(
        tenant_id=identifier("contoso"), object_id=identifier(name), display_name=name, user_type=UserType.GUEST
    )
    person.mail = "far@partner.example"
    with transaction(rt.sessions) as tx:
        tx.add(person)
