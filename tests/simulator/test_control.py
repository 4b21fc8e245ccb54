"""The control plane: the ledger, the clock, and what somebody does in the tenant's own portal."""

from typing import Any

import pytest

from tests.simulator.clients import Graph, Simulated, claims_of
from tests.simulator.naming import CLIENTS, GROUPS, OIDS, SIGN_IN, TENANTS, directory_app, session
from tests.simulator.test_delta import round_of
from tests.simulator.test_sign_in import signed_in

CONTOSO = f"/tenants/{TENANTS['Contoso']}"
BOB, IDA = OIDS["bob@contoso.example"], OIDS["ida@partner.example"]


def test_the_ledger_holds_accepted_writes_only(sim: Simulated, contoso: Graph) -> None:
    own = "7c1d9e2a-0000-4000-8000-000000000001"
    contoso.get("/users")
    contoso("PATCH", f"/users/{IDA}", {"shoeSize": 4})
    response = contoso("PATCH", f"/users/{IDA}", {"city": "Delft"}, client_request_id=own)
    [row] = sim.control("GET", "/ledger")["entries"]
    assert (row["n"], row["tenant"], row["app"]) == (1, TENANTS["Contoso"], directory_app("Contoso"))
    assert (row["method"], row["path"], row["status"]) == ("PATCH", f"/v1.0/users/{IDA}", 204)
    assert row["body"] == {"city": "Delft"}
    assert row["client_request_id"] == own
    assert row["request_id"] == response.headers["request-id"]
    assert row["effect"] == f"user {IDA} changed: city"


def test_the_ledger_is_read_per_tenant_and_from_a_number_on(sim: Simulated, contoso: Graph) -> None:
    woodgrove = sim.graph("Woodgrove")
    for graph in (contoso, woodgrove, contoso):
        graph.invite("gus@partner.example")
    found = sim.control("GET", f"/ledger?tenant={TENANTS['Contoso']}&since=1")["entries"]
    assert [row["n"] for row in found] == [3]


def test_calls_are_counted_with_their_answers(sim: Simulated, contoso: Graph) -> None:
    for path in ("/users", "/users", "/users/nobody"):
        contoso("GET", path)
    calls = sim.control("GET", f"/ledger?tenant={TENANTS['Contoso']}")["calls"]
    assert {(row["path"], row["status"], row["count"]) for row in calls} == {
        ("/v1.0/users", 200, 2),
        ("/v1.0/users/nobody", 404, 1),
    }


def test_meddling_is_seen_by_delta_but_not_in_the_ledger(sim: Simulated, contoso: Graph) -> None:
    _, link = round_of(contoso, "/users/delta?$select=accountEnabled")
    sim.control("POST", f"{CONTOSO}/users/{BOB}", {"accountEnabled": False})
    rows, _ = round_of(contoso, link)
    assert rows == [{"id": BOB, "accountEnabled": False}]
    assert sim.control("GET", "/ledger")["entries"] == []


def test_somebody_is_added_moved_and_removed_in_the_portal(sim: Simulated, contoso: Graph) -> None:
    made = sim.control("POST", f"{CONTOSO}/users", {"mail": "new@contoso.example", "displayName": "New One"})
    assert contoso.get(f"/users/{made['id']}")["displayName"] == "New One"
    path = f"{CONTOSO}/groups/{GROUPS['Expenses Approvers']}/members/{made['id']}"
    members = f"/groups/{GROUPS['Expenses Approvers']}/members"
    for method, inside in (("PUT", True), ("PUT", True), ("DELETE", False), ("DELETE", False)):
        sim.control(method, path)
        assert (made["id"] in {row["id"] for row in contoso.get(members)["value"]}) is inside
    sim.control("PUT", f"{CONTOSO}/users/{made['id']}/manager/{BOB}")
    assert contoso.get(f"/users/{made['id']}/manager")["id"] == BOB
    assert sim.control("GET", f"{CONTOSO}/users/{made['id']}")["mail"] == "new@contoso.example"


@pytest.mark.parametrize(("query", "reason"), [("", "changed"), ("?hard=1", "deleted")])
def test_somebody_is_deleted_in_the_portal(sim: Simulated, contoso: Graph, query: str, reason: str) -> None:
    _, link = round_of(contoso, "/users/delta")
    sim.control("DELETE", f"{CONTOSO}/users/{IDA}{query}")
    rows, _ = round_of(contoso, link)
    assert rows == [{"id": IDA, "@removed": {"reason": reason}}]


