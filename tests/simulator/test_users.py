"""Users: projections, filters, pages, changes and the awkward rules of advanced queries."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.simulator.clients import OIDS, TENANTS, Graph, Simulated, error_of, message_of

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


def test_the_default_projection_is_the_documented_one(contoso: Graph) -> None:
    assert set(contoso.get("/users")["value"][0]) == DEFAULT
    assert set(contoso.get(f"/users/{BOB}")) == DEFAULT | {"@odata.context"}


def test_select_shows_what_was_asked_for_and_the_id(contoso: Graph) -> None:
    user = contoso.get(f"/users/{BOB}?$select=department,accountEnabled")
    assert set(user) == {"@odata.context", "department", "accountEnabled", "id"}
    assert error_of(contoso("GET", "/users?$select=shoeSize")) == (400, "BadRequest")
    assert error_of(contoso("GET", "/users?$select=skills")) == (501, "NotImplemented")


def test_a_user_is_found_by_principal_name_with_the_hash_escaped(contoso: Graph) -> None:
    name = contoso.get(f"/users/{IDA}")["userPrincipalName"]
    assert contoso.get(f"/users/{quote(name)}")["id"] == IDA
    assert error_of(contoso("GET", f"/users/{name}")) == (404, "Request_ResourceNotFound")


def test_an_unknown_user_does_not_exist(contoso: Graph) -> None:
    response = contoso("GET", "/users/00000000-0000-4000-8000-00000000dead")
    assert error_of(response) == (404, "Request_ResourceNotFound")
    assert message_of(response).startswith("Resource '00000000-0000-4000-8000-00000000dead' does not exist")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("mail eq 'BOB@contoso.example'", ["bob"]),
        ("otherMails/any(o:o eq 'ida@partner.example')", ["ida"]),
        ("proxyAddresses/any(p:p eq 'SMTP:ida@partner.example')", ["ida"]),
        (
            "mail eq 'pat@partner.example' or otherMails/any(o:o eq 'pat@partner.example') "
            "or proxyAddresses/any(p:p eq 'SMTP:pat@partner.example')",
            ["pat"],
        ),
        ("userType eq 'Guest'", ["ida", "pat", "rex"]),
        ("externalUserState eq 'PendingAcceptance'", ["pat"]),
        ("accountEnabled eq false and department eq 'Finance'", ["sam"]),
        ("department in ('IT','Design')", ["dee", "vic", "zoe"]),
        ("startswith(displayName,'bo')", ["bob"]),
        ("startswith(displayName,'Bo') eq true", ["bob"]),
        ("(jobTitle eq 'Clerk' or jobTitle eq 'Bookkeeper') and accountEnabled eq true", ["una"]),
        ("identities/any(c:c/issuerAssignedId eq 'ida@partner.example' and c/issuer eq 'mail')", ["ida"]),
        ("displayName eq 'O''Hara'", []),
        ("createdDateTime le 2000-01-01T00:00:00Z", []),
        (f"id in ('{BOB}','{IDA}')", ["bob", "ida"]),
    ],
)
def test_a_filter_finds_the_right_people(contoso: Graph, query: str, expected: list[str]) -> None:
    assert sorted(mails(contoso, f"$filter={quote(query)}")) == expected


@pytest.mark.parametrize(
    "query",
    [
        "userType ne 'Guest'",
        "not startswith(mail,'b')",
        "not(accountEnabled eq true)",
        "endswith(userPrincipalName,'#EXT#@contoso.onmicrosoft.example')",
    ],
)
def test_some_operators_need_both_marks_of_an_advanced_query(contoso: Graph, query: str) -> None:
    path = f"/users?$filter={quote(query)}"
    for headers, more in (({}, ""), (EVENTUAL, ""), ({}, "&$count=true")):
        assert error_of(contoso("GET", path + more, **headers)) == (400, "Request_UnsupportedQuery")
    found = contoso.get(f"{path}&$count=true", **EVENTUAL)
    assert found["@odata.count"] == len(found["value"]) > 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("shoeSize eq 4", "Request_UnsupportedQuery"),
        ("signInActivity eq null", "Request_UnsupportedQuery"),
        ("otherMails eq 'a'", "Request_UnsupportedQuery"),
        ("mail gt 'a'", "Request_UnsupportedQuery"),
        ("contains(mail,'a')", "Request_UnsupportedQuery"),
        ("identities/any(c:c/issuer eq 'mail')", "Request_UnsupportedQuery"),
        ("mail eq", "BadRequest"),
        ("mail eq 'a", "BadRequest"),
        ("mail is 'a'", "BadRequest"),
        ("nothing(mail,'a')", "BadRequest"),
        ("mail eq 'a' mail eq 'b'", "BadRequest"),
        ("(mail eq 'a'", "BadRequest"),
    ],
)
def test_a_filter_the_service_does_not_know_is_refused(contoso: Graph, query: str, code: str) -> None:
    assert error_of(contoso("GET", f"/users?$filter={quote(query)}")) == (400, code)


def test_a_count_without_its_header_is_silently_left_out(contoso: Graph) -> None:
    assert "@odata.count" not in contoso.get("/users?$count=true")
    assert contoso.get("/users?$count=true", **EVENTUAL)["@odata.count"] == 12


def test_the_count_of_users_needs_its_header(contoso: Graph) -> None:
    refused = contoso("GET", "/users/$count")
    assert error_of(refused) == (400, "Request_BadRequest")
    assert message_of(refused) == "$count is not currently supported."
    counted = contoso("GET", "/users/$count?$filter=userType eq 'Guest'", **EVENTUAL)
    assert (counted.text, counted.headers["Content-Type"].partition(";")[0]) == ("3", "text/plain")


def test_a_search_needs_only_the_header(contoso: Graph) -> None:
    path = '/users?$search="displayName:ray"'
    assert error_of(contoso("GET", path)) == (400, "Request_UnsupportedQuery")
    assert mails(contoso, '$search="displayName:ray"', **EVENTUAL) == ["bob"]
    both = '$search="displayName:ray" OR "mail:lee"'
    assert sorted(mails(contoso, both, **EVENTUAL)) == ["bob", "lee"]
    assert error_of(contoso("GET", "/users?$search=ray", **EVENTUAL))[0] == 400


def test_sorting_and_filtering_together_need_an_advanced_query(contoso: Graph) -> None:
    assert mails(contoso, "$orderby=displayName&$top=2") == ["bob", "dee"]
    path = "/users?$filter=userType eq 'Guest'&$orderby=displayName desc"
    assert error_of(contoso("GET", path)) == (400, "Request_UnsupportedQuery")
    query = "$filter=userType eq 'Guest'&$orderby=displayName desc&$count=true"
    assert mails(contoso, query, **EVENTUAL) == ["rex", "pat", "ida"]
    assert error_of(contoso("GET", "/users?$orderby=department")) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize("query", ["$skip=2", "$top=0", "$top=1000", "$top=many", "$skiptoken=made-up"])
def test_paging_is_the_services_business(contoso: Graph, query: str) -> None:
    assert contoso("GET", f"/users?{query}").status_code == 400


def pages(graph: Graph, path: str, **headers: str) -> list[dict[str, Any]]:
    found = [graph.get(path, **headers)]
    while "@odata.nextLink" in found[-1]:
        found.append(graph.get(found[-1]["@odata.nextLink"], **headers))
    return found


def test_pages_give_everybody_once(sim: Simulated, contoso: Graph) -> None:
    found = pages(contoso, "/users?$top=5&$select=id")
    assert [len(page["value"]) for page in found] == [5, 5, 2]
    keys = [user["id"] for page in found for user in page["value"]]
    assert keys == list(sim.tenant("Contoso").users.live)
    assert found[0]["@odata.nextLink"].startswith(f"{contoso.url}/v1.0/users?")


def test_a_page_may_be_empty_and_still_go_on(sim: Simulated, contoso: Graph) -> None:
    sim.tenant("Contoso").behaviour.empty_pages = True
    found = pages(contoso, "/users")
    assert [len(page["value"]) for page in found] == [0, 12]


def test_a_link_does_not_carry_the_header(contoso: Graph) -> None:
    path = "/users?$filter=userType ne 'Guest'&$count=true&$top=4"
    first = contoso.get(path, **EVENTUAL)
    assert first["@odata.count"] == 9
    assert contoso("GET", first["@odata.nextLink"]).status_code == 400
    second = contoso.get(first["@odata.nextLink"], **EVENTUAL)
    assert "@odata.count" not in second
    assert len(second["value"]) == 4


def test_a_link_of_another_list_is_refused(contoso: Graph) -> None:
    link = contoso.get("/users?$top=2")["@odata.nextLink"]
    assert error_of(contoso("GET", link.replace("/users?", "/groups?")))[0] == 400


def test_a_change_takes_only_what_may_be_changed(contoso: Graph) -> None:
    assert contoso("PATCH", f"/users/{IDA}", {"companyName": "Partner", "accountEnabled": False}).status_code == 204
    user = contoso.get(f"/users/{IDA}?$select=companyName,accountEnabled")
    assert (user["companyName"], user["accountEnabled"]) == ("Partner", False)
    for body in (
        {"shoeSize": 4},
        {"id": BOB},
        {"externalUserState": "Accepted"},
        {"accountEnabled": "no"},
        {"userType": "Visitor"},
        {"otherMails": "a@x.example"},
        {"companyName": ["a"]},
        {"department": ""},
        {"employeeLeaveDateTime": "soon"},
    ):
        assert contoso("PATCH", f"/users/{IDA}", body).status_code == 400, body


def test_a_body_must_be_json_and_say_so(contoso: Graph) -> None:
    address = f"{contoso.url}/v1.0/users/{IDA}"
    assert contoso.http.patch(address).status_code == 400
    assert contoso.http.patch(address, data='{"city":"x"}').status_code == 400
    json = {"Content-Type": "application/json"}
    assert contoso.http.patch(address, data="{", headers=json).status_code == 400
    assert contoso.http.patch(address, data="[]", headers=json).status_code == 400


def test_people_with_admin_roles_are_out_of_reach(contoso: Graph) -> None:
    vic = OIDS["vic@contoso.example"]
    assert contoso("PATCH", f"/users/{vic}", {"accountEnabled": False}).status_code == 403
    assert contoso("DELETE", f"/users/{vic}").status_code == 403
    assert contoso("PATCH", f"/users/{vic}", {"department": "IT"}).status_code == 204


def test_revoking_sessions_answers_true(contoso: Graph) -> None:
    response = contoso("POST", f"/users/{BOB}/revokeSignInSessions")
    assert (response.status_code, response.json()["value"]) == (200, True)


def test_the_manager_is_read_set_and_taken_away(contoso: Graph) -> None:
    path = f"/users/{IDA}/manager"
    assert contoso("GET", path).status_code == 404
    assert contoso("PUT", f"{path}/$ref", contoso.ref(BOB, "users")).status_code == 204
    assert contoso.get(path)["id"] == BOB
    assert contoso("PUT", f"{path}/$ref", contoso.ref(OIDS["lee@contoso.example"])).status_code == 204
    assert contoso.get(path)["displayName"] == "Lee Wu"
    assert contoso("DELETE", f"{path}/$ref").status_code == 204
    assert contoso("DELETE", f"{path}/$ref").status_code == 404


def test_managers_and_sponsors_can_be_expanded(contoso: Graph) -> None:
    lee = OIDS["lee@contoso.example"]
    user = contoso.get(f"/users/{lee}?$expand=manager($select=id,displayName)")
    assert user["manager"] == {"@odata.type": "#microsoft.graph.user", "id": BOB, "displayName": "Bob Ray"}
    chain = contoso.get(f"/users/{lee}?$expand=manager($levels=max;$select=id,displayName)&$count=true", **EVENTUAL)
    assert chain["manager"]["manager"]["displayName"] == "Tom Vale"
    assert contoso.get(f"/users/{IDA}?$expand=sponsors($select=id)")["sponsors"][0]["id"] == BOB
    assert contoso("GET", f"/users/{lee}?$expand=shoes").status_code == 400
    assert contoso("GET", "/users?$expand=manager&$count=true", **EVENTUAL).status_code == 400
    listed = contoso.get("/users?$expand=manager($select=id)&$filter=mail eq 'lee@contoso.example'")
    assert listed["value"][0]["manager"]["id"] == BOB


def test_sponsors_are_at_most_five_and_each_once(contoso: Graph) -> None:
    path = f"/users/{IDA}/sponsors"
    names = ("tom", "lee", "dee", "una")
    for name in names:
        assert contoso("POST", f"{path}/$ref", contoso.ref(OIDS[f"{name}@contoso.example"])).status_code == 204
    again = contoso("POST", f"{path}/$ref", contoso.ref(BOB))
    assert error_of(again) == (400, "Request_BadRequest")
    assert "already exist" in message_of(again)
    sixth = contoso("POST", f"{path}/$ref", contoso.ref(OIDS["zoe@contoso.example"]))
    assert error_of(sixth) == (400, "Request_BadRequest")
    assert len(contoso.get(path)["value"]) == 5
    assert contoso("DELETE", f"{path}/{BOB}/$ref").status_code == 204
    assert contoso("DELETE", f"{path}/{BOB}/$ref").status_code == 404


def test_deleting_a_sponsor_without_ref_deletes_the_person(contoso: Graph) -> None:
    assert contoso("DELETE", f"/users/{IDA}/sponsors/{BOB}").status_code == 204
    assert contoso("GET", f"/users/{BOB}").status_code == 404
    [gone] = contoso.get("/directory/deletedItems/microsoft.graph.user")["value"]
    assert gone["id"] == BOB


@pytest.mark.parametrize(
    "value",
    [
        "https://graph.microsoft.com/v1.0/users/{id}",
        "https://entra.simulator.localhost/v1.0/users/{id}",
        "{url}/users/{id}",
        "users/{id}",
        "",
        None,
    ],
)
def test_a_reference_must_carry_the_host_of_the_call(contoso: Graph, value: str | None) -> None:
    text = value.format(id=OIDS["lee@contoso.example"], url=contoso.url) if value is not None else None
    response = contoso("POST", f"/users/{IDA}/sponsors/$ref", {"@odata.id": text})
    assert error_of(response) == (400, "Request_BadRequest")


def test_under_the_reserved_name_links_and_references_carry_it(contoso: Graph) -> None:
    host = {"Host": "entra.simulator.localhost"}
    page = contoso.get("/users?$top=1", **host)
    assert page["@odata.nextLink"].startswith("https://entra.simulator.localhost/v1.0/users?")
    lee = OIDS["lee@contoso.example"]
    body = {"@odata.id": f"https://entra.simulator.localhost/v1.0/directoryObjects/{lee}"}
    assert contoso("POST", f"/users/{IDA}/sponsors/$ref", body, **host).status_code == 204


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
