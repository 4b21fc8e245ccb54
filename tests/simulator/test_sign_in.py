"""Signing in: who may, as whom, and what the app learns."""

import jwt
import pytest

from tests.simulator.browsing import Browser, answered, heading
from tests.simulator.clients import Simulated, claims_of, pkce
from tests.simulator.naming import CALLBACK, OIDS, SIGN_IN, TENANTS


def redeem_code(sim: Simulated, code: str, tenant: str = "organizations", **more: str) -> dict[str, str]:
    form = {
        "grant_type": "authorization_code",
        "client_id": SIGN_IN,
        "client_secret": sim.secret(SIGN_IN),
        "code": code,
        "redirect_uri": CALLBACK,
        **more,
    }
    response = sim.ask_token(tenant, **form)
    found: dict[str, str] = {"status": str(response.status_code), **response.json()}
    return found


def signed_in(sim: Simulated, account: str, tenant: str = "organizations") -> dict[str, str]:
    code = answered(sim.browser().pick(account, tenant))["code"]
    return redeem_code(sim, code, tenant)


def test_a_member_signs_in_and_the_token_says_who(sim: Simulated) -> None:
    verifier, challenge = pkce()
    browser = sim.browser()
    extra = {"code_challenge": challenge, "code_challenge_method": "S256"}
    answer = answered(browser.pick("ann@fabrikam.example", **extra))
    assert answer["state"] == "the-state"
    tokens = redeem_code(sim, answer["code"], code_verifier=verifier)
    claims = claims_of(tokens["id_token"])
    assert claims["aud"] == SIGN_IN
    assert claims["iss"] == f"https://entra.simulator.localhost/{TENANTS['Fabrikam']}/v2.0"
    assert (claims["tid"], claims["oid"]) == (TENANTS["Fabrikam"], OIDS["ann@fabrikam.example"])
    assert claims["nonce"] == "the-nonce"
    assert claims["name"] == "Ann Lee"
    assert claims["preferred_username"] == "ann@fabrikam.example"
    assert (claims["acct"], claims["ver"]) == (0, "2.0")
    assert {"sid", "uti", "sub", "iat", "nbf", "exp", "login_hint"} <= set(claims)
    assert not {"email", "idp", "groups", "roles"} & set(claims)
    assert tokens["refresh_token"]


def test_the_signature_is_good_under_the_published_keys(sim: Simulated) -> None:
    token = signed_in(sim, "ann@fabrikam.example")["id_token"]
    keys = sim.http.get(f"{sim.url}/common/discovery/v2.0/keys").json()
    by_id = {key.key_id: key for key in jwt.PyJWKSet.from_dict(keys).keys}
    key = by_id[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["RS256"], audience=SIGN_IN)["name"] == "Ann Lee"


@pytest.mark.parametrize(
    ("account", "roles"), [("eve@fabrikam.example", ["Auditor"]), ("dee@contoso.example", ["Admin"])]
)
def test_app_roles_come_from_the_assignments_of_that_tenant(sim: Simulated, account: str, roles: list[str]) -> None:
    assert claims_of(signed_in(sim, account)["id_token"])["roles"] == roles


def test_the_subject_differs_per_app_and_tenant(sim: Simulated) -> None:
    first = claims_of(signed_in(sim, "ida@partner.example", "Contoso")["id_token"])
    second = claims_of(signed_in(sim, "ann@fabrikam.example")["id_token"])
    assert first["sub"] != second["sub"]
    assert OIDS["ann@fabrikam.example"] not in second["sub"]


def test_a_guest_signs_in_at_the_resource_tenant_only_by_its_path(sim: Simulated) -> None:
    claims = claims_of(signed_in(sim, "ida@partner.example", "Contoso")["id_token"])
    assert claims["oid"] == OIDS["ida@partner.example"]
    assert claims["acct"] == 1
    assert claims["email"] == "ida@partner.example"
    assert claims["idp"] == "mail"
    refused = answered(sim.browser().pick("ida@partner.example"))
    assert "AADSTS50020" in refused["error_description"]


def test_acct_is_only_sent_where_the_registration_asks_for_it(sim: Simulated) -> None:
    sim.world.apps[SIGN_IN].optional_claims = []
    claims = claims_of(signed_in(sim, "ann@fabrikam.example")["id_token"])
    assert not {"acct", "login_hint"} & set(claims)


def test_a_person_with_too_many_groups_gets_a_pointer_instead(sim: Simulated) -> None:
    claims = claims_of(signed_in(sim, "oli@fabrikam.example")["id_token"])
    assert claims["_claim_names"] == {"groups": "src1"}
    assert claims["_claim_sources"]["src1"]["endpoint"].endswith(f"{claims['oid']}/getMemberObjects")


def test_a_disabled_person_is_sent_back_with_an_error(sim: Simulated) -> None:
    answer = answered(sim.browser().pick("pia@fabrikam.example"))
    assert "AADSTS50057" in answer["error_description"]
    assert answer["state"] == "the-state"
    assert "code" not in answer


def test_somebody_disabled_after_the_code_gets_no_token(sim: Simulated) -> None:
    code = answered(sim.browser().pick("ann@fabrikam.example"))["code"]
    sim.tenant("Fabrikam").users.change(OIDS["ann@fabrikam.example"], {"accountEnabled": False})
    assert redeem_code(sim, code)["error"] == "invalid_grant"


def test_a_pending_guest_is_told_to_accept_first(sim: Simulated) -> None:
    response = sim.browser().pick("pat@partner.example", "Contoso")
    assert heading(response) == "Accept the invitation first"


