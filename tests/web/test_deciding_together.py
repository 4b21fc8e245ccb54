"""Several requests at once: found, ticked, read once more, and decided one by one."""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from selfservice.model.actor import PersonRef
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import approving
from selfservice.services.delegating import delegate
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import transaction
from tests.web.browser import Visitor
from tests.web.cast import CAST, NOW
from tests.web.house_rules import HTML, text_of
from tests.web.ruled import asked, kept, stage, staged
from tests.web.world import World, actor_of, content_hash

Visit = Callable[[str], Visitor]
SEVERAL = "/decide/several"


def picks_on(visitor: Visitor) -> list[str]:
    assert isinstance(visitor.document, Element)
    fields = visitor.document.iter(f"{HTML}input")
    return [field.get("value", "") for field in fields if field.get("name") == "pick"]


def hand_over_to_cal(rt: WebRuntime, who: str) -> None:
    cal, today = CAST["cal"], NOW.date()
    to = PersonRef(tenant_id=cal.tenant_id, object_id=cal.object_id)
    delegate(rt, by=actor_of(CAST[who]), to=to, starts_on=today, ends_on=today, reason="holiday")


def confirm(visitor: Visitor, *request_ids: str, outcome: str = "approve") -> str:
    query = "&".join(f"pick={each}" for each in request_ids)
    visitor.get(f"{SEVERAL}?outcome={outcome}&{query}")
    return text_of(visitor.document)


def test_what_is_ticked_is_read_once_more_and_then_approved(visit: Visit, world: World, rt: WebRuntime) -> None:
    other = asked(rt, world)
    bob = visit("bob")
    bob.get("/decide")
    assert set(picks_on(bob)) == {world.waiting, other}
    shown = confirm(bob, world.waiting, other)
    assert "Approve 2 requests?" in shown
    assert "Zoe Fenn" in shown
    assert "Gus Ray" in shown
    picks = picks_on(bob)
    assert set(picks) == {f"{each}.{content_hash(rt, each)}" for each in (world.waiting, other)}
    answer = bob.post(SEVERAL, {"outcome": "approve", "pick": picks, "justification": "all fine"})
    assert answer.headers["Location"] == f"{SEVERAL}/result"
    bob.get(f"{SEVERAL}/result")
    assert "2 of 2 requests approved" in text_of(bob.document)
    assert {kept(rt, each)[0].state for each in (world.waiting, other)} == {RequestState.DELIVERING}


def test_a_no_to_several_needs_a_reason_and_loses_no_tick(visit: Visit, world: World, rt: WebRuntime) -> None:
    bob = visit("bob")
    confirm(bob, world.waiting, outcome="deny")
    picks = picks_on(bob)
    answer = bob.post(SEVERAL, {"outcome": "deny", "pick": picks, "justification": " "})
    assert answer.status_code == 400
    assert "Say in a sentence why not." in text_of(bob.document)
    assert picks_on(bob) == picks
    bob.post(SEVERAL, {"outcome": "deny", "pick": picks, "justification": "not this month"})
    assert kept(rt, world.waiting)[0].state is RequestState.DENIED
    bob.get(f"{SEVERAL}/result")
    assert "1 of 1 request denied" in text_of(bob.document)


def test_s17_one_that_changed_since_stays_undecided_and_says_why(visit: Visit, world: World, rt: WebRuntime) -> None:
    other = asked(rt, world)
    bob = visit("bob")
    confirm(bob, world.waiting, other)
    picks = picks_on(bob)
    with transaction(rt.sessions) as tx:
        tx.get_one(AccessRequest, other).justification = "for something else"
    bob.post(SEVERAL, {"outcome": "approve", "pick": picks})
    bob.get(f"{SEVERAL}/result")
    shown = text_of(bob.document)
    assert "1 of 2 requests approved" in shown
    assert "has changed since you opened it" in shown
    assert kept(rt, other)[0].state is RequestState.PENDING_APPROVAL


def test_s22_a_request_that_is_not_ones_own_to_decide_is_neither_shown_nor_decided(
    visit: Visit, world: World, rt: WebRuntime
) -> None:
    bob = visit("bob")
    shown = confirm(bob, world.waiting, world.other_waiting)
    assert "1 request of those you ticked does not wait for you any more" in shown
    assert "Ida Moe" not in shown
    forged = f"{world.other_waiting}.{content_hash(rt, world.other_waiting)}"
    bob.post(SEVERAL, {"outcome": "approve", "pick": [forged]})
    bob.get(f"{SEVERAL}/result")
    shown = text_of(bob.document)
    assert "0 of 1 request approved" in shown
    assert "A request that you were not asked about" in shown
    assert "Ida Moe" not in shown
    assert kept(rt, world.other_waiting)[0].state is RequestState.PENDING_APPROVAL


def test_s27_ticking_and_looking_decide_nothing(visit: Visit, world: World, rt: WebRuntime) -> None:
    bob = visit("bob")
    for outcome in ("approve", "deny", "anything"):
        confirm(bob, world.waiting, outcome=outcome)
    bob.get(f"{SEVERAL}/result")
    assert "Nothing was decided" in text_of(bob.document)
    assert kept(rt, world.waiting)[0].state is RequestState.PENDING_APPROVAL


