"""Reviewing in a real browser: forty guests by keyboard alone, several at once, and what a guest says to a removal."""

import re
from datetime import timedelta
from typing import cast

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from selfservice.model.act import ActState, GuestAct
from selfservice.model.guest import Guest, GuestStanding
from selfservice.model.review import ItemState, ReviewItem, Verdict
from selfservice.services.overview.reviews import item_page
from selfservice.services.reviews import deciding, landing_links
from selfservice.services.reviews.closing import close_due
from selfservice.services.reviews.deciding import Answer
from selfservice.services.reviews.landing import apply_due
from selfservice.store.transaction import reading, transaction
from tests.browser.conftest import DESKTOP, Place
from tests.browser.test_every_page import PHONE, extra_width, violations
from tests.web.cast import CAST, Clock
from tests.web.reviewed import Reviewed, review, take_many_in
from tests.web.world import actor_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FORTY = 40


def begin(place: Place, number: int) -> Reviewed:
    """Begin a review of this many guests."""
    return review(place.rt, actor_of(CAST["dee"]), take_many_in(place.rt, number), name="Autumn review")


def states(place: Place, run_id: str) -> dict[str, int]:
    """Count the items of a run by their state."""
    with reading(place.rt.sessions) as tx:
        counted = select(ReviewItem.state, func.count()).where(ReviewItem.run_id == run_id).group_by(ReviewItem.state)
        return {state.value: count for state, count in tx.execute(counted)}


def block_is_done(place: Place) -> None:
    """Say that the directory has blocked whoever was to be blocked."""
    with transaction(place.rt.sessions) as tx:
        for act in tx.scalars(select(GuestAct).where(GuestAct.state == ActState.BEGUN)):
            act.state = ActState.DONE
            tx.get_one(Guest, act.guest_id).stand(GuestStanding.BLOCKED, cause=act.cause, at=act.at)


def focused(page: Page) -> Locator:
    return page.locator("[data-item]:focus")


def press(page: Page, key: str, *, left: int) -> None:
    """Press a key that answers, and wait until the page says how many are left."""
    page.keyboard.press(key)
    expect(page.locator("#announcer")).to_have_text(re.compile(rf" {left} left$"))
    expect(focused(page)).to_have_count(1 if left else 0)


def test_forty_guests_are_reviewed_by_keyboard_alone(place: Place) -> None:
    begun = begin(place, FORTY)
    page = place.open("cy")
    page.goto("/reviews")
    page.get_by_role("link", name="Autumn review").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Autumn review")
    expect(page.locator("[data-item]")).to_have_count(25)
    while not page.evaluate("document.activeElement.matches('[data-item]')"):
        page.keyboard.press("Tab")
    first = focused(page).get_attribute("id")
    page.keyboard.press("j")
    assert focused(page).get_attribute("id") != first
    page.keyboard.press("ArrowUp")
    assert focused(page).get_attribute("id") == first
    page.keyboard.press("Shift+?")
    expect(page.get_by_text("the one before")).to_be_visible()

    for left in range(FORTY - 1, 3, -1):
        press(page, "Shift+K", left=left)
    for left in (3, 2, 1, 0):
        page.keyboard.press("Shift+R")
        page.keyboard.type("left the project")
        press(page, "Enter", left=left)
    expect(page.get_by_role("heading", name="All answered")).to_be_visible()
    assert states(place, begun.run) == {ItemState.KEPT.value: FORTY - 4, ItemState.REMOVED.value: 4}
    assert violations(page) == []
    assert place.complaints == []


def test_a_removal_needs_a_reason_and_an_answer_can_be_changed(place: Place) -> None:
    begun = begin(place, 4)
    page = place.open("cy")
    page.goto(f"/reviews/{begun.run}")
    page.locator("[data-item]").first.focus()
    page.keyboard.press("Shift+R")
    page.keyboard.press("Enter")
    expect(page.locator("[data-item]")).to_have_count(4)
    page.keyboard.press("Escape")
    expect(focused(page)).to_have_count(1)
    press(page, "Shift+K", left=3)
    page.get_by_role("link", name="Look at it again").click()
    page.get_by_label("Why should it be removed?").fill("on second thoughts")
    page.get_by_role("button", name="Remove access").click()
    expect(page.locator(".review-said")).to_contain_text("remove access")
    assert states(place, begun.run)[ItemState.REMOVED.value] == 1


