"""Takes the pictures of the documentation: starts a demo of its own, plays the journey in Chromium, keeps each page."""

import argparse
import re
import shutil

from playwright.sync_api import Page, expect, sync_playwright

from tools.photographing import DESKTOP, PATIENCE, PICTURES, Photographer, running_demo
from tools.screenshot_scenes import ask_before, change_rules, keep_partners, three_stages


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
    change_rules(camera, dee)
    keep_partners(camera, dee)


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
    ask_before(camera, ann)
    three_stages(camera, ann)
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
