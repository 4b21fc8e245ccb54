"""What people do, in a real browser: with the keyboard alone, without scripts, and with the comforts of scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from selfservice.model.delivery import Delivery, StepState
from selfservice.model.package import AccessPackage
from selfservice.model.request import AccessRequest, RequestState
from selfservice.store.transaction import transaction
from tests.browser.conftest import Place
from tests.web.cast import NOW, identifier

pytestmark = [pytest.mark.browser, pytest.mark.slow]

POLYGLOTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'-alert(3)-'",
    "<svg/onload=alert(4)>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "javascript:alert(5)//",
    "</textarea></title><script>alert(6)</script>",
    "<a href=javascript:alert(7)>x</a>",
    "<iframe srcdoc='<script>alert(8)</script>'>",
    "<div hx-get=/ data-hx-trigger=load hx-on:click=alert(9)>x</div>",
    "<img/src=x/onerror=alert(10)>",
    "<body onload=alert(11)>",
    "<input autofocus onfocus=alert(12)>",
    "<details open ontoggle=alert(13)>",
    "<video><source onerror=alert(14)></video>",
    "<math><mi xlink:href=javascript:alert(15)>x</mi></math>",
    "<style>@import'//evil.example'</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<form action=//evil.example><button>x</button></form>",
    "<object data=javascript:alert(16)>",
    "<embed src=javascript:alert(17)>",
    "<svg><script>alert(18)</script></svg>",
    "<svg><animate onbegin=alert(19) attributeName=x></svg>",
    "<script src=//evil.example></script>",
    "<!--><script>alert(20)</script>-->",
    "<![CDATA[<script>alert(21)</script>]]>",
    '" autofocus onfocus=alert(22) x="',
    "' onmouseover=alert(23) '",
    "` onclick=alert(24) `",
    "&lt;script&gt;alert(25)&lt;/script&gt;",
    "&#60;script&#62;alert(26)&#60;/script&#62;",
    "%3Cscript%3Ealert(27)%3C/script%3E",
    "\\u003cscript\\u003ealert(28)",
    "<scr<script>ipt>alert(29)</scr</script>ipt>",
    "<ScRiPt>alert(30)</sCrIpT>",
    "data:text/html,<script>alert(31)</script>",
    "{% raw %}{{ config }}{% endraw %}",
    "\u202e<script>alert(32)</script>",
)

WRITTEN = (
    "request.justification",
    "package.name",
    "request.message",
    "package.description",
    "request.guest_name",
    "request.package_name",
    "request.requestor_name",
    "package.owner_name",
    "request.sponsor_name",
    "request.guest_address",
)
"""Every text that people or directories write and that pages show."""


def focused_name(page: Page) -> str:
    """Return what the focused element is called."""
    name: str = page.evaluate(
        "document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent || ''"
    )
    return " ".join(name.split())


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused_name(page).startswith(name):
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def follow(page: Page) -> None:
    """Press Enter on the focused link and wait for the page behind it."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_guest_is_invited_with_the_keyboard_alone(place: Place) -> None:
    page = place.open("ann")
    page.goto("/catalog")
    page.keyboard.press("Tab")
    assert focused_name(page) == "Skip to the content"
    page.keyboard.press("Enter")
    tab_to(page, "Expenses")
    follow(page)
    tab_to(page, "Invite someone")
    follow(page)
    tab_to(page, "Their work e-mail address")
    page.keyboard.type("new@partner.example")
    tab_to(page, "Their name")
    page.keyboard.type("New Guest")
    tab_to(page, "Why do they need it?")
    page.keyboard.type("for the close")
    tab_to(page, "Ask Bob Ray")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New Guest: Expenses, Contoso")


def test_enter_in_a_field_asks_instead_of_looking_for_a_sponsor(place: Place) -> None:
    page = place.open("ann")
    page.goto(f"/catalog/{place.world.package}/invite")
    page.get_by_label("Why do they need it?").fill("for the close")
    page.get_by_label("Their work e-mail address").fill("new@partner.example")
    page.get_by_label("Their name").fill("New Guest")
    page.get_by_label("Their name").press("Enter")
    expect(page).to_have_url(re.compile("/requests/"))


