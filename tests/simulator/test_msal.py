"""MSAL, a client we did not write, against the simulator: over the loopback adapter and over TLS."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msal
import pytest
import requests
import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from requests.adapters import HTTPAdapter

from selfservice.simulator.server import Settings, start
from tests.simulator.browsing import answered
from tests.simulator.clients import Graph, Loopback, Simulated
from tests.simulator.naming import CALLBACK, GRAPH, SIGN_IN, TENANTS, directory_app, session

HOST = "https://entra.simulator.localhost"
SCOPES = [f"{HOST}/.default"]


@pytest.fixture
def loopback(sim: Simulated) -> Iterator[requests.Session]:
    with session() as http:
        http.mount(f"{HOST}/", Loopback(sim.url))
        yield http


def app(sim: Simulated, http: Any, client: str, tenant: str, **more: Any) -> msal.ConfidentialClientApplication:
    kept = sim.world.credentials.of(client)
    credential: Any = kept.secret or {"private_key": kept.pem, "public_certificate": kept.pem, **more}
    return msal.ConfidentialClientApplication(
        client,
        client_credential=credential,
        authority=f"{HOST}/{TENANTS.get(tenant, tenant)}",
        instance_discovery=False,
        http_client=http,
    )


@pytest.mark.parametrize("tenant", ["Fabrikam", "Contoso"])
def test_msal_gets_an_app_token_by_secret_and_by_certificate(
    sim: Simulated, loopback: requests.Session, tenant: str
) -> None:
    answer = app(sim, loopback, directory_app(tenant), tenant).acquire_token_for_client(SCOPES)
    assert "access_token" in answer, answer
    graph = Graph(sim.url, answer["access_token"])
    assert graph.get("/users?$top=1")["value"]
    graph.http.close()


def test_msal_gets_an_app_token_by_the_older_thumbprint(sim: Simulated, loopback: requests.Session) -> None:
    client = directory_app("Contoso")
    kept = sim.world.credentials.of(client)
    assert kept.certificate is not None
    der = kept.certificate.public_bytes(Encoding.DER)
    thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest()
    made = app(sim, loopback, client, "Contoso", thumbprint=thumbprint)
    assert "access_token" in made.acquire_token_for_client(SCOPES)


def test_msal_completes_a_sign_in_with_pkce_and_nonce(sim: Simulated, loopback: requests.Session) -> None:
    made = app(sim, loopback, SIGN_IN, "organizations")
    flow = made.initiate_auth_code_flow([], redirect_uri=CALLBACK)
    assert flow["auth_uri"].startswith(f"http://localhost:{sim.running.port}/organizations/oauth2/v2.0/authorize")
    page = flow["auth_uri"].replace("//localhost", "//127.0.0.1")
    picked = sim.http.post(page, data={"account": "ann@fabrikam.example"}, allow_redirects=False)
    answer = made.acquire_token_by_auth_code_flow(flow, answered(picked))
    assert answer["id_token_claims"]["name"] == "Ann Lee"
    [account] = made.get_accounts()
    assert account["username"] == "ann@fabrikam.example"
    assert made.acquire_token_silent([], account)["token_source"] == "cache"


def test_msal_is_told_why_it_gets_nothing(sim: Simulated, loopback: requests.Session) -> None:
    sim.tenant("Fabrikam").grants.clear()
    answer = app(sim, loopback, directory_app("Fabrikam"), "Fabrikam").acquire_token_for_client(SCOPES)
    assert answer["error"] == "unauthorized_client"
    assert "AADSTS700016" in answer["error_description"]


def test_msal_and_graph_work_over_real_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain, key, trusted = tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    issued.private_key_pem.write_to_path(key)
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    authority.cert_pem.write_to_path(trusted)
    with start(Settings(tls=(chain, key))) as running, session() as http:
        http.verify = str(trusted)
        http.mount("https://", HTTPAdapter())
        client = directory_app("Fabrikam")
        made = msal.ConfidentialClientApplication(
            client,
            client_credential=running.world.credentials.of(client).secret,
            oidc_authority=f"{running.url}/{TENANTS['Fabrikam']}/v2.0",
            http_client=http,
        )
        answer = made.acquire_token_for_client([f"{GRAPH}/.default"])
        http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        page = http.get(f"{running.url}/v1.0/users?$top=2").json()
        assert page["@odata.nextLink"].startswith(f"{running.url}/v1.0/users?")