def test_the_page_lists_who_can_sign_in_and_keeps_the_others_out(sim: Simulated) -> None:
    page = sim.browser().authorize("Contoso").text
    assert "Bob Ray" in page
    assert "Ida Moss" in page
    assert "Ann Lee" not in page


def test_a_hint_preselects(sim: Simulated) -> None:
    page = sim.browser().authorize(login_hint="ann@fabrikam.example").text
    assert "Ann Lee" in page
    assert "Cy Novak" not in page


def test_the_browser_remembers_until_it_is_asked_to_choose(sim: Simulated) -> None:
    browser = sim.browser()
    browser.pick("ann@fabrikam.example")
    assert "code" in answered(browser.authorize())
    assert heading(browser.authorize(prompt="select_account")) == "Pick an account"


def test_a_silent_sign_in_of_nobody_is_refused(sim: Simulated) -> None:
    assert answered(sim.browser().authorize(prompt="none"))["error"] == "login_required"


def test_a_cancelled_sign_in_goes_back_with_an_error(sim: Simulated) -> None:
    browser = sim.browser()
    page = browser.authorize()
    response = browser.http.post(page.url, data={"answer": "cancel"}, allow_redirects=False)
    assert answered(response)["error"] == "access_denied"


def test_an_answer_can_come_as_a_form(sim: Simulated) -> None:
    response = sim.browser().pick("ann@fabrikam.example", response_mode="form_post")
    assert response.status_code == 200
    assert 'name="code"' in response.text
    assert f'action="{CALLBACK}"' in response.text


@pytest.mark.parametrize(
    ("uri", "good"),
    [
        ("http://localhost:6123/sign-in/callback", True),
        ("http://localhost/sign-in/callback", True),
        ("http://localhost:6123/sign-in/callback/", False),
        ("http://localhost:6123/elsewhere", False),
        ("http://localhost.evil.example:6123/sign-in/callback", False),
        ("http://localhost:6123/sign-in/callback?more=1", False),
        ("https://localhost:6123/sign-in/callback", False),
        ("http://127.0.0.1:6123/sign-in/callback", False),
    ],
)
def test_only_a_registered_address_gets_a_code(sim: Simulated, uri: str, good: bool) -> None:
    response = sim.browser().pick("ann@fabrikam.example", redirect_uri=uri)
    assert response.status_code == (302 if good else 400)
    assert ("AADSTS50011" in response.text) is not good


def test_an_unknown_app_or_tenant_is_told_on_a_page(sim: Simulated) -> None:
    assert "AADSTS700016" in sim.browser().authorize(client_id="nobody").text
    assert "AADSTS90002" in sim.browser().authorize("nowhere.example").text


def test_an_app_without_consent_gets_no_code(sim: Simulated) -> None:
    woodgrove = sim.tenant("Woodgrove")
    del woodgrove.grants[SIGN_IN]
    for place in ("Woodgrove", "organizations"):
        answer = answered(sim.browser().pick("wes@woodgrove.example", place))
        assert answer["error"] == "consent_required"
        assert "AADSTS65001" in answer["error_description"]
    principal = woodgrove.principal_of(SIGN_IN)
    assert principal is not None
    woodgrove.principals.purge(principal["id"])
    answer = answered(sim.browser().pick("wes@woodgrove.example", "Woodgrove"))
    assert (answer["error"], answer["error_description"][:12]) == ("unauthorized_client", "AADSTS700016")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
    ],
)
def test_a_request_that_is_not_right_goes_back_with_its_error(
    sim: Simulated, changes: dict[str, str], error: str
) -> None:
    response = sim.browser().authorize(**changes)
    if changes.get("response_mode") == "fragment":
        assert "AADSTS900561" in response.text
    else:
        assert answered(response)["error"] == error


def sign_out(browser: Browser, **query: str) -> str:
    return browser.http.get(f"{browser.url}/organizations/oauth2/v2.0/logout", params=query).text


def test_sign_out_tells_the_app_in_a_frame_and_forgets(sim: Simulated) -> None:
    browser = sim.browser()
    answer = answered(browser.pick("ann@fabrikam.example"))
    page = sign_out(browser, post_logout_redirect_uri="http://localhost:5000/sign-out/done")
    assert f"http://localhost:5000/sign-out/front-channel?sid={answer['session_state']}&amp;iss=" in page
    assert "http://localhost:5000/sign-out/done" in page
    assert heading(browser.authorize()) == "Pick an account"


def test_sign_out_leads_only_to_registered_addresses(sim: Simulated) -> None:
    page = sign_out(sim.browser(), post_logout_redirect_uri="https://evil.example/")
    assert "AADSTS50011" in page
    assert 'href="https://evil.example' not in page


def test_a_refresh_token_gives_new_tokens_with_new_roles(sim: Simulated) -> None:
    tokens = signed_in(sim, "nia@fabrikam.example")
    tenant = sim.tenant("Fabrikam")
    held = tenant.assignments.of(OIDS["nia@fabrikam.example"])
    tenant.assignments.remove(held[0]["id"])
    form = {"grant_type": "refresh_token", "client_id": SIGN_IN, "client_secret": sim.secret(SIGN_IN)}
    again = sim.ask_token("organizations", refresh_token=tokens["refresh_token"], **form).json()
    assert "roles" in claims_of(tokens["id_token"])
    assert "roles" not in claims_of(again["id_token"])
    wrong = sim.ask_token("organizations", refresh_token=tokens["access_token"], **form)
    assert wrong.json()["error"] == "invalid_grant"