def test_several_are_ticked_read_once_more_and_answered_together(place: Place) -> None:
    begun = begin(place, 7)
    page = place.open("cy")
    page.goto(f"/reviews/{begun.run}")
    page.locator("[data-item]").first.focus()
    for _ in range(3):
        page.keyboard.press("x")
        page.keyboard.press("j")
    button = page.get_by_role("button", name="Remove access of 3")
    expect(button).to_be_enabled()
    button.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Remove access of 3 guests?")
    assert violations(page) == []
    page.get_by_label("Why?").fill("the project is over")
    page.get_by_role("button", name="Remove access", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Autumn review")
    assert states(place, begun.run) == {ItemState.OPEN.value: 4, ItemState.REMOVED.value: 3}


def test_a_review_works_without_scripts_on_a_phone(place: Place) -> None:
    begun = begin(place, 4)
    page = place.open("cy", java_script_enabled=False, viewport=PHONE)
    page.goto(f"/reviews/{begun.run}")
    page.get_by_role("button", name="Keep access", exact=True).first.click()
    expect(page.locator(".review-said")).to_contain_text("keep access")
    page.locator("summary", has_text="Remove access").first.click()
    page.get_by_label("Why should it be removed?").first.fill("gone")
    page.get_by_role("button", name="Remove access", exact=True).first.click()
    assert states(place, begun.run) == {ItemState.OPEN.value: 2, ItemState.KEPT.value: 1, ItemState.REMOVED.value: 1}


def test_an_access_that_changed_meanwhile_is_looked_at_again(place: Place) -> None:
    begun = begin(place, 4)
    page = place.open("cy")
    page.goto(f"/reviews/{begun.run}")
    page.locator("input[name=basis]").first.evaluate("each => { each.value = 'something else' }")
    page.get_by_role("button", name="Keep access", exact=True).first.click()
    expect(page.get_by_role("alert")).to_contain_text("has changed since you looked at it")
    assert states(place, begun.run) == {ItemState.OPEN.value: 4}


def test_a_guest_says_that_they_still_need_it_and_the_removal_is_taken_back(place: Place) -> None:
    begun = begin(place, 1)
    cy = actor_of(CAST["cy"])
    item = item_page(place.rt, begun.run, begun.item, cy).item
    said = Answer(item_id=begun.item, basis=item.basis, verdict=Verdict.REMOVE, why="left the project")
    deciding.decide(place.rt, begun.run, said, by=cy)
    cast(Clock, place.rt.clock).pass_time(timedelta(days=15))
    close_due(place.rt)
    apply_due(place.rt)
    block_is_done(place)

    guest = place.open(None)
    guest.goto(landing_links.link(place.rt.settings, begun.run, begun.item))
    guest.get_by_label("What do you need it for?").fill("the close is not done")
    guest.get_by_role("button", name="I still need this").click()
    expect(guest.get_by_role("heading", name="Thank you, we have passed it on")).to_be_visible()
    assert violations(guest) == []

    sponsor = place.open("cy")
    sponsor.goto(f"/reviews/{begun.run}/{begun.item}")
    sponsor.get_by_label("Why?").fill("they are right")
    sponsor.get_by_role("button", name="Keep access").click()
    expect(sponsor.get_by_role("main")).to_contain_text("removal taken back")


def test_a_campaign_is_made_and_followed(place: Place) -> None:
    page = place.open("dee")
    page.goto("/reviews")
    page.get_by_role("link", name="New campaign").click()
    page.get_by_label("Name", exact=True).fill("Spring review")
    page.get_by_role("button", name="Whom would it ask?").last.click()
    expect(page.get_by_role("heading", name="If it began now")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Make the campaign").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Spring review")
    page.get_by_role("button", name="Begin a run now").click()
    expect(page.get_by_role("heading", name=re.compile("^Run 1"))).to_be_visible()


@pytest.mark.parametrize(("scheme", "size"), [("light", DESKTOP), ("dark", PHONE)])
def test_axe_finds_nothing_in_a_review(place: Place, scheme: str, size: dict[str, int]) -> None:
    begun = begin(place, 5)
    page = place.open("cy", color_scheme=scheme, viewport=size)
    page.goto(f"/reviews/{begun.run}")
    page.locator("main details > summary").first.click()
    page.locator("[data-remove] > summary").first.click()
    assert (violations(page), extra_width(page)) == ([], 0)
