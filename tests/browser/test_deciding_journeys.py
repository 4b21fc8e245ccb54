"""Deciding in a real browser: in stages, for somebody who is away, after a question, and about several at once."""

import re
from datetime import timedelta
from typing import cast

import pytest
from playwright.sync_api import Locator, Page, expect

from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.rules.outcome import Stages
from selfservice.services import approving, conversing
from selfservice.services.escalating import escalate_due
from selfservice.store.transaction import reading, transaction
from tests.browser.conftest import DESKTOP, Place
from tests.browser.test_every_page import PHONE, extra_width, violations
from tests.web.cast import CAST, Clock
from tests.web.ruled import asked, stage, staged, write_rule
from tests.web.world import actor_of, content_hash

pytestmark = [pytest.mark.browser, pytest.mark.slow]

APPROVE = re.compile("^Approve until")


def state_of(place: Place, request_id: str) -> RequestState:
    with reading(place.rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id).state


def invite(page: Page, place: Place) -> str:
    """Ask for Expenses for a new guest and return the request's id."""
    page.goto(f"/catalog/{place.world.package}/invite")
    page.get_by_label("Their work e-mail address").fill("zoe@partner.example")
    page.get_by_label("Their name").fill("Zoe Fenn")
    page.get_by_label("Why do they need it?").fill("for the year-end close")
    page.get_by_role("button", name=re.compile("^Ask")).last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoe Fenn: Expenses, Contoso")
    return page.url.rpartition("/")[2]


def agree(place: Place, who: str, words: str = "") -> Page:
    """Open the request from the inbox, some minutes later, and agree to it."""
    cast(Clock, place.rt.clock).pass_time(timedelta(minutes=5))
    page = place.open(who)
    page.goto("/decide")
    page.get_by_role("link", name=re.compile("Zoe Fenn")).click()
    page.get_by_label("A word with it").fill(words)
    page.get_by_role("button", name=APPROVE).click()
    expect(page.get_by_role("button", name=APPROVE)).to_have_count(0)
    return page


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def test_three_stages_with_an_escalation_and_a_quorum_lead_to_a_delivery(place: Place) -> None:
    stages = (stage("bob", alternates=["dee"]), stage("lee", "cal", quorum=2), stage("ada"))
    write_rule(place.rt, Stages(stages=stages))
    ann = place.open("ann")
    request_id = invite(ann, place)
    decides = part(ann, "Who decides")
    expect(decides).to_contain_text("Stage 1 of 3: now")
    expect(decides).to_contain_text("Dee Fox")
    expect(decides).to_contain_text("Asked as well if nobody has answered by")
    expect(decides.locator("li.future h3")).to_have_text(["Stage 2 of 3: later", "Stage 3 of 3: later"])

    cast(Clock, place.rt.clock).pass_time(timedelta(days=2, minutes=1))
    assert escalate_due(place.rt) == 1
    agree(place, "dee", "Bob is silent, and it is fine")
    agree(place, "lee")
    cal = place.open("cal")
    cal.goto("/decide")
    expect(cal.locator(".rows > li")).to_contain_text(["1 of 2 agreed"])
    agree(place, "cal")
    assert state_of(place, request_id) is RequestState.PENDING_APPROVAL
    ada = agree(place, "ada")
    expect(ada.get_by_role("heading", name="Ada Stone agreed")).to_be_visible()
    assert state_of(place, request_id) is RequestState.DELIVERING

    ann = place.open("ann")
    ann.goto(f"/requests/{request_id}")
    decided = part(ann, "Who decided")
    expect(decided.locator("li.past h3")).to_have_text([f"Stage {number} of 3: agreed" for number in (1, 2, 3)])
    expect(decided).to_contain_text("“Bob is silent, and it is fine”")
    expect(decided).to_contain_text("2 of 2 agreed")


