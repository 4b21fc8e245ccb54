"""Tenants know nothing of each other, and tokens open only what they were granted."""

import pytest

from tests.simulator.clients import Graph, Simulated, error_of
from tests.simulator.naming import CLIENTS, GROUPS, OIDS


def test_ids_of_one_tenant_mean_nothing_in_another(sim: Simulated, contoso: Graph) -> None:
    woodgrove = sim.graph("Woodgrove")
    for path in (
        f"/users/{OIDS['bob@contoso.example']}",
        "/users/bob@contoso.example",
        f"/groups/{GROUPS['Expenses Users']}",
        f"/groups/{GROUPS['Expenses Users']}/members",
        f"/directoryObjects/{OIDS['bob@contoso.example']}",
    ):
        assert contoso("GET", path).status_code == 200
        assert error_of(woodgrove("GET", path)) == (404, "Request_ResourceNotFound")
    own = f"/groups/{GROUPS['Design Files Members']}/members/$ref"
    foreign = woodgrove("POST", own, woodgrove.ref(OIDS["bob@contoso.example"]))
    assert foreign.status_code == 404


def test_lists_hold_only_the_tenants_own(sim: Simulated, contoso: Graph) -> None:
    woodgrove = sim.graph("Woodgrove")
    ours = {user["id"] for user in contoso.get("/users")["value"]}
    theirs = {user["id"] for user in woodgrove.get("/users")["value"]}
    assert not ours & theirs


def test_the_same_app_has_another_object_id_in_each_tenant(sim: Simulated, contoso: Graph) -> None:
    path = f"/servicePrincipals(appId='{CLIENTS['Selfservice']}')"
    assert contoso.get(path)["id"] != sim.graph("Woodgrove").get(path)["id"]


def test_the_same_address_is_another_guest_in_each_tenant(sim: Simulated, contoso: Graph) -> None:
    here = contoso.invite("gus@partner.example").json()["invitedUser"]["id"]
    there = sim.graph("Woodgrove").invite("gus@partner.example").json()["invitedUser"]["id"]
    assert here != there


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer a.b.c"])
def test_without_a_good_token_nothing_is_answered(sim: Simulated, header: str) -> None:
    response = sim.http.get(f"{sim.url}/v1.0/users", headers={"Authorization": header})
    assert error_of(response) == (401, "InvalidAuthenticationToken")


def test_a_token_of_another_issuer_or_for_another_audience_is_refused(sim: Simulated) -> None:
    token = sim.app_token("Contoso")
    head, body, signature = token.split(".")
    forged = ".".join((head, body, signature[::-1]))
    assert Graph(sim.url, forged)("GET", "/users").status_code == 401
    claims = sim.world.keys.read(token)
    for changes in ({"aud": "https://elsewhere.example"}, {"tid": "00000000-0000-4000-8000-00000000dead"}):
        other = Graph(sim.url, sim.world.keys.sign({**claims, **changes}))
        assert error_of(other("GET", "/users")) == (401, "InvalidAuthenticationToken")
        other.http.close()


def test_a_persons_token_opens_nothing_here(sim: Simulated) -> None:
    claims = sim.world.keys.read(sim.app_token("Contoso"))
    del claims["roles"]
    graph = Graph(sim.url, sim.world.keys.sign({**claims, "scp": "User.Read"}))
    assert error_of(graph("GET", "/users")) == (403, "Authorization_RequestDenied")
    assert graph("GET", "/me").status_code == 400
    graph.http.close()


@pytest.mark.parametrize(
    ("call", "permission"),
    [
        ("GET /users", "User.Read.All"),
        ("GET /users/delta", "User.Read.All"),
        ("GET /groups", "GroupMember.Read.All"),
        ("GET /servicePrincipals", "Application.Read.All"),
        ("GET /policies/authorizationPolicy", "Policy.Read.All"),
        ("GET /policies/crossTenantAccessPolicy/default", "Policy.Read.All"),
        ("GET /auditLogs/directoryAudits", "AuditLog.Read.All"),
        ("GET /directory/deletedItems/microsoft.graph.user", "User.Read.All"),
        (f"GET /users/{OIDS['bob@contoso.example']}/sponsors", "User.Read.All"),
        (f"POST /users/{OIDS['bob@contoso.example']}/revokeSignInSessions", "User.ReadWrite.All"),
        (f"DELETE /users/{OIDS['ida@partner.example']}", "User.ReadWrite.All"),
        (
            "GET /tenantRelationships/findTenantInformationByDomainName(domainName='fabrikam.example')",
            "CrossTenantInformation.ReadBasic.All",
        ),
    ],
)
def test_each_call_needs_its_permission(sim: Simulated, call: str, permission: str) -> None:
    method, _, path = call.partition(" ")
    other = "Mail.Send" if permission != "Mail.Send" else "User.Read.All"
    assert error_of(sim.graph("Contoso", other)(method, path)) == (403, "Authorization_RequestDenied")
    assert sim.graph("Contoso", permission)(method, path).status_code < 300


def test_a_change_of_permissions_counts_from_the_next_token(sim: Simulated, contoso: Graph) -> None:
    narrowed = sim.graph("Contoso", "User.Read.All")
    assert contoso.invite("gus@partner.example").status_code == 201
    assert narrowed.invite("hal@partner.example").status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_paths_and_methods_the_service_does_not_know_are_refused(contoso: Graph, method: str) -> None:
    assert contoso(method, "/shoes").status_code in (400, 405)
    assert contoso("PUT", "/users").status_code == 405
    assert contoso("GET", f"{contoso.url}/v9.9/users").status_code == 404


def test_every_answer_carries_the_ids_of_the_request(contoso: Graph) -> None:
    plain = contoso("GET", "/users")
    assert plain.headers["request-id"] == plain.headers["client-request-id"]
    own = "7c1d9e2a-0000-4000-8000-000000000001"
    for path, status in (("/users", 200), ("/users/nobody", 404), ("/shoes", 400)):
        response = contoso("GET", path, client_request_id=own)
        assert response.status_code == status
        assert response.headers["client-request-id"] == own
        assert response.headers["request-id"] not in ("", own)
        if status != 200:
            inner = response.json()["error"]["innerError"]
            assert inner["client-request-id"] == own
            assert inner["request-id"] == response.headers["request-id"]
            assert not inner["date"].endswith("Z")
