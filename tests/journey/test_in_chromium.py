"""The main job in a real browser over the whole demo: on a desktop, on a phone, and without JavaScript."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from selfservice.cli.processes import free_port

PATIENCE = 60_000
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass(frozen=True, kw_only=True)
class Device:
    """What somebody looks at the pages with."""

    width: int
    height: int
    scripts: bool = True
    touch: bool = False


DEVICES = {
    "desktop": (Device(width=1280, height=900), "gus@partner.example"),
    "phone": (Device(width=390, height=844, touch=True), "pat@partner.example"),
    "no scripts": (Device(width=1280, height=900, scripts=False), "new.guest@partner.example"),
}


@dataclass(frozen=True, kw_only=True)
class Demo:
    """The addresses of a running demo."""

    site: str
    simulator: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    # Never the usual port: a demo that somebody looks at may be there.
    command = [sys.executable, "-m", "selfservice", "demo", f"--instance={folder}", f"--port={free_port()}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as child:
        assert child.stdout is not None
        try:
            yield Demo(site=address_in(child.stdout.readline()), simulator=address_in(child.stdout.readline()))
        finally:
            child.send_signal(signal.SIGTERM)
            assert child.wait(timeout=60) == 0


def address_in(line: str) -> str:
    found = re.search(r"https?://\S+", line)
    assert found is not None, line
    return found.group()


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Opens a browser of its own for each person, all of the same device."""

    browser: Browser
    demo: Demo
    device: Device

    def open(self) -> Page:
        """Return a page of somebody who has not signed in."""
        context: BrowserContext = self.browser.new_context(
            viewport={"width": self.device.width, "height": self.device.height},
            java_script_enabled=self.device.scripts,
            has_touch=self.device.touch,
            is_mobile=self.device.touch,
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def sign_in(self, name: str) -> Page:
        """Return a page on which this person has signed in through the simulator."""
        page = self.open()
        page.goto(f"{self.demo.site}/sign-in")
        page.get_by_role("button", name=name).click()
        expect(page).to_have_url(re.compile(re.escape(self.demo.site)))
        return page


def invite(ann: Page, site: str, address: str) -> str:
    ann.goto(f"{site}/catalog")
    ann.get_by_role("link", name="Expenses", exact=True).click()
    ann.get_by_role("link", name=re.compile("^Invite someone")).click()
    ann.get_by_label("Their work e-mail address").fill(address)
    ann.get_by_label("Their name").fill("Guest of Ann")
    ann.get_by_label("Why do they need it?").fill("month-end close")
    ann.get_by_label("A message to the guest").fill("Hello")
    ann.get_by_role("button", name=re.compile("^Ask")).last.click()
    expect(ann.locator("#status")).to_contain_text("waiting for a decision")
    return ann.url


def shown_at_last(page: Page, wanted: Locator, *, scripts: bool) -> None:
    """Wait until something is on the page: by itself with scripts, by looking again without."""
    if scripts:
        expect(wanted).to_be_visible(timeout=PATIENCE)
        return
    for _ in range(120):
        if wanted.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"the page never said so: {page.locator('main').inner_text()}")


def accept(guest: Page, demo: Demo, address: str) -> None:
    link = guest.locator("a[href*='/redeem?']")
    for _ in range(120):
        guest.goto(f"{demo.simulator}/mailbox/{address}")
        if link.count():
            break
        guest.wait_for_timeout(500)
    link.first.click()
    guest.get_by_role("button", name=re.compile("^Continue as")).click()
    guest.get_by_role("button", name="Accept").click()
    expect(guest.get_by_role("heading", name=re.compile("Contoso"))).to_be_visible()


@pytest.mark.parametrize("device", DEVICES)
def test_from_request_to_redeemed_guest_and_back(browser: Browser, demo: Demo, device: str) -> None:
    kind, address = DEVICES[device]
    cast = Cast(browser=browser, demo=demo, device=kind)
    ann = cast.sign_in("Ann Lee")
    request = invite(ann, demo.site, address)

    bob = cast.sign_in("Bob Ray")
    bob.goto(f"{demo.site}/decide")
    expect(bob.get_by_text("Guest of Ann").first).to_be_visible()
    bob.goto(request.replace("/requests/", "/decide/"))
    bob.get_by_role("button", name=re.compile("^Approve until")).click()
    expect(bob.get_by_role("heading", name="Bob Ray agreed")).to_be_visible()

    # Ann's page was open all the time and was never loaded again, where there are scripts.
    shown_at_last(ann, ann.locator("#status").get_by_text("not accepted yet").first, scripts=kind.scripts)
    accept(cast.open(), demo, address)
    shown_at_last(ann, ann.get_by_role("link", name="Open Expenses"), scripts=kind.scripts)

    ann.goto(f"{demo.site}/guests")
    ann.get_by_role("link", name=re.compile("Guest of Ann")).first.click()
    ann.get_by_role("link", name="End now").click()
    ann.get_by_label("Why does it end now?").fill("the month is closed")
    ann.get_by_role("button", name="End access now").click()
    expect(ann.get_by_role("link", name="End access now")).to_have_count(0)
