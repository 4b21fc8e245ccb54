"""Delta queries: what changed, what was removed, and when a token no longer counts."""

from typing import Any

import pytest

from tests.simulator.clients import Graph, Simulated, error_of
from tests.simulator.naming import GROUPS, OIDS, TENANTS

BOB, IDA = OIDS["bob@contoso.example"], OIDS["ida@partner.example"]
PATH = "/users/delta?$select=displayName,jobTitle,accountEnabled,companyName"


def round_of(graph: Graph, path: str, **headers: str) -> tuple[list[dict[str, Any]], str]:
    """Read a whole round: all its rows, and the link of the next one."""
    page = graph.get(path, **headers)
    rows = page["value"]
    while "@odata.nextLink" in page:
        page = graph.get(page["@odata.nextLink"], **headers)
        rows += page["value"]
    return rows, page["@odata.deltaLink"]


def test_the_first_round_gives_everybody_in_pages(sim: Simulated, contoso: Graph) -> None:
    sim.tenant("Contoso").behaviour.page_size = 5
    rows, _ = round_of(contoso, PATH)
    assert {row["id"] for row in rows} == set(sim.tenant("Contoso").users.live)


def test_what_was_never_set_is_left_out(contoso: Graph) -> None:
    rows, _ = round_of(contoso, PATH)
    bob = next(row for row in rows if row["id"] == BOB)
    assert bob == {"id": BOB, "displayName": "Bob Ray", "jobTitle": "Head of Expenses", "accountEnabled": True}


def test_the_next_round_gives_only_what_changed(contoso: Graph) -> None:
    _, link = round_of(contoso, PATH)
    assert round_of(contoso, link)[0] == []
    contoso("PATCH", f"/users/{BOB}", {"jobTitle": "Chief"})
    contoso("PATCH", f"/users/{BOB}", {"companyName": "Contoso"})
    rows, link = round_of(contoso, link)
    expected = {"id": BOB, "displayName": "Bob Ray", "jobTitle": "Chief", "accountEnabled": True}
    assert rows == [{**expected, "companyName": "Contoso"}]
    assert round_of(contoso, link)[0] == []


def test_a_link_can_be_replayed(contoso: Graph) -> None:
    _, link = round_of(contoso, PATH)
    contoso("PATCH", f"/users/{BOB}", {"jobTitle": "Chief"})
    assert round_of(contoso, link)[0] == round_of(contoso, link)[0]


def test_minimal_answers_hold_only_the_changed_properties(contoso: Graph) -> None:
    _, link = round_of(contoso, PATH)
    contoso("PATCH", f"/users/{BOB}", {"jobTitle": None})
    rows, _ = round_of(contoso, link, Prefer="return=minimal")
    assert rows == [{"id": BOB, "jobTitle": None}]


def test_a_cleared_property_is_null(contoso: Graph) -> None:
    _, link = round_of(contoso, PATH)
    contoso("PATCH", f"/users/{BOB}", {"jobTitle": None})
    assert round_of(contoso, link)[0][0]["jobTitle"] is None


def test_deletion_restoration_and_the_final_end_are_told(contoso: Graph) -> None:
    _, link = round_of(contoso, PATH)
    contoso("DELETE", f"/users/{IDA}")
    rows, link = round_of(contoso, link)
    assert rows == [{"id": IDA, "@removed": {"reason": "changed"}}]
    contoso("POST", f"/directory/deletedItems/{IDA}/restore")
    rows, link = round_of(contoso, link)
    assert rows[0]["displayName"] == "Ida Moss"
    assert "@removed" not in rows[0]
    contoso("DELETE", f"/users/{IDA}")
    contoso("DELETE", f"/directory/deletedItems/{IDA}")
    rows, _ = round_of(contoso, link)
    assert rows == [{"id": IDA, "@removed": {"reason": "deleted"}}]


def test_what_is_kept_outside_the_directory_is_not_told(sim: Simulated, contoso: Graph) -> None:
    _, link = round_of(contoso, PATH)
    sim.browser().pick("bob@contoso.example", "Contoso")
    assert round_of(contoso, link)[0] == []