def test_a_role_is_given_and_taken(sim: Simulated) -> None:
    wish = {"appId": SIGN_IN, "principalId": OIDS["lee@contoso.example"], "role": "Admin"}
    made = sim.control("POST", f"{CONTOSO}/assignments", wish)
    assert claims_of(signed_in(sim, "lee@contoso.example")["id_token"])["roles"] == ["Admin"]
    assert made["id"] in {row["id"] for row in sim.control("GET", f"{CONTOSO}/assignments")["assignments"]}
    sim.control("DELETE", f"{CONTOSO}/assignments/{made['id']}")
    assert "roles" not in claims_of(signed_in(sim, "lee@contoso.example")["id_token"])


def test_permissions_are_granted_and_consent_is_withdrawn(sim: Simulated) -> None:
    client = directory_app("Contoso")
    sim.control("POST", CONTOSO, {"consents": {client: ["User.Read.All"]}})
    assert claims_of(sim.app_token("Contoso"))["roles"] == ["User.Read.All"]
    shown = sim.control("POST", CONTOSO, {"consents": {client: None}})
    assert client not in shown["consents"]


def test_habits_of_a_tenant_are_switched(sim: Simulated) -> None:
    shown = sim.control("POST", CONTOSO, {"behaviour": {"licence": "free", "lag_seconds": 3.5}})
    assert shown["behaviour"]["licence"] == "free"
    assert sim.control("GET", CONTOSO)["behaviour"]["lag_seconds"] == 3.5


def test_the_clock_is_moved_and_told(sim: Simulated) -> None:
    before = sim.control("GET", "/clock")
    after = sim.control("POST", "/clock", {"offset": 86400})
    assert (before["offset"], after["offset"]) == (0.0, 86400.0)
    assert after["now"][:10] > before["now"][:10]
    sim.control("POST", "/clock", {"stopped": True})
    assert sim.control("GET", "/clock") == sim.control("GET", "/clock")
    assert sim.control("POST", "/clock", {"stopped": False, "offset": 0})["stopped"] is False


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/clock", {"offset": "tomorrow"}, 400),
        ("POST", CONTOSO, {"shoes": {}}, 400),
        ("POST", CONTOSO, {"behaviour": {"shoes": 4}}, 400),
        ("POST", CONTOSO, {"policies": {"shoes": {}}}, 400),
        ("GET", "/tenants/nowhere.example", None, 404),
        ("GET", f"{CONTOSO}/users/nobody", None, 404),
        ("POST", f"{CONTOSO}/users", {"displayName": "No Address"}, 400),
        ("POST", f"{CONTOSO}/assignments", {"appId": SIGN_IN, "principalId": "nobody", "role": "Admin"}, 404),
        ("POST", f"{CONTOSO}/assignments", {"appId": SIGN_IN, "principalId": BOB, "role": "King"}, 404),
        ("DELETE", f"{CONTOSO}/assignments/nothing", None, 404),
        ("POST", "/faults/nothing/release", None, 404),
        ("PUT", "/clock", {}, 405),
        ("GET", "/nothing", None, 404),
        ("POST", "/clock", None, 400),
    ],
)
def test_what_makes_no_sense_is_refused(sim: Simulated, method: str, path: str, body: Any, status: int) -> None:
    with session() as http:
        response = http.request(method, f"{sim.url}/_simulator{path}", json=body)
    assert response.status_code == status
    assert response.json()["error"]


def test_an_app_enters_a_tenant_by_admin_consent(sim: Simulated) -> None:
    client = CLIENTS["Selfservice Mail"]
    sim.world.apps[client].redirect_uris = ["https://app.example/consented"]
    query = {"client_id": client, "redirect_uri": "https://app.example/consented", "state": "s"}
    address = f"{sim.url}/{TENANTS['Woodgrove']}/adminconsent"
    assert "Woodgrove" in sim.http.get(address, params=query).text
    refused = sim.http.post(address, params=query, data={"answer": "cancel"}, allow_redirects=False)
    assert "error=permission_denied" in refused.headers["Location"]
    accepted = sim.http.post(address, params=query, data={"answer": "accept"}, allow_redirects=False)
    location = accepted.headers["Location"]
    assert location.startswith(f"https://app.example/consented?tenant={TENANTS['Woodgrove']}&state=s")
    assert location.endswith("admin_consent=True")
    assert sim.tenant("Woodgrove").principal_of(client) is not None
    elsewhere = {**query, "redirect_uri": "https://evil.example/"}
    assert sim.http.get(address, params=elsewhere).status_code == 400
