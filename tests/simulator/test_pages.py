"""The pages for people: well formed, labelled, and clearly not Microsoft's."""

import re

import html5lib
import pytest

from tests.simulator.browsing import heading
from tests.simulator.clients import Graph, Simulated
from tests.simulator.naming import CALLBACK, CLIENTS, SIGN_IN, TENANTS

PATHS = [
    "/",
    "/mailbox",
    "/mailbox/gus@partner.example",
    "/mailbox/nobody@nowhere.example",
    "/faults",
    "/ledger",
    f"/tenants/{TENANTS['Contoso']}",
    f"/{TENANTS['Contoso']}/oauth2/v2.0/authorize?client_id={SIGN_IN}&response_type=code&scope=openid"
    f"&redirect_uri={CALLBACK}",
    f"/organizations/oauth2/v2.0/authorize?client_id={SIGN_IN}&response_type=code&scope=openid&redirect_uri={CALLBACK}",
    "/organizations/oauth2/v2.0/logout",
    f"/organizations/adminconsent?client_id={SIGN_IN}&redirect_uri={CALLBACK}",
    "/redeem?rd=nothing",
    "/tenants/nowhere",
]


@pytest.fixture
def busy(sim: Simulated) -> Simulated:
    """Fill the pages, with text that would be markup if it were let."""
    mail = sim.graph("Contoso", client=CLIENTS["Selfservice Mail"])
    message = {
        "subject": "<b>Bold</b> & 'quoted'",
        "body": {"contentType": "HTML", "content": '<p>"Hi" <a href="https://app.example/">there</a></p>'},
        "toRecipients": [{"emailAddress": {"address": "gus@partner.example"}}],
    }
    mail("POST", "/users/selfservice@contoso.example/sendMail", {"message": message})
    sim.control(
        "POST", f"/tenants/{TENANTS['Contoso']}/users", {"mail": "x@contoso.example", "displayName": "<i>X</i>"}
    )
    sim.fault("slow", seconds=0.0, match={"path": "^/v1.0/nothing<$"})
    return sim


@pytest.mark.parametrize("path", PATHS)
def test_a_page_keeps_the_rules(busy: Simulated, path: str) -> None:
    response = busy.http.get(busy.url + path)
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page = parser.parse(response.text)
    assert page.get("lang") == "en"
    assert len(page.findall(".//h1")) == 1
    title = page.findtext(".//title")
    assert title == f"{page.findtext('.//h1')} - Simulator"
    assert "Simulator - not Microsoft" in response.text
    assert page.findall(".//script") == []
    assert not re.search(r"\s(style|on\w+)=", response.text)
    assert page.find('.//meta[@name="viewport"]') is not None
    labelled = {label.get("for") for label in page.findall(".//label")}
    for field in page.findall(".//input"):
        assert field.get("type") == "hidden" or field.get("id") in labelled
    for frame in page.findall(".//iframe"):
        assert frame.get("title")
    for cell in page.findall(".//th"):
        assert cell.get("scope") == "col"
    assert "<b>Bold" not in response.text
    assert "<i>X" not in response.text


def test_the_start_page_leads_everywhere(busy: Simulated) -> None:
    page = busy.http.get(f"{busy.url}/").text
    for link in set(re.findall(r'href="(/[^"]*)"', page)):
        assert busy.http.get(busy.url + link).status_code == 200, link


def test_redemption_pages_keep_the_rules(sim: Simulated, contoso: Graph) -> None:
    link = contoso.invite("gus@partner.example").json()["inviteRedeemUrl"]
    browser = sim.browser()
    for _ in range(2):
        page = browser.open(link)
        parsed = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.text)
        assert len(parsed.findall(".//h1")) == 1
        assert "Simulator - not Microsoft" in page.text
        browser.post("/redeem", rd=parsed.find('.//input[@name="rd"]').get("value"), answer="continue")
    assert heading(browser.open(link)) == "Contoso asks for your consent"


def test_the_style_sheet_is_served(sim: Simulated) -> None:
    response = sim.http.get(f"{sim.url}/style.css")
    assert response.headers["Content-Type"].startswith("text/css")
    assert "prefers-color-scheme" in response.text


def test_an_address_that_is_none_is_told(sim: Simulated) -> None:
    assert sim.http.get(f"{sim.url}/nothing/here").status_code == 404