def test_a_colleague_decides_while_somebody_is_away(place: Place) -> None:
    bob = place.open("bob")
    bob.goto("/decide")
    bob.get_by_role("link", name="While you are away").first.click()
    bob.get_by_label("Last day away").fill("2026-12-04")
    bob.get_by_label("Look for a colleague").fill("cal")
    bob.get_by_role("button", name="Find").click()
    bob.get_by_label("Cal Orr").check()
    bob.get_by_label("Why? (optional)").fill("holiday")
    bob.get_by_role("button", name="Hand over").last.click()
    expect(part(bob, "Who decides for you")).to_contain_text("Cal Orr")

    ann = place.open("ann")
    ann.goto(f"/requests/{place.world.waiting}")
    expect(part(ann, "Who decides")).to_contain_text("Away until 4 Dec 2026: Cal Orr decides meanwhile.")

    cal = place.open("cal")
    cal.goto("/")
    cal.get_by_role("link", name="1 request to decide").click()
    expect(cal.locator(".rows > li")).to_contain_text(["for Bob Ray, who is away"])
    cal.get_by_role("link", name=re.compile("Gus Ray")).click()
    expect(part(cal, "Your decision")).to_contain_text("You decide for Bob Ray, who is away.")
    cal.get_by_role("button", name=APPROVE).click()
    expect(part(cal, "Who decides")).to_contain_text("Cal Orr agreed for Bob Ray, who is away")
    assert state_of(place, place.world.waiting) is RequestState.DELIVERING

    bob.goto("/away")
    bob.get_by_role("button", name="End it now").click()
    expect(part(bob, "Who decides for you")).to_contain_text("Nobody at the moment.")
    bob.get_by_text("Earlier").click()
    expect(part(bob, "Who decides for you").locator("details")).to_contain_text("Cal Orr")
    assert violations(bob) == []


def test_a_question_is_answered_before_the_decision(place: Place) -> None:
    bob = place.open("bob")
    bob.goto(f"/decide/{place.world.waiting}")
    bob.get_by_text("Ask Ann Lee before you decide").click()
    bob.get_by_label("What would you like to know?").fill("Which ledger does Gus need?")
    bob.get_by_role("button", name="Send the question").click()
    expect(part(bob, "Questions and answers")).to_contain_text("Which ledger does Gus need?")

    ann = place.open("ann")
    ann.goto("/")
    ann.get_by_role("link", name="A question about Expenses for Gus Ray").click()
    ann.get_by_label("Your answer").fill("The one of March, reading only.")
    ann.get_by_role("button", name="Send the answer").click()
    expect(part(ann, "Questions and answers")).to_contain_text("You answered")

    bob.reload()
    expect(part(bob, "Questions and answers")).to_contain_text("The one of March, reading only.")
    bob.get_by_role("button", name=APPROVE).click()
    expect(bob.get_by_role("heading", name="Bob Ray agreed")).to_be_visible()


def test_several_are_ticked_with_the_keyboard_and_decided_one_by_one(place: Place) -> None:
    zoe = asked(place.rt, place.world)
    page = place.open("bob")
    page.goto("/decide")
    approve = page.get_by_role("button", name=re.compile("^Approve"))
    expect(approve).to_be_disabled()
    page.get_by_label("Choose: Ann Lee asks Expenses for Gus Ray").focus()
    page.keyboard.press("Space")
    expect(approve).to_have_text("Approve 1")
    page.get_by_label("All on this page").check()
    expect(approve).to_have_text("Approve 2")
    page.get_by_label("Choose: Ann Lee asks Expenses for Zoe Fenn").uncheck()
    expect(approve).to_have_text("Approve 1")
    page.get_by_label("Choose: Ann Lee asks Expenses for Zoe Fenn").check()
    approve.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve 2 requests?")
    assert violations(page) == []
    with transaction(place.rt.sessions) as tx:
        tx.get_one(AccessRequest, zoe).justification = "for something else"
    page.get_by_role("button", name="Approve 2 requests").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 2 requests approved")
    expect(page.locator(".rows > li", has_text="Zoe Fenn")).to_contain_text("has changed since you opened it")
    assert violations(page) == []
    assert state_of(place, place.world.waiting) is RequestState.DELIVERING
    assert state_of(place, zoe) is RequestState.PENDING_APPROVAL


