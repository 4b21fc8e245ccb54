"""Signing in over a simulated Entra: the code flow of MSAL, each answer for its own beginning, once."""

import hashlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from selfservice.entra.signin import NoTokens
from selfservice.entra.signin_refusals import SignInRefused
from selfservice.model.unable import UnableTo
from selfservice.simulator.faults import FaultKind
from tests.entra.forging import CALLBACK as FORGED_CALLBACK
from tests.entra.forging import Forger
from tests.entra.scripted import PLACE, Scripted, ScriptedServer
from tests.entra.world import CALLBACK, PEOPLE, SIGN_IN_APP, TENANTS, World, pick


def reason_of(world: World, account: str, *, tenant: str = "organizations") -> str:
    sign_in = world.sign_in(tenant=tenant)
    start = sign_in.start(redirect_uri=CALLBACK, login_hint=None)
    answer = pick(start, account)
    with pytest.raises(SignInRefused) as raised:
        sign_in.finish(start.flow, answer)
    return raised.value.code


@pytest.mark.parametrize(
    ("account", "tenant", "roles"),
    [
        ("ann@fabrikam.example", "Fabrikam", set()),
        ("eve@fabrikam.example", "Fabrikam", {"Auditor"}),
        ("dee@contoso.example", "Contoso", {"Admin"}),
    ],
)
def test_an_employee_signs_in(world: World, account: str, tenant: str, roles: set[str]) -> None:
    sign_in = world.sign_in()
    start = sign_in.start(redirect_uri=CALLBACK, login_hint=account)
    who = sign_in.finish(start.flow, pick(start, account))
    assert (who.tenant_id, who.object_id) == (TENANTS[tenant], PEOPLE[account])
    assert who.roles == roles
    assert who.session_hint
    assert who.login_hint


def test_the_way_there_carries_state_nonce_and_challenge_and_asks_for_little(world: World) -> None:
    start = world.sign_in().start(redirect_uri=CALLBACK, login_hint="ann@fabrikam.example")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(start.url).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["nonce"] == hashlib.sha256(str(start.flow["nonce"]).encode()).hexdigest()
    assert asked["state"] == start.flow["state"]
    assert asked["login_hint"] == "ann@fabrikam.example"
    assert set(asked["scope"].split()) == {"openid", "profile"}
    assert str(start.flow["code_verifier"]) not in start.url
    assert str(start.flow["state"]) not in repr(start)


def test_two_beginnings_share_nothing(world: World) -> None:
    sign_in = world.sign_in()
    first, second = (sign_in.start(redirect_uri=CALLBACK, login_hint=None).flow for _ in range(2))
    for secret in ("state", "nonce", "code_verifier"):
        assert first[secret] != second[secret]


def test_s05_an_answer_for_another_beginning_is_refused(world: World) -> None:
    sign_in = world.sign_in()
    mine, theirs = (sign_in.start(redirect_uri=CALLBACK, login_hint=None) for _ in range(2))
    answer = pick(theirs, "ann@fabrikam.example")
    for flow, told in ((mine.flow, answer), ({}, answer), (theirs.flow, {**answer, "state": ""}), (mine.flow, {})):
        with pytest.raises(SignInRefused) as raised:
            sign_in.finish(flow, told)
        assert raised.value.code == "not-begun-here"


def test_s05_a_code_of_another_beginning_is_refused_though_the_state_fits(world: World) -> None:
    sign_in = world.sign_in()
    mine, theirs = (sign_in.start(redirect_uri=CALLBACK, login_hint=None) for _ in range(2))
    stolen = pick(theirs, "ann@fabrikam.example")["code"]
    with pytest.raises(SignInRefused) as raised:
        sign_in.finish(mine.flow, {"code": stolen, "state": str(mine.flow["state"])})
    assert raised.value.code == "code-ended"