def test_nothing_ticked_says_what_to_do(visit: Visit) -> None:
    bob = visit("bob")
    assert "Tick the requests first" in confirm(bob)
    assert bob.post(SEVERAL, {"outcome": "approve"}).status_code == 400


def test_what_makes_no_sense_as_a_tick_is_not_one(visit: Visit, world: World) -> None:
    bob = visit("bob")
    answer = bob.post(SEVERAL, {"outcome": "approve", "pick": [world.waiting, "a.b.c", ""]})
    assert answer.status_code == 400


def test_the_inbox_finds_by_guest_package_and_requestor(visit: Visit, world: World, rt: WebRuntime) -> None:
    asked(rt, world)
    bob = visit("bob")
    for search, found in (("zoe", {"Zoe Fenn"}), ("Expenses", {"Zoe Fenn", "Gus Ray"}), ("nobody", set())):
        bob.get(f"/decide?search={search}")
        shown = text_of(bob.document)
        assert {name for name in ("Zoe Fenn", "Gus Ray") if name in shown} == found
    assert "Nothing fits" in shown
    assert "Zoe Fenn" in bob.fragment("/decide?search=zoe")


def test_a_long_list_goes_on_and_what_is_ticked_there_is_found(visit: Visit, world: World, rt: WebRuntime) -> None:
    ids = [asked(rt, world, address=f"guest{number}@supplier.example", name="Zoe Fenn") for number in range(27)]
    bob = visit("bob")
    bob.get("/decide?search=zoe")
    first = picks_on(bob)
    links = [link.get("href", "") for link in bob.document.iter(f"{HTML}a")] if bob.document is not None else []
    (more,) = (href for href in links if "after=" in href)
    bob.get(more)
    rest = picks_on(bob)
    assert (len(first), sorted([*first, *rest])) == (25, sorted(ids))
    bob.get(f"{SEVERAL}?{more.partition('?')[2]}&pick={rest[0]}&outcome=approve")
    assert "Approve 1 request?" in text_of(bob.document)


def test_the_inbox_says_how_far_each_request_is(visit: Visit, world: World, rt: WebRuntime) -> None:
    staged(rt, world, stage("bob", "lee", quorum=2), stage("dee"))
    bob = visit("bob")
    bob.get("/decide?search=zoe")
    shown = text_of(bob.document)
    assert "stage 1 of 2" in shown
    assert "0 of 2 agreed" in shown


def test_what_the_actor_has_agreed_to_waits_for_the_others_alone(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob", "lee", quorum=2))
    bob, lee = visit("bob"), visit("lee")
    bob.get("/decide?search=zoe")
    assert picks_on(bob) == [request_id]
    form = bob.form(f"/decide/{request_id}", action=f"/decide/{request_id}/approve")
    bob.post(f"/decide/{request_id}/approve", form)
    bob.get("/decide?search=zoe")
    assert picks_on(bob) == []
    assert "Decide 1" in text_of(bob.document)
    lee.get("/decide?search=zoe")
    assert picks_on(lee) == [request_id]
    approving.withdraw_approval(rt, request_id, by=actor_of(CAST["bob"]), why="too early")
    bob.get("/decide?search=zoe")
    assert picks_on(bob) == [request_id]


def test_s16_one_person_is_not_asked_twice_for_two_who_are_away(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob", "lee", quorum=2))
    hand_over_to_cal(rt, "bob")
    hand_over_to_cal(rt, "lee")
    cal = visit("cal")
    cal.get("/decide?search=zoe")
    assert picks_on(cal) == [request_id]
    cal.post(SEVERAL, {"outcome": "approve", "pick": [f"{request_id}.{content_hash(rt, request_id)}"]})
    cal.get("/decide?search=zoe")
    assert picks_on(cal) == []
    assert kept(rt, request_id)[0].state is RequestState.PENDING_APPROVAL


def test_s16_a_voice_that_is_given_is_not_asked_of_the_stand_in(visit: Visit, world: World, rt: WebRuntime) -> None:
    request_id = staged(rt, world, stage("bob", "lee", quorum=2))
    hand_over_to_cal(rt, "bob")
    visitor = visit("cal")
    visitor.get("/decide?search=zoe")
    assert picks_on(visitor) == [request_id]
    seen = content_hash(rt, request_id)
    approving.approve(rt, request_id, by=actor_of(CAST["bob"]), seen=seen, justification="")
    visitor.get("/decide?search=zoe")
    assert picks_on(visitor) == []


def test_a_manager_at_the_home_tenant_finds_what_they_are_asked(visit: Visit, world: World, rt: WebRuntime) -> None:
    staged(rt, world, stage("eve"))
    eve = visit("eve")
    eve.get("/")
    assert "Decide 1" in text_of(eve.document)
    eve.get("/decide?tenant=contoso")
    assert "Zoe Fenn" in text_of(eve.document)
    eve.get("/decide?tenant=woodgrove")
    assert "Nothing fits" in text_of(eve.document)