def test_several_are_denied_without_scripts_on_a_phone(place: Place) -> None:
    zoe = asked(place.rt, place.world)
    page = place.open("bob", java_script_enabled=False, viewport=PHONE)
    page.goto("/decide")
    page.get_by_label("Choose: Ann Lee asks Expenses for Zoe Fenn").check()
    page.get_by_role("button", name="Deny the ticked").click()
    page.get_by_role("button", name="Deny 1 request").click()
    expect(page.get_by_role("alert")).to_contain_text("Say in a sentence why not.")
    page.get_by_label("Why not?").fill("not this year")
    page.get_by_role("button", name="Deny 1 request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 1 request denied")
    assert state_of(place, zoe) is RequestState.DENIED


def test_the_inbox_is_searched_while_typing_and_its_ticks_still_count(place: Place) -> None:
    asked(place.rt, place.world)
    page = place.open("bob")
    page.goto("/decide")
    page.get_by_label("Search", exact=True).press_sequentially("zoe", delay=20)
    expect(page.get_by_role("link", name=re.compile("Gus Ray"))).to_have_count(0)
    expect(page.locator("#announcer")).to_have_text("1 request on this page")
    page.get_by_label("Choose: Ann Lee asks Expenses for Zoe Fenn").check()
    expect(page.get_by_role("button", name="Approve 1")).to_be_enabled()


def test_the_button_says_until_when_is_agreed_to(place: Place) -> None:
    page = place.open("bob")
    page.goto(f"/decide/{place.world.waiting}")
    expect(page.get_by_role("button", name="Approve until 20 Feb 2027")).to_be_visible()
    page.get_by_label("Until when?").fill("2026-12-31")
    page.get_by_role("button", name="Approve until 31 Dec 2026").click()
    expect(part(page, "Who decides")).to_contain_text("until 31 Dec 2026 only")


def test_s17_a_stale_page_shows_what_changed_and_keeps_what_was_typed(place: Place) -> None:
    request_id = staged(place.rt, place.world, stage("bob", "lee", quorum=2))
    page = place.open("lee")
    page.goto(f"/decide/{request_id}")
    page.get_by_label("A word with it").fill("as agreed by phone")
    shorter(place, request_id)
    page.get_by_role("button", name=APPROVE).click()
    changes = part(page, "What changed since you opened it").get_by_role("row").last
    expect(changes).to_contain_text(re.compile("20 Feb.* 2027.*31 Dec.* 2026"))
    expect(page.get_by_label("A word with it")).to_have_value("as agreed by phone")
    assert violations(page) == []
    page.get_by_role("button", name="Approve until 31 Dec 2026").click()
    expect(page.get_by_role("heading", name="Lee Wu agreed")).to_be_visible()


def shorter(place: Place, request_id: str) -> None:
    """Let Bob agree to a shorter time."""
    seen = content_hash(place.rt, request_id)
    until = cast(Clock, place.rt.clock).now.date().replace(month=12, day=31)
    approving.approve(
        place.rt, request_id, by=actor_of(CAST["bob"]), seen=seen, justification="only this year", ends_on=until
    )


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)])
def test_axe_finds_nothing_where_much_is_going_on(place: Place, scheme: str, size: dict[str, int]) -> None:
    request_id = staged(place.rt, place.world, stage("bob", "lee", quorum=2, alternates=["dee"]), stage("cal"))
    shorter(place, request_id)
    conversing.ask(place.rt, request_id, by=actor_of(CAST["lee"]), text="Which ledger?")
    denied = asked(place.rt, place.world, address="max@partner.example", name="Max Roe")
    seen = content_hash(place.rt, denied)
    approving.deny(place.rt, denied, by=actor_of(CAST["lee"]), seen=seen, justification="not now")
    found = {}
    for who, path in (("lee", f"/decide/{request_id}"), ("ann", f"/requests/{request_id}"), ("bob", "/decide")):
        page = place.open(who, color_scheme=scheme, viewport=size)
        page.goto(path)
        for summary in page.locator("main details > summary").all():
            summary.click()
        found[path] = (violations(page), extra_width(page))
    page.goto(f"/requests/{denied}")
    found["denied"] = (violations(page), extra_width(page))
    assert {name: wrong for name, wrong in found.items() if wrong != ([], 0)} == {}
    assert place.complaints == []
