"""Groups and their members: who may be added where, and in whose words it is refused."""

import pytest

from tests.simulator.clients import Graph, Simulated, error_of, message_of
from tests.simulator.naming import GROUPS, OIDS, TENANTS

BOB, IDA, ZOE = (OIDS[name] for name in ("bob@contoso.example", "ida@partner.example", "zoe@contoso.example"))
USERS = f"/groups/{GROUPS['Expenses Users']}"


def members(graph: Graph, path: str = f"{USERS}/members") -> list[str]:
    return [row["id"] for row in graph.get(path)["value"]]


def test_a_member_is_added_once(contoso: Graph) -> None:
    assert contoso("POST", f"{USERS}/members/$ref", contoso.ref(ZOE)).status_code == 204
    again = contoso("POST", f"{USERS}/members/$ref", contoso.ref(ZOE, "users"))
    assert error_of(again) == (400, "Request_BadRequest")
    assert message_of(again) == (
        "One or more added object references already exist for the following modified properties: 'members'."
    )
    assert members(contoso).count(ZOE) == 1


def test_a_member_is_removed_once(contoso: Graph) -> None:
    assert contoso("DELETE", f"{USERS}/members/{IDA}/$ref").status_code == 204
    assert error_of(contoso("DELETE", f"{USERS}/members/{IDA}/$ref")) == (404, "Request_ResourceNotFound")
    assert IDA not in members(contoso)
    assert contoso.get(f"/users/{IDA}")["id"] == IDA


def test_deleting_a_member_without_ref_deletes_the_person(contoso: Graph) -> None:
    assert contoso("DELETE", f"{USERS}/members/{IDA}").status_code == 204
    assert contoso("GET", f"/users/{IDA}").status_code == 404
    assert contoso("DELETE", f"{USERS}/members/{ZOE}").status_code == 404


def test_without_ref_an_app_that_may_not_delete_people_is_refused(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "GroupMember.ReadWrite.All", "User.Read.All")
    assert graph("DELETE", f"{USERS}/members/{IDA}").status_code == 403
    assert graph.get(f"/users/{IDA}")["id"] == IDA


def test_an_unknown_person_or_group_does_not_exist(contoso: Graph) -> None:
    nobody = "00000000-0000-4000-8000-00000000dead"
    assert contoso("POST", f"{USERS}/members/$ref", contoso.ref(nobody)).status_code == 404
    assert contoso("POST", f"/groups/{nobody}/members/$ref", contoso.ref(ZOE)).status_code == 404
    wrong_kind = contoso("POST", f"{USERS}/members/$ref", contoso.ref(ZOE, "groups"))
    assert wrong_kind.status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [("All Contoso", 400), ("Contoso Synced", 400), ("Project Mail", 400), ("Tier 0 Admins", 403)],
)
def test_some_groups_cannot_be_written(contoso: Graph, name: str, status: int) -> None:
    path = f"/groups/{GROUPS[name]}"
    assert contoso("POST", f"{path}/members/$ref", contoso.ref(IDA)).status_code == status
    bound = {"members@odata.bind": [contoso.ref(IDA)["@odata.id"]]}
    assert contoso("PATCH", path, bound).status_code == status


def test_a_role_group_opens_with_one_more_permission(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "GroupMember.ReadWrite.All", "RoleManagement.ReadWrite.Directory")
    path = f"/groups/{GROUPS['Tier 0 Admins']}/members/$ref"
    assert graph("POST", path, graph.ref(BOB)).status_code == 204


def test_several_members_are_bound_together_or_not_at_all(contoso: Graph) -> None:
    path = f"/groups/{GROUPS['Design Files Readers']}"

    def bind(*keys: str) -> int:
        return contoso("PATCH", path, {"members@odata.bind": [contoso.ref(k)["@odata.id"] for k in keys]}).status_code

    assert bind(BOB, "00000000-0000-4000-8000-00000000dead") == 404
    assert bind(BOB, ZOE) == 400
    assert bind(*[BOB] * 21) == 400
    assert members(contoso, f"{path}/members") == [ZOE]
    assert bind(BOB, IDA) == 204
    assert members(contoso, f"{path}/members") == [ZOE, BOB, IDA]


def test_other_properties_need_the_right_to_write_groups(sim: Simulated, contoso: Graph) -> None:
    assert contoso("PATCH", USERS, {"description": "x"}).status_code == 403
    graph = sim.graph("Contoso", "Group.ReadWrite.All")
    assert graph("PATCH", USERS, {"description": "x"}).status_code == 204
    assert graph.get(USERS)["description"] == "x"
    assert graph("PATCH", USERS, {"groupTypes": []}).status_code == 400


def test_a_nested_group_reaches_its_people_only_transitively(sim: Simulated, contoso: Graph) -> None:
    inner = GROUPS["Expenses Approvers"]
    contoso("POST", f"{USERS}/members/$ref", contoso.ref(inner))
    rows = contoso.get(f"{USERS}/members")["value"]
    assert {row["@odata.type"] for row in rows} == {"#microsoft.graph.user", "#microsoft.graph.group"}
    assert BOB not in members(contoso)
    assert BOB in members(contoso, f"{USERS}/transitiveMembers")


def test_a_token_that_may_not_read_people_sees_only_their_ids(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "GroupMember.Read.All")
    rows = graph.get(f"{USERS}/members?$select=id,displayName")["value"]
    assert rows[0] == {
        "@odata.type": "#microsoft.graph.user",
        "id": OIDS["una@contoso.example"],
        "displayName": None,
    }


def test_members_come_in_pages(sim: Simulated, contoso: Graph) -> None:
    page = contoso.get(f"/groups/{GROUPS['All Contoso']}/members?$top=5&$select=id")
    found = page["value"]
    while "@odata.nextLink" in page:
        page = contoso.get(page["@odata.nextLink"])
        found += page["value"]
    assert len({row["id"] for row in found}) == len(found) == 9


def test_the_last_owner_stays(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "Group.ReadWrite.All", "User.Read.All")
    assert members(graph, f"{USERS}/owners") == [BOB]
    refused = graph("DELETE", f"{USERS}/owners/{BOB}/$ref")
    assert refused.status_code == 400
    assert "must have at least one owner" in message_of(refused)
    assert graph("DELETE", f"{USERS}/owners/{ZOE}/$ref").status_code == 404
    sim.control("PUT", f"/tenants/{TENANTS['Contoso']}{USERS}/owners/{ZOE}")
    assert graph("DELETE", f"{USERS}/owners/{BOB}/$ref").status_code == 204


def test_groups_are_listed_filtered_and_deleted(sim: Simulated, contoso: Graph) -> None:
    assert len(contoso.get("/groups")["value"]) == 7
    found = contoso.get("/groups?$filter=groupTypes/any(c:c eq 'DynamicMembership')&$select=displayName")["value"]
    assert [group["displayName"] for group in found] == ["All Contoso"]
    synced = contoso.get("/groups?$filter=onPremisesSyncEnabled eq true")["value"]
    assert [group["displayName"] for group in synced] == ["Contoso Synced"]
    graph = sim.graph("Contoso", "Group.ReadWrite.All")
    assert graph("DELETE", USERS).status_code == 204
    assert graph("GET", USERS).status_code == 404


def test_a_deleted_person_is_no_member_until_restored(contoso: Graph) -> None:
    contoso("DELETE", f"/users/{IDA}")
    assert IDA not in members(contoso)
    contoso("POST", f"/directory/deletedItems/{IDA}/restore")
    assert IDA in members(contoso)
