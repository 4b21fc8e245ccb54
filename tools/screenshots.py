"""Takes the pictures of the documentation: starts a demo of its own, plays the journey in Chromium, keeps each page."""

import argparse
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "screenshots"
DESKTOP: ViewportSize = {"width": 1200, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
TALLEST = 820
LARGEST = 150 * 1024
PATIENCE = 60_000


@contextmanager
def running_demo() -> Iterator[tuple[str, str]]:
    """Start a demo that is thrown away afterwards, and yield the addresses of the pages and of the simulator."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "selfservice",
            "demo",
            f"--port={free_port()}",
            f"--instance={folder}/instance",
        ]
        demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            yield address_in(demo), address_in(demo)
        finally:
            demo.terminate()
            demo.wait(timeout=30)


def address_in(demo: subprocess.Popen[str]) -> str:
    """Return the address that the demo says next."""
    line = demo.stdout.readline() if demo.stdout else ""
    found = re.search(r"https?://\S+", line)
    if found is None:
        raise SystemExit(f"the demo did not start: {line}")
    return found.group()


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Photographer:
    """Opens a browser for each person and keeps what they see."""

    def __init__(self, browser: Browser, site: str, simulator: str) -> None:
        self.browser = browser
        self.site = site
        self.simulator = simulator
        self.contexts: list[BrowserContext] = []

    def sign_in(self, name: str) -> Page:
        """Return a page on which this person has signed in."""
        context = self.browser.new_context(
            viewport=DESKTOP, color_scheme="light", locale="en-GB", reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        page.goto(f"{self.site}/sign-in")
        page.get_by_role("button", name=name).click()
        expect(page).to_have_url(re.compile(re.escape(self.site)))
        return page

    def keep(self, page: Page, name: str, *, phone: bool = False) -> None:
        """Write the page, in light and dark."""
        page.set_viewport_size(PHONE if phone else DESKTOP)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
            file = PICTURES / f"{name}-{scheme}.png"
            page.mouse.move(0, 0)
            page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
            page.wait_for_timeout(200)
            width, height = (PHONE["width"], PHONE["height"]) if phone else (DESKTOP["width"], TALLEST)
            seen = min(height, page.evaluate("document.documentElement.scrollHeight"))
            page.screenshot(path=str(file), full_page=True, clip={"x": 0, "y": 0, "width": width, "height": seen})
            size = file.stat().st_size
            print(f"{file.name}: {size // 1024} KB")
            if size > LARGEST:
                raise SystemExit(f"{file.name} is larger than {LARGEST // 1024} KB")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESKTOP)


def invite(camera: Photographer, ann: Page) -> str:
    """Ask for a guest and return the address of the request."""
    ann.goto(f"{camera.site}/catalog")
    camera.keep(ann, "catalog")
    ann.get_by_role("link", name="Expenses", exact=True).click()
    ann.get_by_role("link", name=re.compile("^Invite someone")).click()
    ann.get_by_label("Their work e-mail address").fill("gus@partner.example")
    ann.get_by_label("Their name").fill("Gus Ray")
    ann.get_by_label("Their company").fill("Partner Accounting")
    ann.get_by_label("Why do they need it?").fill("Gus closes the books with us until February.")
    ann.get_by_label("A message to the guest").fill("Hello Gus, this is the app we spoke about. Ann")
    expect(ann.locator("#before")).to_contain_text("Contoso")
    camera.keep(ann, "request-form")
    ann.get_by_role("button", name=re.compile("^Ask")).last.click()
    expect(ann.locator("#status")).to_contain_text("waiting for a decision")
    camera.keep(ann, "request-waiting")
    camera.keep(ann, "request-phone", phone=True)
    return ann.url


def decide(camera: Photographer, request: str) -> None:
    """Agree to the request."""
    bob = camera.sign_in("Bob Ray")
    bob.goto(f"{camera.site}/decide")
    camera.keep(bob, "inbox")
    bob.goto(request.replace("/requests/", "/decide/"))
    bob.get_by_label("A word with it").fill("ok for the close")
    camera.keep(bob, "decide")
    bob.get_by_role("button", name=re.compile("^Approve until")).click()
    expect(bob.get_by_role("heading", name="Bob Ray agreed")).to_be_visible()


def redeem(camera: Photographer) -> None:
    """Follow the link in the guest's mailbox and accept."""
    context = camera.browser.new_context(viewport=DESKTOP)
    context.set_default_timeout(PATIENCE)
    camera.contexts.append(context)
    gus = context.new_page()
    link = gus.locator("a[href*='/redeem?']")
    for _ in range(60):
        gus.goto(f"{camera.simulator}/mailbox/gus@partner.example")
        if link.count():
            break
        gus.wait_for_timeout(1000)
    link.first.click()
    gus.get_by_role("button", name=re.compile("^Continue as")).click()
    gus.get_by_role("button", name="Accept").click()
    expect(gus.get_by_role("heading", name=re.compile("Contoso"))).to_be_visible()


def administer(camera: Photographer) -> None:
    """Look at what an admin sees."""
    dee = camera.sign_in("Dee Fox")
    dee.goto(f"{camera.site}/admin/packages/new")
    dee.get_by_label("Name", exact=True).fill("Month-end close")
    dee.get_by_label("What is it for?").fill("The close calendar and its checklists.")
    camera.keep(dee, "admin-package")
    dee.goto(f"{camera.site}/admin/deliveries")
    dee.locator(".row-link").first.click()
    camera.keep(dee, "admin-delivery")


def play(camera: Photographer) -> None:
    """Play the journey."""
    ann = camera.sign_in("Ann Lee")
    request = invite(camera, ann)
    decide(camera, request)
    ann.goto(request)
    camera.keep(ann, "request-moving")
    expect(ann.locator("#status")).to_contain_text("delivered")
    redeem(camera)
    ann.goto(request)
    expect(ann.locator("#ready")).to_be_visible()
    camera.keep(ann, "request-accepted")
    ann.goto(camera.site)
    camera.keep(ann, "home")
    administer(camera)


def main() -> None:
    """Take every picture anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    chosen = parser.parse_args()
    expect.set_options(timeout=PATIENCE)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running_demo() as (site, simulator), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chosen.chromium, args=["--no-sandbox", "--lang=en-GB"])
        play(Photographer(browser, site, simulator))
        browser.close()


if __name__ == "__main__":
    main()
