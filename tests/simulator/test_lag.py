"""Replication: a new guest is not at once where it is looked for."""

from tests.simulator.clients import Simulated, error_of
from tests.simulator.naming import GROUPS, OIDS, SEED


def test_a_new_guest_does_not_exist_for_a_while(sim: Simulated) -> None:
    sim.tenant("Contoso").behaviour.lag_seconds = 60.0
    graph = sim.graph("Contoso")
    key = graph.invite("gus@partner.example").json()["invitedUser"]["id"]
    sponsor = graph.ref(OIDS["bob@contoso.example"])
    members = f"/groups/{GROUPS['Expenses Users']}/members/$ref"
    early = (
        graph("GET", f"/users/{key}"),
        graph("PATCH", f"/users/{key}", {"city": "Delft"}),
        graph("POST", f"/users/{key}/sponsors/$ref", sponsor),
        graph("POST", members, graph.ref(key)),
    )
    assert {error_of(response) for response in early} == {(404, "Request_ResourceNotFound")}
    assert graph.invite("gus@partner.example").json()["invitedUser"]["id"] == key
    sim.control("POST", "/clock", {"offset": 61})
    assert graph.get(f"/users/{key}")["id"] == key
    assert graph("POST", members, graph.ref(key)).status_code == 204
    query = "/users?$filter=mail eq 'gus@partner.example'"
    assert graph.get(query)["value"] == []
    sim.control("POST", "/clock", {"offset": 121})
    assert len(graph.get(query)["value"]) == 1


def test_the_demo_lets_people_see_the_waiting_step() -> None:
    from_seed = next(tenant for tenant in SEED["tenants"] if tenant["name"] == "Contoso")
    assert 1.0 <= from_seed["behaviour"]["lag_seconds"] <= 2.0