def test_s05_a_code_counts_once(world: World) -> None:
    sign_in = world.sign_in()
    start = sign_in.start(redirect_uri=CALLBACK, login_hint=None)
    answer = pick(start, "ann@fabrikam.example")
    assert sign_in.finish(start.flow, answer).object_id == PEOPLE["ann@fabrikam.example"]
    with pytest.raises(SignInRefused) as raised:
        world.sign_in().finish(start.flow, answer)
    assert raised.value.code == "code-ended"


def test_s05_a_token_for_another_beginning_is_refused(server: ScriptedServer) -> None:
    forger = Forger(server)
    other = hashlib.sha256(b"another").hexdigest()
    for nonce in (other, "", 7, None):
        with pytest.raises(SignInRefused) as raised:
            forger.enter({"nonce": nonce})
        assert raised.value.code == "untrusted"
    with pytest.raises(SignInRefused):
        forger.enter(without="nonce")


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "é.é.é", 7, None, {}])
def test_an_answer_without_a_token_is_refused(server: ScriptedServer, token: object) -> None:
    forger = Forger(server)
    start = forger.start()
    server.script.append(Scripted(body={"access_token": "x", "expires_in": 9, "id_token": token}))
    with pytest.raises(SignInRefused):
        forger.sign_in.finish(start.flow, {"code": "c", "state": str(start.flow["state"])})


# --- who may not ------------------------------------------------------------------------------------------------------


def test_s03_a_guest_of_a_tenant_is_refused_there(world: World) -> None:
    assert reason_of(world, "ida@partner.example", tenant="Contoso") == "guest-account"


def test_s01_somebody_from_elsewhere_is_refused(world: World) -> None:
    del world.settings.tenants["woodgrove"]  # type: ignore[attr-defined]
    assert reason_of(world, "amy@woodgrove.example") == "not-our-tenant"


def test_somebody_who_goes_back_is_told_so(world: World) -> None:
    sign_in = world.sign_in()
    start = sign_in.start(redirect_uri=CALLBACK, login_hint=None)
    with pytest.raises(SignInRefused) as raised:
        sign_in.finish(start.flow, {"state": str(start.flow["state"]), "error": "access_denied"})
    assert raised.value.code == "canceled"


@pytest.mark.parametrize(
    ("error", "description", "code"),
    [
        ("access_denied", "AADSTS65004: User declined to consent", "canceled"),
        ("invalid_grant", "AADSTS50105: The signed in user is not assigned to a role", "not-assigned"),
        ("consent_required", "AADSTS65001: has not consented", "consent-missing"),
        ("interaction_required", "AADSTS53003: Access has been blocked by Conditional Access", "blocked-by-policy"),
        ("invalid_request", "AADSTS50020: User account does not exist in tenant", "not-our-tenant"),
        ("server_oddity", "Something <b>new</b> for ann@fabrikam.example", "failed"),
    ],
)
def test_a_refusal_of_the_service_is_told_in_our_words(world: World, error: str, description: str, code: str) -> None:
    sign_in = world.sign_in()
    start = sign_in.start(redirect_uri=CALLBACK, login_hint=None)
    told = {"state": str(start.flow["state"]), "error": error, "error_description": description}
    with pytest.raises(SignInRefused) as raised:
        sign_in.finish(start.flow, told)
    assert raised.value.code == code
    assert "ann@" not in f"{raised.value.cause}{raised.value.next_step}"


# --- our own faults ---------------------------------------------------------------------------------------------------


def test_a_wrong_secret_of_ours_is_ours_and_a_mended_one_works_at_once(world: World) -> None:
    file = world.settings.signin.credential.file
    assert file is not None
    right = file.read_text()
    file.write_text("wrong")
    sign_in = world.sign_in()
    start = sign_in.start(redirect_uri=CALLBACK, login_hint=None)
    answer = pick(start, "ann@fabrikam.example")
    with pytest.raises(UnableTo) as raised:
        sign_in.finish(start.flow, answer)
    assert raised.value.code == "credential-refused"
    file.write_text(right)
    assert sign_in.finish(start.flow, answer).object_id == PEOPLE["ann@fabrikam.example"]