def test_the_latest_token_comes_without_data(contoso: Graph) -> None:
    rows, link = round_of(contoso, "/users/delta?$deltatoken=latest")
    assert rows == []
    contoso("PATCH", f"/users/{BOB}", {"jobTitle": "Chief"})
    assert [row["id"] for row in round_of(contoso, link)[0]] == [BOB]


def test_only_ids_may_be_filtered_and_at_most_fifty(contoso: Graph) -> None:
    rows, link = round_of(contoso, f"/users/delta?$filter=id eq '{BOB}' or id eq '{IDA}'")
    assert {row["id"] for row in rows} == {BOB, IDA}
    contoso("PATCH", f"/users/{OIDS['lee@contoso.example']}", {"jobTitle": "Chief"})
    assert round_of(contoso, link)[0] == []
    many = " or ".join(f"id eq '{BOB}'" for _ in range(51))
    for query in (f"$filter={many}", "$filter=mail eq 'a'", "$filter=userType eq 'Guest' or id eq 'x'"):
        assert contoso("GET", f"/users/delta?{query}").status_code == 400


@pytest.mark.parametrize("option", ["$top=5", "$orderby=displayName", "$expand=manager", "$count=true"])
def test_other_options_are_not_taken(contoso: Graph, option: str) -> None:
    assert error_of(contoso("GET", f"/users/delta?{option}")) == (400, "Request_UnsupportedQuery")


def test_a_token_dies_after_seven_days(sim: Simulated) -> None:
    _, link = round_of(sim.graph("Contoso"), PATH)
    sim.control("POST", "/clock", {"offset": 6 * 86400})
    assert sim.graph("Contoso")("GET", link).status_code == 200
    sim.control("POST", "/clock", {"offset": 8 * 86400})
    assert error_of(sim.graph("Contoso")("GET", link)) == (400, "syncStateNotFound")


def test_a_reset_sends_back_to_the_start(sim: Simulated, contoso: Graph) -> None:
    _, link = round_of(contoso, PATH)
    sim.control("POST", f"/tenants/{TENANTS['Contoso']}/delta-reset")
    response = contoso("GET", link)
    assert response.status_code == 410
    rows, _ = round_of(contoso, response.headers["Location"])
    assert len(rows) == 12


def test_a_made_up_token_is_refused(contoso: Graph) -> None:
    assert contoso("GET", "/users/delta?$deltatoken=made-up").status_code == 400
    assert contoso("GET", "/users/delta?$skiptoken=made-up").status_code == 400


def test_an_object_may_be_told_twice(sim: Simulated, contoso: Graph) -> None:
    sim.tenant("Contoso").behaviour.repeat_delta = True
    rows, _ = round_of(contoso, PATH)
    assert len(rows) == 24


def test_members_and_app_roles_follow_their_groups_and_apps(contoso: Graph) -> None:
    group = GROUPS["Expenses Users"]
    _, link = round_of(contoso, "/groups/delta?$select=displayName")
    contoso("POST", f"/groups/{group}/members/$ref", contoso.ref(BOB))
    assert [row["id"] for row in round_of(contoso, link)[0]] == [group]
    rows, _ = round_of(contoso, "/servicePrincipals/delta?$select=appId,displayName,appRoles")
    expenses = next(row for row in rows if row["displayName"] == "Expenses")
    assert {role["value"] for role in expenses["appRoles"]} == {"Reader", "Submitter", "Expenses.Import", "Legacy"}


def test_lists_and_deltas_lag_behind_reads_by_id(sim: Simulated, contoso: Graph) -> None:
    sim.tenant("Contoso").behaviour.list_lag_seconds = 60.0
    contoso.invite("early@partner.example")
    sim.control("POST", "/clock", {"offset": 120})
    _, link = round_of(contoso, PATH)
    key = contoso.invite("gus@partner.example").json()["invitedUser"]["id"]
    assert contoso.get(f"/users/{key}")["id"] == key
    assert round_of(contoso, link)[0] == []
    assert contoso.get("/users?$filter=mail eq 'gus@partner.example'")["value"] == []
    sim.control("POST", "/clock", {"offset": 181})
    assert [row["id"] for row in round_of(contoso, link)[0]] == [key]
    assert contoso.get("/users?$filter=mail eq 'gus@partner.example'")["value"][0]["id"] == key
