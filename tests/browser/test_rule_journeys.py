"""How rules are changed, in a real browser: tried while they are written, replayed, agreed to, and then in force."""

import re

import pytest
from playwright.sync_api import Page, expect

from selfservice.model.rulebook import ApproverRule, ReplayState, RuleBook, RuleExample, RuleReplay
from selfservice.services.rules.replaying import work_due
from selfservice.store.transaction import transaction
from tests.browser.conftest import Place
from tests.browser.test_journeys import POLYGLOTS
from tests.web.cast import identifier

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEW = "/rules/new?scope=tenant"


def add_clause(page: Page, about: str, field: str, value: str) -> None:
    """Add a clause and write its value."""
    page.get_by_label("Add a clause about").select_option(about)
    page.locator("button[name='do'][value='clause']").click()
    page.get_by_label(f"Values of {field}").fill(value)


def add_person(page: Page, name: str) -> None:
    """Look a person up and add them to those who decide in the first stage."""
    page.get_by_label("Find a person or a group: Who decides").first.fill(name)
    people = page.get_by_label("Who decides: add").first
    expect(people.locator("optgroup[label='People'] option")).to_have_count(1)
    people.select_option(index=people.locator("option").count() - 1)
    page.get_by_role("button", name="Add: Who decides").first.click()
    expect(page.get_by_role("checkbox", name=re.compile(f"^{name}")).first).to_be_checked()


def step_replay(place: Place, page: Page) -> None:
    """Let the worker be half through, look, and let it come to its end."""
    with transaction(place.rt.sessions) as tx:
        replay = tx.get_one(RuleReplay, page.url.rpartition("/")[2])
        replay.state, replay.done, replay.total = ReplayState.RUNNING, 40, 100
    expect(page.get_by_text("40 of 100 requests").first).to_be_visible()
    expect(page.locator("progress")).to_have_attribute("value", "40")
    work_due(place.rt)
    expect(page.locator("#announcer")).to_have_text("The replay is done")


def test_a_rule_is_tried_mended_replayed_saved_and_decides(place: Place) -> None:
    page = place.open("dee")
    page.goto("/rules")
    page.get_by_role("link", name="New rule").click()
    page.get_by_role("link", name="The whole tenant").click()
    page.get_by_label("Name", exact=True).fill("Partners go to Lee")
    page.get_by_label("Yes, without anybody").check()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("Breaks the example “An ordinary request is decided”")

    add_clause(page, "guestDomain", "domain of the guest", "partner.example")
    page.get_by_label("People decide").check()
    page.get_by_role("checkbox", name=re.compile("^The approvers of the access package")).uncheck()
    add_person(page, "Lee Wu")
    page.get_by_role("button", name="Try it").click()
    expect(preview).to_contain_text("1 example stays true")
    expect(preview).to_contain_text("This will mail 1 person about each request")

    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Past requests under the changed rules")
    step_replay(place, page)
    expect(page.locator("#replay")).to_contain_text("other approvers")

    page.get_by_role("link", name="Review and save").click()
    page.get_by_label("Why is it changed?").fill("Lee knows the partners")
    page.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_role("link", name="Partners go to Lee", exact=True)).to_be_visible()

    ann = place.open("ann")
    ann.goto(f"/catalog/{place.world.package}/invite")
    ann.get_by_label("Their work e-mail address").fill("new@partner.example")
    ann.get_by_label("Their name").fill("New Guest")
    ann.get_by_label("Why do they need it?").fill("for the close")
    ann.get_by_label("Their work e-mail address").press("Enter")
    expect(ann).to_have_url(re.compile("/requests/"))
    expect(ann.locator("main")).to_contain_text("Lee Wu")
    assert place.complaints == []


def test_a_rule_is_written_without_scripts(place: Place) -> None:
    page = place.open("dee", java_script_enabled=False)
    page.goto(NEW)
    page.get_by_label("Name", exact=True).fill("Short ones of Finance")
    add_clause(page, "days", "length of access", "30")
    add_clause(page, "department", "department", "Finance/*")
    expect(page.get_by_label("Values of length of access")).to_have_value("30")
    page.get_by_role("button", name="Add a stage").click()
    page.get_by_label("Who decides: add").nth(1).select_option(label="The owner of the access package")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#preview")).to_contain_text("length of access is at most 30 days and department is Finance")
    expect(page.locator("#preview")).to_contain_text("then the owner of the access package")
    page.get_by_role("button", name="Review and save").last.click()
    page.get_by_label("Why is it changed?").fill("Two look at it")
    page.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_role("link", name="Short ones of Finance", exact=True)).to_be_visible()


def test_typing_goes_on_while_people_are_looked_up(place: Place) -> None:
    page = place.open("dee")
    page.goto(NEW)
    page.get_by_label("Name", exact=True).fill("Typed")
    search = page.get_by_label("Find a person or a group: Who decides")
    search.press_sequentially("lee", delay=30)
    people = page.get_by_label("Who decides: add").locator("optgroup[label='People'] option")
    expect(people).to_have_count(2)
    expect(search).to_be_focused()
    search.press_sequentially(" wu", delay=30)
    expect(people).to_have_count(1)
    expect(search).to_have_value("lee wu")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Typed")


def test_a_second_person_agrees_before_a_rule_changes(place: Place) -> None:
    dee, bob = place.open("dee"), place.open("bob")
    dee.goto("/rules")
    dee.get_by_role("button", name="Ask for a second person").click()
    expect(dee.get_by_text("Every change of rules waits")).to_be_visible()

    bob.goto("/rules")
    bob.get_by_role("link", name="Short audits", exact=True).click()
    bob.get_by_label("Values of length of access").fill("21")
    bob.get_by_role("button", name="Review and save").last.click()
    bob.get_by_label("Why is it changed?").fill("audits take longer")
    bob.get_by_role("button", name="Propose the rule").click()
    expect(bob.get_by_role("heading", name="A second person must agree")).to_be_visible()
    expect(bob.locator(".rule-rows")).to_contain_text("at most 14 days")

    dee.goto("/rules")
    dee.get_by_role("link", name=re.compile("audits take longer")).click()
    expect(dee.locator("main")).to_contain_text("at most 21 days")
    dee.get_by_role("button", name="Agree: it holds from now on").click()
    expect(dee.locator(".rule-rows").first).to_contain_text("at most 21 days")
    assert place.complaints == []


def test_what_keepers_of_rules_write_is_never_run(place: Place) -> None:
    page, world = place.open("dee"), place.world
    for start in range(0, len(POLYGLOTS), 4):
        words = POLYGLOTS[start : start + 4]
        with transaction(place.rt.sessions) as tx:
            book, rule = tx.get_one(RuleBook, identifier("contoso")), tx.get_one(ApproverRule, world.rule)
            book.serial, rule.serial = book.serial + 1, book.serial + 1
            rule.name, rule.note, rule.changed_by_name = words[0], words[1], words[2]
            rule.clauses = [{"attribute": "jobTitle", "anyOf": list(words)}]
            rule.outcome = {"deny": words[3]}
            tx.get_one(RuleExample, world.example).name = words[0]
        for path in ("/rules", f"/rules/{world.rule}", f"/rules/{world.rule}/remove", "/rules?search=a"):
            page.goto(path)
            assert place.complaints == [], f"{path}: {words}"
            assert page.url.endswith(path)
        page.goto(f"/rules/{world.rule}")
        expect(page.get_by_label("Name", exact=True)).to_have_value(words[0])
        page.get_by_role("button", name="Try it").click()
        expect(page.locator("#preview .preview-sentence")).to_be_visible()
        assert place.complaints == [], str(words)
