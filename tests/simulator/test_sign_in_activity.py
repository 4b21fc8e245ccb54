"""Sign-in activity: attempts, successes, and who may read them."""

from tests.simulator.clients import Graph, Simulated, error_of
from tests.simulator.naming import OIDS, TENANTS

DEFAULT = {
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
}
BOB = OIDS["bob@contoso.example"]
IDA = OIDS["ida@partner.example"]
EVENTUAL = {"ConsistencyLevel": "eventual"}


def mails(graph: Graph, query: str, **headers: str) -> list[str]:
    return [str(user["mail"]).partition("@")[0] for user in graph.get(f"/users?{query}", **headers)["value"]]


def test_sign_in_activity_tells_attempts_from_successes(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "User.Read.All", "AuditLog.Read.All")
    path = f"/users/{OIDS['sam@contoso.example']}?$select=signInActivity"
    assert graph.get(path)["signInActivity"] is None
    sim.browser().pick("sam@contoso.example", "Contoso")
    failed = graph.get(path)["signInActivity"]
    assert failed["lastSignInDateTime"]
    assert "lastSuccessfulSignInDateTime" not in failed
    sim.tenant("Contoso").users.change(OIDS["sam@contoso.example"], {"accountEnabled": True})
    sim.browser().pick("sam@contoso.example", "Contoso")
    assert graph.get(path)["signInActivity"]["lastSuccessfulSignInDateTime"]
    query = "$filter=signInActivity/lastSuccessfulSignInDateTime ge 2020-01-01T00:00:00Z"
    assert mails(graph, query) == ["sam"]
    mixed = f"/users?{query} and userType eq 'Member'"
    assert error_of(graph("GET", mixed)) == (400, "Request_UnsupportedQuery")
    logged = graph.get(f"/auditLogs/signIns?$filter=userId eq '{OIDS['sam@contoso.example']}'")["value"]
    assert [row["status"]["errorCode"] for row in logged] == [0, 50057]


def test_sign_in_activity_needs_a_licence_and_the_permission(sim: Simulated) -> None:
    woodgrove = sim.graph("Woodgrove", "User.Read.All", "AuditLog.Read.All")
    refused = woodgrove("GET", "/users?$select=id,signInActivity")
    assert error_of(refused) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert woodgrove("GET", "/auditLogs/signIns").status_code == 403
    contoso = sim.graph("Contoso", "User.Read.All")
    assert error_of(contoso("GET", "/users?$select=signInActivity")) == (403, "Authorization_RequestDenied")


def test_sign_in_activity_makes_pages_smaller(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "User.Read.All", "AuditLog.Read.All")
    control = f"/tenants/{TENANTS['Contoso']}/users"
    for number in range(115):
        sim.control("POST", control, {"mail": f"p{number}@contoso.example", "displayName": f"P {number}"})
    assert len(graph.get("/users?$select=signInActivity&$top=999")["value"]) == 120
    assert len(graph.get("/users?$select=id&$top=999")["value"]) == 127
