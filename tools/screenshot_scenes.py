"""What is photographed beside the main journey: the card before asking, a decision in stages, and the rule workshop."""

import re

from playwright.sync_api import Page, expect

from tools.photographing import Photographer


def ask_before(camera: Photographer, ann: Page) -> None:
    """Look at the card before asking, where a rule says no."""
    ann.goto(f"{camera.site}/catalog")
    ann.get_by_role("link", name="Payment run", exact=True).click()
    ann.get_by_role("link", name=re.compile("^Invite someone")).click()
    ann.get_by_label("Their work e-mail address").fill("rob@rival.example")
    ann.get_by_label("Their name").fill("Rob Ivers")
    expect(ann.locator("#before")).to_contain_text("Rival")
    camera.keep(ann, "before-red")


def three_stages(camera: Photographer, ann: Page) -> None:
    """Ask for what three stages decide, let the first agree, ask and answer, and look from both sides."""
    ann.goto(f"{camera.site}/catalog")
    ann.get_by_role("link", name="Payment run", exact=True).click()
    ann.get_by_role("link", name=re.compile("^Invite someone")).click()
    ann.get_by_label("Their work e-mail address").fill("kim@partner.example")
    ann.get_by_label("Their name").fill("Kim Poe")
    ann.get_by_label("Why do they need it?").fill("Kim pays the suppliers while Ian is away.")
    ann.get_by_label("What is it for?").select_option(label="To pay what is due")
    ann.get_by_role("checkbox", name=re.compile("terms", re.I)).check()
    ann.get_by_role("button", name=re.compile("^Ask")).last.click()
    expect(ann).to_have_url(re.compile("/requests/"))
    address = ann.url.replace("/requests/", "/decide/")
    approve(camera.sign_in("Cy Novak"), address)
    lee = camera.sign_in("Lee Wu")
    lee.goto(address)
    lee.get_by_text(re.compile("^Ask Ann Lee before you decide")).click()
    lee.get_by_label("What would you like to know?").fill("Does Kim start payments alone, or with you?")
    lee.get_by_role("button", name="Send the question").click()
    expect(lee.get_by_text("Ask something else")).to_be_visible()
    ann.reload()
    ann.get_by_label("Your answer").fill("With me: I release every run.")
    ann.get_by_role("button", name="Send the answer").click()
    expect(ann.get_by_label("Your answer")).to_have_count(0)
    camera.keep(ann, "request-stages")
    lee.goto(address)
    camera.keep(lee, "decide-stages", part="stages")
    go_away(camera, lee)


def approve(page: Page, address: str) -> None:
    """Agree to a request."""
    page.goto(address)
    page.get_by_label(re.compile("^A word with it|^Why do you agree")).fill("Ann works with Kim.")
    page.get_by_role("button", name=re.compile("^Approve until")).click()
    expect(page.get_by_role("heading", name=re.compile("^You agreed"))).to_be_visible()


def go_away(camera: Photographer, lee: Page) -> None:
    """Look at the page on which somebody lets another decide for them."""
    lee.goto(f"{camera.site}/away")
    lee.get_by_label("Look for a colleague").fill("Una Hart")
    lee.get_by_role("button", name="Find").click()
    lee.get_by_label("Una Hart").check()
    lee.get_by_label("Why? (optional)").fill("On holiday")
    lee.get_by_role("button", name="Hand over").last.click()
    expect(lee.get_by_role("button", name="End")).to_be_visible()
    camera.keep(lee, "away")


def change_rules(camera: Photographer, dee: Page) -> None:
    """Read the rules, try a change that breaks an example, mend it, replay, and take the last look."""
    dee.goto(f"{camera.site}/rules")
    camera.keep(dee, "rules")
    dee.goto(f"{camera.site}/rules/new?scope=tenant")
    dee.get_by_label("Name", exact=True).fill("Three months are quick")
    dee.get_by_label("Before the rules of packages and catalogs").check()
    add_clause(dee, "days", "length of access", "90")
    dee.get_by_label("Its place among them").fill("1")
    dee.get_by_label("Yes, without anybody").check()
    expect(dee.locator("#preview")).to_contain_text("Breaks the example")
    camera.keep(dee, "rule-breaks")
    dee.get_by_label("Its place among them").fill("2")
    dee.get_by_role("button", name="Try it").click()
    expect(dee.locator("#preview")).to_contain_text("2 examples stay true")
    dee.get_by_role("button", name="Replay", exact=True).click()
    expect(dee.locator("#replay")).to_contain_text("now automatic")
    camera.keep(dee, "rule-replay")
    dee.get_by_role("link", name="Review and save").click()
    dee.get_by_label("Why is it changed?").fill("Nobody has ever said no to these.")
    camera.keep(dee, "rule-review")


def add_clause(dee: Page, about: str, field: str, value: str) -> None:
    """Add a clause and write its value."""
    dee.get_by_label("Add a clause about").select_option(about)
    dee.locator("button[name='do'][value='clause']").click()
    dee.get_by_label(f"Values of {field}").fill(value)


def keep_partners(camera: Photographer, dee: Page) -> None:
    """Look at what admins keep beside the packages."""
    for place, link, name in (
        ("catalogs", "Finance apps", "admin-catalog"),
        ("organizations", "Partner Ltd", "admin-organization"),
        ("exclusions", "never both", "admin-exclusion"),
        ("tags", "sensitive", "admin-tag"),
    ):
        dee.goto(f"{camera.site}/admin/{place}")
        dee.locator(".row-title").filter(has_text=link).locator("a").click()
        camera.keep(dee, name)
