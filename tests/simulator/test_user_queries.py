"""Lists of users: filters, counts, searches, pages and the rules of advanced queries."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.simulator.clients import Graph, Simulated, error_of, message_of
from tests.simulator.naming import OIDS

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
