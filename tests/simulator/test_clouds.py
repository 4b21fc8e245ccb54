"""Two clouds in one process: each has its own hosts, tenants, apps and keys, and only what both allow leads across."""

import jwt
import pytest
import requests

from tests.simulator.clients import Graph, Simulated, claims_of
from tests.simulator.naming import OIDS, SIGN_IN, TENANTS, directory_app

ANN = "ann@fabrikam.example"
HAL = "hal@northwind.example"
HOST = "login.sovereign.simulator.localhost"


@pytest.fixture
def sovereign(sim: Simulated) -> Simulated:
    """Return the second cloud of the same simulator."""
    return sim.beside("sovereign")


@pytest.fixture
def tailspin(sovereign: Simulated) -> Graph:
    """Return the Graph client of Tailspin's directory app."""
    return sovereign.graph("Tailspin")


def accept(sovereign: Simulated, tailspin: Graph, address: str) -> dict[str, object]:
    """Invite somebody to Tailspin, follow the link as they would, and return the guest."""
    invitation = tailspin.invite(address).json()
    assert sovereign.browser().redeem(invitation["inviteRedeemUrl"]).status_code == 302
    found: dict[str, object] = sovereign.tenant("Tailspin").users.live[invitation["invitedUser"]["id"]]
    return found


@pytest.mark.parametrize("path", ["/v2.0/.well-known/openid-configuration", "/discovery/v2.0/keys"])
def test_a_cloud_does_not_know_the_tenants_of_another(sim: Simulated, sovereign: Simulated, path: str) -> None:
    for here, there, tenant in ((sim, sovereign, "Contoso"), (sovereign, sim, "Tailspin")):
        assert here.http.get(f"{here.url}/{TENANTS[tenant]}{path}", timeout=10).status_code == 200
        assert there.http.get(f"{there.url}/{TENANTS[tenant]}{path}", timeout=10).status_code == 400


def test_a_cloud_does_not_answer_for_the_hosts_of_another(sim: Simulated, sovereign: Simulated) -> None:
    path = f"/{TENANTS['Tailspin']}/discovery/v2.0/keys"
    assert requests.get(f"{sovereign.url}{path}", headers={"Host": HOST}, timeout=10).status_code == 200
    assert requests.get(f"{sim.url}{path}", headers={"Host": HOST}, timeout=10).status_code == 421


def test_issuers_and_keys_are_a_clouds_own(sim: Simulated, sovereign: Simulated) -> None:
    found = {
        place: place.http.get(f"{place.url}/{TENANTS[tenant]}/v2.0/.well-known/openid-configuration", timeout=10).json()
        for place, tenant in ((sim, "Contoso"), (sovereign, "Tailspin"))
    }
    assert found[sovereign]["issuer"] == f"https://{HOST}/{TENANTS['Tailspin']}/v2.0"
    assert found[sim]["issuer"] == f"https://entra.simulator.localhost/{TENANTS['Contoso']}/v2.0"
    keys = [place.http.get(told["jwks_uri"], timeout=10).json()["keys"] for place, told in found.items()]
    first, second = ({key["kid"] for key in each} for each in keys)
    assert first.isdisjoint(second)


def test_a_token_of_one_cloud_opens_nothing_in_another(sim: Simulated, sovereign: Simulated) -> None:
    tokens = {"here": sim.app_token("Contoso"), "there": sovereign.app_token("Tailspin")}
    assert Graph(sim.url, tokens["there"])("GET", "/users").status_code == 401
    assert Graph(sovereign.url, tokens["here"])("GET", "/users").status_code == 401
    assert claims_of(tokens["there"])["tid"] == TENANTS["Tailspin"]
    assert jwt.get_unverified_header(tokens["there"])["kid"] != jwt.get_unverified_header(tokens["here"])["kid"]


@pytest.mark.parametrize("client", [SIGN_IN, directory_app("Contoso")])
def test_an_app_is_registered_in_one_cloud(sovereign: Simulated, client: str) -> None:
    refused = sovereign.ask_token("Tailspin", grant_type="client_credentials", client_id=client, client_secret="x")
    assert "AADSTS700016" in refused.json()["error_description"]


@pytest.mark.parametrize("find", ["ByDomainName(domainName='fabrikam.example')", "ByTenantId(tenantId='{id}')"])
def test_nothing_is_looked_up_across_clouds(tailspin: Graph, find: str) -> None:
    found = tailspin("GET", f"/tenantRelationships/findTenantInformation{find.format(id=TENANTS['Fabrikam'])}")
    assert found.status_code == 404


def test_a_person_of_a_linked_tenant_comes_with_the_account_they_sign_in_with(
    sovereign: Simulated, tailspin: Graph
) -> None:
    guest = accept(sovereign, tailspin, ANN)
    assert (guest["~home"], guest["~homeOid"]) == (TENANTS["Fabrikam"], OIDS[ANN])


def test_a_person_of_a_tenant_that_is_not_linked_is_a_stranger_there(sovereign: Simulated, tailspin: Graph) -> None:
    guest = accept(sovereign, tailspin, HAL)
    assert "~homeOid" not in guest
    assert guest["~home"] == "mail"


def test_one_side_alone_links_nothing(sim: Simulated, sovereign: Simulated, tailspin: Graph) -> None:
    sim.tenant("Fabrikam").policies["clouds"]["allowedCloudEndpoints"] = []
    assert "~homeOid" not in accept(sovereign, tailspin, ANN)


def test_settings_of_a_linked_tenant_count_across_clouds(sim: Simulated, tailspin: Graph) -> None:
    nobody = {"usersAndGroups": {"accessType": "blocked", "targets": [{"target": "AllUsers", "targetType": "user"}]}}
    sim.tenant("Fabrikam").partners[TENANTS["Tailspin"]]["b2bCollaborationOutbound"] = nobody
    assert tailspin.invite(ANN).status_code == 403


def test_faults_and_the_ledger_tell_tenants_of_all_clouds_apart(
    sim: Simulated, tailspin: Graph, contoso: Graph
) -> None:
    sim.fault("throttle", match={"tenant": TENANTS["Tailspin"]})
    assert tailspin("GET", "/users").status_code == 429
    assert contoso("GET", "/users").status_code == 200
    contoso.invite("gus@partner.example")
    rows = sim.control("GET", "/ledger")["entries"]
    assert {row["tenant"] for row in rows} == {TENANTS["Contoso"]}
