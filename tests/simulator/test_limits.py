"""Throttling: the invitation bucket that is always there, and the others that can be switched on."""

from tests.simulator.clients import Graph, Simulated, error_of
from tests.simulator.naming import GROUPS, OIDS, TENANTS

ZOE = OIDS["zoe@contoso.example"]


def test_more_invitations_than_the_bucket_holds_are_refused_for_the_whole_tenant(sim: Simulated) -> None:
    sim.world.clock.stop()
    first, second = sim.graph("Contoso"), sim.graph("Contoso", "User.Invite.All")
    answers = [graph.invite("gus@partner.example") for _ in range(90) for graph in (first, second)]
    refused = [response for response in answers if response.status_code == 429]
    assert [response.status_code for response in answers] == [201] * 150 + [429] * 30
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert refused[0].headers["x-ms-throttle-scope"].startswith("Tenant/Write/")
    assert refused[0].headers["x-ms-throttle-information"] == "WriteLimitExceeded"
    error = refused[0].json()["error"]
    assert error["code"] == "TooManyRequests"
    assert error["innerError"]["code"] == "429"
    assert sim.graph("Woodgrove").invite("gus@partner.example").status_code == 201
    sim.control("POST", "/clock", {"offset": 6})
    assert first.invite("gus@partner.example").status_code == 201


def test_a_nearly_full_bucket_is_announced(sim: Simulated, contoso: Graph) -> None:
    sim.world.clock.stop()
    shares = [contoso.invite("gus@partner.example").headers.get("x-ms-throttle-limit-percentage") for _ in range(140)]
    assert shares[0] is None
    assert 0.8 < float(shares[-1] or 0) <= 1.0


def test_the_cost_of_a_call_is_told(contoso: Graph) -> None:
    def cost(path: str) -> int:
        return int(contoso("GET", path).headers["x-ms-resource-unit"])

    assert cost("/users") == 2
    assert cost("/users?$select=id") == 1
    assert cost("/users?$top=5") == 1
    assert cost("/users?$expand=manager") == 3
    assert cost(f"/groups/{GROUPS['Expenses Users']}/members") == 3
    assert cost(f"/users/{ZOE}/appRoleAssignments") == 2
    assert cost(f"/users/{ZOE}") == 1


def test_reads_of_one_app_do_not_slow_another_tenant(sim: Simulated) -> None:
    for tenant in ("Contoso", "Woodgrove"):
        sim.control("POST", f"/tenants/{TENANTS[tenant]}", {"behaviour": {"throttling": True}})
    sim.world.clock.stop()
    graph = sim.graph("Contoso", "AuditLog.Read.All")
    codes = [graph("GET", "/auditLogs/directoryAudits").status_code for _ in range(8)]
    assert codes == [200] * 5 + [429] * 3
    assert sim.graph("Woodgrove")("GET", "/users").status_code == 200


def test_writes_have_a_limit_of_their_own(sim: Simulated, contoso: Graph) -> None:
    sim.world.clock.stop()
    sim.tenant("Contoso").behaviour.throttling = True
    parts = [
        {
            "id": str(number),
            "method": "PATCH",
            "url": f"/users/{ZOE}",
            "headers": {"Content-Type": "application/json"},
            "body": {"city": "Delft"},
        }
        for number in range(20)
    ]
    seen: set[int] = set()
    for _ in range(170):
        rows = contoso("POST", "/$batch", {"requests": parts}).json()["responses"]
        seen |= {row["status"] for row in rows}
        if 429 in seen:
            break
    assert seen == {204, 429}
    assert contoso("GET", f"/users/{ZOE}").status_code == 200


def test_a_throttled_answer_may_name_no_time(sim: Simulated, contoso: Graph) -> None:
    sim.fault("throttle", times=1)
    response = contoso("GET", "/users")
    assert error_of(response) == (429, "TooManyRequests")
    assert "Retry-After" not in response.headers
    sim.fault("throttle", times=1, retry_after="Fri, 31 Dec 2027 23:59:59 GMT")
    assert contoso("GET", "/users").headers["Retry-After"].endswith("GMT")
