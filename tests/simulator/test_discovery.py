"""What the identity platform says about itself."""

import pytest

from tests.simulator.clients import Simulated
from tests.simulator.naming import TENANTS, session

RESERVED = {"Host": "entra.simulator.localhost"}


def test_a_tenant_is_described_with_its_own_issuer(sim: Simulated) -> None:
    tid = TENANTS["Fabrikam"]
    found = sim.http.get(f"{sim.url}/{tid}/v2.0/.well-known/openid-configuration", headers=RESERVED).json()
    assert found["issuer"] == f"https://entra.simulator.localhost/{tid}/v2.0"
    assert found["token_endpoint"] == f"https://entra.simulator.localhost/{tid}/oauth2/v2.0/token"
    assert found["jwks_uri"].startswith("https://entra.simulator.localhost/")
    assert found["authorization_endpoint"] == f"http://localhost:{sim.running.port}/{tid}/oauth2/v2.0/authorize"
    assert found["end_session_endpoint"].startswith(f"http://localhost:{sim.running.port}/")


def test_a_domain_names_its_tenant(sim: Simulated) -> None:
    found = sim.http.get(f"{sim.url}/contoso.example/v2.0/.well-known/openid-configuration").json()
    assert f"/{TENANTS['Contoso']}/" in found["issuer"]


@pytest.mark.parametrize("name", ["common", "organizations"])
def test_any_tenant_gives_the_template_issuer(sim: Simulated, name: str) -> None:
    found = sim.http.get(f"{sim.url}/{name}/v2.0/.well-known/openid-configuration").json()
    assert found["issuer"] == "https://entra.simulator.localhost/{tenantid}/v2.0"


def test_back_channel_addresses_follow_the_host_that_was_called(sim: Simulated) -> None:
    found = sim.http.get(f"{sim.url}/common/v2.0/.well-known/openid-configuration").json()
    assert found["token_endpoint"].startswith(sim.url)


def test_two_keys_are_published_with_the_issuer_they_are_good_for(sim: Simulated) -> None:
    tid = TENANTS["Contoso"]
    keys = sim.http.get(f"{sim.url}/{tid}/discovery/v2.0/keys").json()["keys"]
    assert len({key["kid"] for key in keys}) == 2
    assert {key["issuer"] for key in keys} == {f"https://entra.simulator.localhost/{tid}/v2.0"}
    common = sim.http.get(f"{sim.url}/common/discovery/v2.0/keys").json()["keys"]
    assert common[0]["issuer"].endswith("/{tenantid}/v2.0")


def test_instance_discovery_names_the_host_that_was_called(sim: Simulated) -> None:
    with session() as http:
        found = http.get(f"{sim.url}/common/discovery/instance?api-version=1.1", headers=RESERVED).json()
    assert found["metadata"][0]["aliases"] == ["entra.simulator.localhost"]


def test_an_unknown_tenant_is_refused(sim: Simulated) -> None:
    response = sim.http.get(f"{sim.url}/nowhere.example/v2.0/.well-known/openid-configuration")
    assert response.status_code == 400
    assert "AADSTS90002" in response.json()["error_description"]