def test_the_journey_works_without_scripts(place: Place) -> None:
    ann = place.open("ann", java_script_enabled=False)
    ann.goto(f"/catalog/{place.world.package}/invite")
    ann.get_by_label("Their work e-mail address").fill("new@partner.example")
    ann.get_by_label("Their name").fill("New Guest")
    ann.get_by_label("Why do they need it?").fill("for the close")
    ann.get_by_text("Somebody else", exact=True).click()
    ann.get_by_label("Somebody else of your organisation").fill("Cy Novak")
    ann.get_by_role("button", name="Find").click()
    ann.get_by_label("Cy Novak").check()
    ann.get_by_role("button", name="Ask Bob Ray").click()
    expect(ann.get_by_text("Waiting for", exact=True)).to_be_visible()
    expect(ann.locator("#status")).to_contain_text("Cy Novak")
    request_id = ann.url.rpartition("/")[2]

    bob = place.open("bob", java_script_enabled=False)
    bob.goto(f"/decide/{request_id}")
    bob.get_by_role("button", name=re.compile("^Approve until")).click()
    expect(bob.get_by_role("heading", name="Bob Ray agreed")).to_be_visible()
    ann.get_by_role("link", name="Your requests").click()
    expect(ann.get_by_text("being delivered").first).to_be_visible()

    cy = place.open("cy", java_script_enabled=False)
    cy.goto(f"/guests/{place.world.assignment}")
    cy.get_by_role("link", name="End access now").click()
    cy.get_by_label("Why does it end now?").fill("no longer needed")
    cy.get_by_role("button", name="End access now").click()
    expect(cy.get_by_role("link", name="End access now")).to_have_count(0)


def test_what_is_typed_survives_a_refusal(place: Place) -> None:
    page = place.open("ann")
    page.goto(f"/catalog/{place.world.package}/invite")
    page.get_by_label("Their work e-mail address").fill("gus@partner.example")
    page.get_by_label("Their name").fill("Gus Ray")
    page.get_by_label("Why do they need it?").fill("once more")
    page.get_by_label("A message to the guest").fill("Hello Gus")
    page.get_by_role("button", name="Ask Bob Ray").last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Why do they need it?")).to_have_value("once more")
    expect(page.get_by_label("A message to the guest")).to_have_value("Hello Gus")


def test_the_page_says_what_will_happen_while_the_address_is_typed(place: Place) -> None:
    page = place.open("ann")
    page.goto(f"/catalog/{place.world.package}/invite")
    page.get_by_label("Their work e-mail address").fill("kim@partner.example")
    page.get_by_label("Their name").focus()
    expect(page.locator("#before")).to_contain_text("holds")


