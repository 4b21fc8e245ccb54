"""The token endpoint: what it takes and what it refuses."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from tests.simulator.browsing import answered
from tests.simulator.clients import Simulated, assertion, claims_of, pkce
from tests.simulator.naming import ASSERTION, CALLBACK, CLIENTS, GRAPH, SIGN_IN, TENANTS, directory_app

CODE = {"grant_type": "authorization_code", "client_id": SIGN_IN, "redirect_uri": CALLBACK}
SCOPE = f"{GRAPH}/.default"


def test_an_app_token_carries_the_permissions_granted_in_that_tenant(sim: Simulated) -> None:
    claims = claims_of(sim.app_token("Fabrikam"))
    assert claims["tid"] == TENANTS["Fabrikam"]
    assert claims["appid"] == directory_app("Fabrikam")
    assert claims["idtyp"] == "app"
    assert claims["roles"] == sim.tenant("Fabrikam").grants[directory_app("Fabrikam")]
    assert claims["aud"] == GRAPH


def test_an_app_without_permissions_gets_a_token_without_roles(sim: Simulated) -> None:
    sim.tenant("Fabrikam").grants[directory_app("Fabrikam")] = []
    assert "roles" not in claims_of(sim.app_token("Fabrikam"))


@pytest.mark.parametrize(
    ("changes", "status", "number"),
    [
        ({"client_secret": "wrong"}, 401, 7000215),
        ({"client_secret": ""}, 401, 7000218),
        ({"client_id": "00000000-0000-4000-8000-00000000dead"}, 400, 700016),
        ({"grant_type": "password"}, 400, 70003),
        ({"grant_type": ""}, 400, 900144),
        ({"scope": "User.Read"}, 400, 1002012),
        ({"scope": "https://elsewhere.example/.default"}, 400, 500011),
        ({"client_id": directory_app("Woodgrove")}, 401, 7000215),
    ],
)
def test_a_bad_request_is_refused_in_the_words_of_the_platform(
    sim: Simulated, changes: dict[str, str], status: int, number: int
) -> None:
    client = directory_app("Fabrikam")
    form = {"grant_type": "client_credentials", "client_id": client, "scope": SCOPE}
    form.update({"client_secret": sim.secret(client), **changes})
    response = sim.ask_token("Fabrikam", **form)
    body = response.json()
    assert (response.status_code, body["error_codes"]) == (status, [number])
    assert {"error", "error_description", "timestamp", "trace_id", "correlation_id"} <= set(body)
    assert "Trace ID: " in body["error_description"]


def test_a_tenant_without_consent_gives_no_token(sim: Simulated) -> None:
    client = directory_app("Fabrikam")
    response = sim.ask_token(
        "Woodgrove", grant_type="client_credentials", client_id=client, client_secret=sim.secret(client), scope=SCOPE
    )
    assert response.json()["error"] == "unauthorized_client"
    assert response.json()["error_codes"] == [700016]


def test_an_app_token_needs_a_tenant(sim: Simulated) -> None:
    client = directory_app("Fabrikam")
    response = sim.ask_token(
        "organizations",
        grant_type="client_credentials",
        client_id=client,
        client_secret=sim.secret(client),
        scope=SCOPE,
    )
    assert response.json()["error_codes"] == [50059]


def ask_with(sim: Simulated, proof: str) -> int:
    response = sim.ask_token(
        "Contoso",
        grant_type="client_credentials",
        client_id=directory_app("Contoso"),
        client_assertion_type=ASSERTION,
        client_assertion=proof,
        scope=SCOPE,
    )
    codes = response.json().get("error_codes", [200])
    return int(codes[0])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 200),
        ({"aud": "https://elsewhere.example/token"}, 700023),
        ({"iss": "somebody"}, 700023),
        ({"sub": "somebody"}, 700023),
        ({"exp": time.time() - 10}, 700024),
        ({"exp": time.time() + 86400}, 700024),
        ({"jti": ""}, 50027),
    ],
)
def test_an_assertion_must_be_right_in_every_claim(sim: Simulated, changes: dict[str, str], expected: int) -> None:
    client = directory_app("Contoso")
    audience = f"{sim.url}/{TENANTS['Contoso']}/oauth2/v2.0/token"
    pem = sim.world.credentials.of(client).pem
    assert ask_with(sim, assertion(client, pem, audience, **changes)) == expected


def test_an_assertion_of_another_certificate_is_refused(sim: Simulated) -> None:
    client = directory_app("Contoso")
    other = sim.world.credentials.ensure("somebody-else", "certificate").pem
    audience = f"{sim.url}/{TENANTS['Contoso']}/oauth2/v2.0/token"
    assert ask_with(sim, assertion(client, other, audience)) == 700027
    assert ask_with(sim, "not.a.token") == 50027


def test_a_federated_assertion_counts_only_where_it_is_configured(sim: Simulated) -> None:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    named = {"issuer": "https://ci.example", "subject": "repo:main", "audience": "api://AzureADTokenExchange"}
    claims = {"iss": named["issuer"], "sub": named["subject"], "aud": named["audience"], "exp": time.time() + 300}
    proof = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "k1"})
    assert ask_with(sim, proof) == 70021
    public = {**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k1", "use": "sig"}
    sim.world.apps[directory_app("Contoso")].federated = [{**named, "jwks": {"keys": [public]}}]
    assert ask_with(sim, proof) == 200
    other = jwt.encode({**claims, "sub": "repo:fork"}, key, algorithm="RS256", headers={"kid": "k1"})
    assert ask_with(sim, other) == 70021


def test_a_code_is_good_once_for_its_app_address_and_verifier(sim: Simulated) -> None:
    verifier, challenge = pkce()
    extra = {"code_challenge": challenge, "code_challenge_method": "S256"}
    code = answered(sim.browser().pick("ann@fabrikam.example", **extra))["code"]
    form = {**CODE, "code": code, "client_secret": sim.secret(SIGN_IN), "code_verifier": verifier}

    def ask(**changes: str) -> int:
        return int(sim.ask_token("organizations", **{**form, **changes}).json().get("error_codes", [200])[0])

    assert ask(code="made-up") == 70000
    assert ask(code="") == 900144
    assert ask(redirect_uri="http://localhost:5001/sign-in/callback") == 500112
    assert ask(code_verifier="") == 50148
    assert ask(code_verifier="x" * 43) == 501481
    other = CLIENTS["Selfservice Mail"]
    assert ask(client_id=other, client_secret=sim.secret(other)) == 700005
    assert ask() == 200
    assert ask() == 54005


def test_a_code_dies_after_ten_minutes(sim: Simulated) -> None:
    code = answered(sim.browser().pick("ann@fabrikam.example"))["code"]
    sim.control("POST", "/clock", {"offset": 601})
    response = sim.ask_token("organizations", **CODE, code=code, client_secret=sim.secret(SIGN_IN))
    assert response.json()["error_codes"] == [70008]


def test_moving_the_clock_makes_old_tokens_old_and_new_ones_good(sim: Simulated) -> None:
    graph = sim.graph("Fabrikam")
    sim.control("POST", "/clock", {"offset": 3700})
    assert graph("GET", "/users").status_code == 401
    assert sim.graph("Fabrikam")("GET", "/users").status_code == 200


def test_the_token_endpoint_takes_only_posts(sim: Simulated) -> None:
    response = sim.http.get(f"{sim.url}/common/oauth2/v2.0/token")
    assert (response.status_code, response.json()["error_codes"]) == (405, [900561])
