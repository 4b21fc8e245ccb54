"""Redemption: the only way from pending to accepted leads through a browser."""

import pytest

from tests.simulator.browsing import answered, heading
from tests.simulator.clients import Graph, Simulated, claims_of
from tests.simulator.naming import OIDS, TENANTS
from tests.simulator.test_sign_in import signed_in


def link_of(graph: Graph, address: str) -> tuple[str, str]:
    body = graph.invite(address).json()
    return body["invitedUser"]["id"], body["inviteRedeemUrl"]


def state_of(graph: Graph, key: str) -> str:
    return str(graph.get(f"/users/{key}?$select=externalUserState")["externalUserState"])


def test_a_guest_signs_in_reads_and_accepts(sim: Simulated, contoso: Graph) -> None:
    key, link = link_of(contoso, "gus@partner.example")
    browser = sim.browser()
    first = browser.open(link)
    assert "Continue as gus@partner.example" in first.text
    rd = first.url.partition("rd=")[2]
    assert rd
    response = browser.redeem(link)
    assert response.headers["Location"] == "http://localhost:5000/welcome"
    user = contoso.get(f"/users/{key}?$select=externalUserState,identities,displayName")
    assert user["externalUserState"] == "Accepted"
    assert user["identities"] == [
        {"signInType": "federated", "issuer": "mail", "issuerAssignedId": "gus@partner.example"}
    ]


def test_the_consent_page_names_the_tenant_and_what_it_learns(sim: Simulated, contoso: Graph) -> None:
    _, link = link_of(contoso, "gus@partner.example")
    browser = sim.browser()
    browser.post("/redeem", rd=_rd(link), answer="continue")
    page = browser.open(link)
    assert heading(page) == "Contoso asks for your consent"
    assert "contoso.example" in page.text
    assert "receive your profile data" in page.text


def _rd(link: str) -> str:
    from_query = link.partition("rd=")[2]
    for code, mark in (("%3A", ":"), ("%2F", "/"), ("%3F", "?"), ("%3D", "="), ("%26", "&")):
        from_query = from_query.replace(code, mark)
    return from_query


def test_nothing_is_accepted_without_signing_in_as_the_invited(sim: Simulated, contoso: Graph) -> None:
    key, link = link_of(contoso, "gus@partner.example")
    stranger = sim.browser()
    stranger.pick("ann@fabrikam.example")
    answer = stranger.post("/redeem", rd=_rd(link), answer="accept")
    assert heading(answer) == "You are invited to Contoso"
    assert state_of(contoso, key) == "PendingAcceptance"


def test_cancelling_leaves_the_guest_pending(sim: Simulated, contoso: Graph) -> None:
    key, link = link_of(contoso, "gus@partner.example")
    browser = sim.browser()
    browser.post("/redeem", rd=_rd(link), answer="continue")
    assert heading(browser.post("/redeem", rd=_rd(link), answer="cancel")) == "You have not accepted"
    assert state_of(contoso, key) == "PendingAcceptance"
    assert browser.redeem(link).status_code == 302


def test_a_used_link_says_so(sim: Simulated, contoso: Graph) -> None:
    _, link = link_of(contoso, "gus@partner.example")
    sim.browser().redeem(link)
    assert "already been accepted" in sim.browser().open(link).text


def test_a_made_up_or_foreign_ticket_leads_nowhere(sim: Simulated, contoso: Graph) -> None:
    _, link = link_of(contoso, "gus@partner.example")
    _, other = link_of(contoso, "hal@partner.example")
    ticket = _rd(other).partition("ticket=")[2]
    forged = _rd(link).partition("ticket=")[0] + "ticket=" + ticket
    for rd in (forged, "https://invitations.microsoft.com/redeem/", ""):
        assert heading(sim.browser().post("/redeem", rd=rd, answer="accept")) == "This invitation cannot be used"


def test_a_blocked_guest_cannot_redeem(sim: Simulated, contoso: Graph) -> None:
    key, link = link_of(contoso, "gus@partner.example")
    contoso("PATCH", f"/users/{key}", {"accountEnabled": False})
    assert "has blocked this account" in sim.browser().open(link).text


def test_a_deleted_guest_cannot_redeem(sim: Simulated, contoso: Graph) -> None:
    key, link = link_of(contoso, "gus@partner.example")
    contoso("DELETE", f"/users/{key}")
    assert "no longer in Contoso" in sim.browser().open(link).text


def test_a_domain_blocked_after_the_invitation_fails_at_redemption(sim: Simulated, contoso: Graph) -> None:
    _, link = link_of(contoso, "gus@partner.example")
    domains = {"policies": {"domains": {"BlockedDomains": ["partner.example"]}}}
    sim.control("POST", f"/tenants/{TENANTS['Contoso']}", domains)
    assert "do not let partner.example into Contoso" in sim.browser().open(link).text


def test_an_account_disabled_at_home_cannot_redeem(sim: Simulated, contoso: Graph) -> None:
    key, link = link_of(contoso, "pia@fabrikam.example")
    answer = sim.browser().redeem(link)
    assert heading(answer) in ("This invitation cannot be used", "You are invited to Contoso")
    assert state_of(contoso, key) == "PendingAcceptance"


@pytest.mark.parametrize(("setting", "issuer"), [("default", "mail"), ("disabled", "MicrosoftAccount")])
def test_somebody_without_a_home_gets_a_code_or_a_new_account(
    sim: Simulated, contoso: Graph, setting: str, issuer: str
) -> None:
    sim.tenant("Contoso").policies["email"]["allowExternalIdToUseEmailOtp"] = setting
    key, link = link_of(contoso, "new@stranger.example")
    assert sim.browser().redeem(link).status_code == 302
    assert contoso.get(f"/users/{key}?$select=identities")["identities"][0]["issuer"] == issuer


def test_an_employee_of_another_tenant_redeems_and_then_signs_in_as_a_guest(sim: Simulated, contoso: Graph) -> None:
    key, link = link_of(contoso, "ann@fabrikam.example")
    sim.browser().redeem(link)
    claims = claims_of(signed_in(sim, "ann@fabrikam.example", "Contoso")["id_token"])
    assert (claims["tid"], claims["oid"], claims["acct"]) == (TENANTS["Contoso"], key, 1)
    assert claims["idp"] == f"https://sts.windows.net/{TENANTS['Fabrikam']}/"
    home = claims_of(signed_in(sim, "ann@fabrikam.example")["id_token"])
    assert (home["tid"], home["oid"]) == (TENANTS["Fabrikam"], OIDS["ann@fabrikam.example"])


def test_a_guest_renamed_at_home_is_still_the_same_guest(sim: Simulated, contoso: Graph) -> None:
    key, link = link_of(contoso, "ann@fabrikam.example")
    sim.browser().redeem(link)
    home = sim.tenant("Fabrikam").users
    home.change(OIDS["ann@fabrikam.example"], {"mail": "ann.wu@fabrikam.example", "displayName": "Ann Wu"})
    answer = answered(sim.browser().pick(OIDS["ann@fabrikam.example"], "Contoso"))
    assert "code" in answer
    assert contoso.get(f"/users/{key}")["mail"] == "ann@fabrikam.example"