def test_the_catalog_is_searched_while_typing(place: Place) -> None:
    page = place.open("ann")
    page.goto("/catalog")
    page.get_by_label("Search packages").press_sequentially("design", delay=20)
    expect(page.get_by_role("link", name="Expenses")).to_have_count(0)
    expect(page.get_by_role("link", name="Design files")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("1 package found")
    assert page.get_by_label("Search packages").input_value() == "design"


def test_the_request_page_moves_by_itself_and_then_rests(place: Place) -> None:
    with transaction(place.rt.sessions) as tx:
        tx.get_one(AccessRequest, place.world.failed).state = RequestState.DELIVERING
        delivery = tx.get_one(Delivery, place.world.failed_delivery)
        for step in delivery.steps:
            step.state, step.cause = StepState.PENDING, ""
    page = place.open("ann")
    page.goto(f"/requests/{place.world.failed}")
    expect(page.locator("#status .state-tag").first).to_have_text("being delivered")
    with transaction(place.rt.sessions) as tx:
        tx.get_one(AccessRequest, place.world.failed).state = RequestState.DELIVERED
        for step in tx.get_one(Delivery, place.world.failed_delivery).steps:
            step.state, step.settled_at = StepState.DONE, NOW
    expect(page.locator("#status .state-tag").first).to_have_text("delivered")
    expect(page.locator("#announcer")).to_have_text("Expenses: delivered")
    trigger = page.locator("#status").get_attribute("data-hx-trigger")
    assert trigger in {None, "every 5s"}


def test_light_and_dark_follow_the_reader_and_stay(place: Place) -> None:
    page = place.open("ann", color_scheme="dark")
    page.goto("/")
    ground = page.locator("body")
    expect(ground).to_have_css("background-color", "rgb(18, 24, 26)")
    page.locator(".account summary").click()
    page.get_by_role("button", name="Light").click()
    expect(ground).to_have_css("background-color", "rgb(251, 250, 247)")
    page.goto("/requests")
    expect(ground).to_have_css("background-color", "rgb(251, 250, 247)")


def test_without_scripts_light_and_dark_follow_the_system(place: Place) -> None:
    page = place.open("ann", color_scheme="dark", java_script_enabled=False)
    page.goto("/requests")
    expect(page.locator("body")).to_have_css("background-color", "rgb(18, 24, 26)")


def test_times_are_shown_in_the_readers_zone(place: Place) -> None:
    page = place.open("ann", timezone_id="Asia/Tokyo")
    page.goto(f"/requests/{place.world.waiting}")
    asked = page.locator("time[data-moment='exact']").first
    expect(asked).to_have_text("24 Nov 2026 23:02")
    assert "Asia/Tokyo" in (asked.get_attribute("title") or "")


def test_s35_going_back_after_signing_out_shows_nothing(place: Place) -> None:
    page = place.open("ann")
    page.goto("/requests")
    page.goto(f"/requests/{place.world.waiting}")
    page.locator(".account summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="The sign-in service")).to_be_visible()
    expect(page.get_by_text("Gus Ray")).to_have_count(0)


def test_s32_what_people_type_is_never_run(place: Place) -> None:
    pages = {
        f"/requests/{place.world.waiting}": place.open("ann"),
        f"/decide/{place.world.waiting}": place.open("bob"),
        f"/admin/packages/{place.world.package}": place.open("dee"),
        f"/catalog/{place.world.package}": place.open("eve"),
    }
    for start in range(0, len(POLYGLOTS), len(WRITTEN)):
        payloads = dict(zip(WRITTEN, POLYGLOTS[start:], strict=False))
        hurt(place, payloads)
        for path, page in pages.items():
            page.goto(path)
            shown = page.locator("body").inner_text()
            assert any(payload.split("\u202e")[-1] in shown for payload in payloads.values()), path
            assert place.complaints == [], f"{path}: {payloads}"
            assert page.url.endswith(path)


def hurt(place: Place, payloads: dict[str, str]) -> None:
    """Write payloads wherever people can write."""
    with transaction(place.rt.sessions) as tx:
        found: dict[str, object] = {
            "request": tx.get_one(AccessRequest, place.world.waiting),
            "package": tx.get_one(AccessPackage, place.world.package),
        }
        for column, payload in payloads.items():
            kind, _, name = column.partition(".")
            setattr(found[kind], name, payload)


def test_s33_the_browser_refuses_to_run_text(place: Place) -> None:
    page = place.open("ann")
    page.goto("/")
    for attack in (
        "const s = document.createElement('script'); s.textContent = 'window.hurt = 1'; document.body.append(s)",
        "const d = document.createElement('div'); document.body.append(d); "
        "d.innerHTML = '<img src=x onerror=\"window.hurt = 1\">'",
        "const d = document.createElement('div'); d.setAttribute('style', 'position:fixed'); document.body.append(d); "
        "window.hurt = getComputedStyle(d).position === 'fixed' ? 1 : window.hurt",
    ):
        page.evaluate(f"() => {{ {attack} }}")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hurt") is None
    assert any("Content Security Policy" in complaint for complaint in place.complaints)


def test_an_admin_finds_a_group_without_losing_what_is_typed(place: Place) -> None:
    page = place.open("dee")
    page.goto("/admin/packages/new")
    page.get_by_label("Name", exact=True).fill("Ledger")
    gives = page.get_by_role("region", name="What does it give?")
    gives.get_by_label("contoso users").check()
    page.get_by_label("Search groups and apps").fill("tier")
    page.get_by_role("button", name="Find").first.click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ledger")
    expect(gives.get_by_label("contoso users")).to_be_checked()
    expect(gives.get_by_label("Tier 0 Admins")).to_be_disabled()
    expect(page.get_by_text("The group can hold directory roles").first).to_be_visible()
    page.get_by_role("region", name="Who decides?").get_by_role("checkbox", name=re.compile("^Approvers")).check()
    page.get_by_label("Who owns it?").select_option(f"group:{identifier('approvers')}::Approvers")
    page.get_by_role("button", name="Create as a draft").click()
    expect(page.get_by_role("heading", name="Ledger")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("published").first).to_be_visible()
