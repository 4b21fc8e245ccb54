"""The card beside the form in a real browser: it follows the form, in red, amber and green, and fills in by itself."""

import pytest
from playwright.sync_api import Page, expect

from selfservice.model.directory import TenantInformation
from selfservice.model.domain_lookup import DomainLookup
from selfservice.store.transaction import transaction
from tests.browser.conftest import Place
from tests.web.cast import NOW, identifier
from tests.web.test_before import AMBER, GREEN, RED, SHUT, TRUST, settle

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PARTNER = "44444444-dddd-4ddd-8ddd-444444444444"


def answer(place: Place, domain: str, name: str) -> None:
    """Be the worker, whose directory has answered."""
    with transaction(place.rt.sessions) as tx:
        row = tx.get_one(DomainLookup, (identifier("contoso"), domain))
        row.answer(TenantInformation(tenant_id=PARTNER, display_name=name), at=place.rt.clock())


def touch(page: Page, label: str, text: str) -> None:
    """Fill in a field and leave it."""
    page.get_by_label(label).fill(text)
    page.get_by_label(label).blur()


def test_the_card_turns_amber_red_and_green(place: Place) -> None:
    settle(place.rt, "contoso")
    settle(place.rt, "fabrikam", contoso=TRUST)
    page = place.open("eve")
    page.goto(f"/catalog/{place.world.package}/ask")
    verdict = page.locator(".before-verdict")
    expect(verdict).to_have_text(AMBER)
    settle(place.rt, "contoso", fabrikam={"b2bCollaborationInbound": SHUT})
    touch(page, "Why do you need it?", "for the close")
    expect(verdict).to_have_text(RED)
    page.locator(".before-ready summary").first.click()
    expect(page.locator(".before-text").first).to_contain_text("crossTenantAccessPolicy/partners")
    settle(place.rt, "contoso", fabrikam=TRUST)
    touch(page, "Why do you need it?", "for the month-end close")
    expect(verdict).to_have_text(GREEN)
    assert place.complaints == []


def test_the_card_fills_in_when_the_worker_has_asked(place: Place) -> None:
    settle(place.rt, "contoso", fabrikam=TRUST)
    page = place.open("eve")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/before" in request.url else None)
    page.goto(f"/catalog/{place.world.package}/invite")
    touch(page, "Their work e-mail address", "lou@stranger.example")
    expect(page.locator(".before-checking")).to_be_visible()
    answer(place, "stranger.example", "Stranger Ltd")
    expect(page.locator("#before")).to_contain_text("Stranger Ltd")
    expect(page.locator(".before-checking")).to_have_count(0)
    count = len(asked)
    page.wait_for_timeout(2500)
    assert len(asked) == count
    assert not any("stranger" in url for url in asked)
    assert place.complaints == []


def test_an_end_that_is_too_late_is_said_at_once(place: Place) -> None:
    settle(place.rt, "contoso", fabrikam=TRUST)
    settle(place.rt, "fabrikam", contoso=TRUST)
    page = place.open("eve")
    page.goto(f"/catalog/{place.world.package}/ask")
    touch(page, "Until when?", NOW.replace(year=NOW.year + 1).date().isoformat())
    expect(page.locator(".before-verdict")).to_have_text(RED)
    assert place.complaints == []


def test_without_scripts_a_button_shows_the_card(place: Place) -> None:
    page = place.open("eve", java_script_enabled=False)
    page.goto(f"/catalog/{place.world.package}/invite")
    page.get_by_label("Their work e-mail address").fill("kim@partner.example")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.locator("#before")).to_contain_text("holds")
    expect(page.get_by_label("Their work e-mail address")).to_have_value("kim@partner.example")