def test_a_secret_that_cannot_be_read_is_ours(world: World) -> None:
    Path(str(world.settings.signin.credential.file)).chmod(0o644)
    with pytest.raises(UnableTo) as raised:
        world.sign_in().start(redirect_uri=CALLBACK, login_hint=None)
    assert raised.value.code == "credential-unreadable"
    assert raised.value.owner == "Whoever runs this site"


@pytest.mark.parametrize(
    ("kind", "code"), [(FaultKind.STATUS, "service"), (FaultKind.HTML, "service"), (FaultKind.DROP_BEFORE, "network")]
)
def test_a_service_in_trouble_is_told_and_soon_over(world: World, kind: FaultKind, code: str) -> None:
    sign_in = world.sign_in()
    world.fault(kind, path="openid-configuration")
    with pytest.raises(UnableTo) as raised:
        sign_in.start(redirect_uri=CALLBACK, login_hint=None)
    assert raised.value.code == code
    assert raised.value.transient
    assert sign_in.start(redirect_uri=CALLBACK, login_hint=None).url


def test_a_sign_in_page_elsewhere_is_not_opened(server: ScriptedServer) -> None:
    forger = Forger(server)
    evil = {
        "authorization_endpoint": "https://evil.example/authorize",
        "token_endpoint": f"{PLACE}/organizations/oauth2/v2.0/token",
        "issuer": f"{PLACE}/{{tenantid}}/v2.0",
    }
    server.script.append(Scripted(body=evil))
    with pytest.raises(UnableTo) as raised:
        forger.sign_in.start(redirect_uri=FORGED_CALLBACK, login_hint=None)
    assert raised.value.code == "foreign-address"


@pytest.mark.parametrize("document", [{}, {"issuer": PLACE}, {"token_endpoint": "http://evil.example/token"}])
def test_a_description_of_the_service_that_makes_no_sense_is_not_used(
    server: ScriptedServer, document: dict[str, str]
) -> None:
    server.script.append(Scripted(body=document))
    with pytest.raises(UnableTo):
        Forger(server).sign_in.start(redirect_uri=FORGED_CALLBACK, login_hint=None)


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_no_token_of_a_person_is_kept_and_none_that_lasts_is_asked_for(server: ScriptedServer) -> None:
    cache = NoTokens()
    cache.add({"response": {"access_token": "secret", "id_token": "secret"}})
    assert list(cache.search("AccessToken")) == []
    Forger(server).enter()
    form = parse_qs(next(heard for heard in server.heard if heard.method == "POST").content.decode())
    assert form["grant_type"] == ["authorization_code"]
    assert form["code_verifier"][0]
    assert "offline_access" not in form["scope"][0]


def test_signing_out_leads_to_the_tenants_own_page_and_back(world: World) -> None:
    url = world.sign_in().sign_out_url(
        tenant_id=TENANTS["Fabrikam"], return_to="https://access.example/signed-out?a=1&b=2", login_hint="x y"
    )
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == world.sim.url.replace("127.0.0.1", "localhost")
    assert parts.path == f"/{TENANTS['Fabrikam']}/oauth2/v2.0/logout"
    assert parse_qs(parts.query) == {
        "post_logout_redirect_uri": ["https://access.example/signed-out?a=1&b=2"],
        "logout_hint": ["x y"],
    }
    with pytest.raises(ValueError, match="tenant"):
        world.sign_in().sign_out_url(tenant_id="evil.example/..", return_to="x", login_hint=None)


def test_making_a_sign_in_reads_and_sends_nothing(world: World) -> None:
    Path(str(world.settings.signin.credential.file)).unlink()
    assert world.sign_in() is not None
    assert world.sim.world.ledger.calls.total() == 0
    assert world.settings.signin.credential.client_id == SIGN_IN_APP
