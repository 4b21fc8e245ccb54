"""Guests come in, in a real browser: a fresh link from the guest's own page, and from the page of a sponsor."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from selfservice.model.delivery import Delivery, DeliveryKind
from selfservice.model.directory import RedemptionState
from selfservice.model.guest import Guest
from selfservice.model.person import Person
from selfservice.services import redeeming
from selfservice.store.transaction import reading, transaction
from tests.browser.conftest import Place

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAME_ANSWER = "If this address has an open invitation, a fresh link is on its way"


def wait_for_acceptance(place: Place) -> None:
    """Let Kim be invited, and not have accepted."""
    with transaction(place.rt.sessions) as tx:
        guest = tx.get_one(Guest, place.world.guest)
        guest.redeemed_at = None
        person = tx.get_one(Person, (guest.tenant_id, guest.object_id))
        person.redemption_state = RedemptionState.PENDING


def links(place: Place) -> list[str]:
    with reading(place.rt.sessions) as tx:
        ordered = select(Delivery).where(Delivery.kind == DeliveryKind.LINK)
        return [str(each.order["to_address"]) for each in tx.scalars(ordered)]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_guest_gets_a_fresh_link_by_themself(place: Place, scripts: bool) -> None:
    wait_for_acceptance(place)
    for address, expected in (("nobody@partner.example", []), ("Kim@partner.example", ["kim@partner.example"])):
        page = place.open(None, java_script_enabled=scripts)
        page.goto("/")
        page.get_by_role("link", name="Get a fresh link").click()
        page.get_by_label("Your e-mail address").fill(address)
        page.get_by_role("button", name="Send me a fresh link").click()
        expect(page.get_by_role("heading", name=SAME_ANSWER)).to_be_visible()
        redeeming.work_links(place.rt)
        assert links(place) == expected
    assert place.complaints == []


def test_a_sponsor_sees_what_is_in_the_way_and_sends_a_link(place: Place) -> None:
    wait_for_acceptance(place)
    page = place.open("cy")
    page.goto(f"/guests/person/{place.world.guest}/redemption")
    expect(page.get_by_role("heading", name="No recent link lies with the guest.")).to_be_visible()
    page.get_by_role("button", name="Send a fresh link").click()
    expect(page.get_by_role("heading", name="A fresh link is on its way to kim@partner.example")).to_be_visible()
    page.get_by_role("link", name="Use another address").click()
    page.get_by_label("The new address").fill("kim.poe@partner.example")
    page.get_by_label("Why is another address needed?").fill("The old one is closed.")
    page.get_by_role("button", name="Ask for this address").click()
    expect(page.get_by_role("heading", name="A second person is asked to agree")).to_be_visible()
    assert (links(place), place.complaints) == (["kim@partner.example"], [])
