"""Deleted people: kept for 30 days, restored with their ids, or gone."""

from tests.simulator.clients import Graph, Simulated, error_of
from tests.simulator.naming import GROUPS, OIDS, TENANTS

IDA, PAT = OIDS["ida@partner.example"], OIDS["pat@partner.example"]
ITEMS = "/directory/deletedItems"
PEOPLE = f"{ITEMS}/microsoft.graph.user"


def test_the_list_needs_the_type(contoso: Graph) -> None:
    contoso("DELETE", f"/users/{IDA}")
    assert contoso("GET", ITEMS).status_code == 400
    assert contoso("GET", f"{ITEMS}/microsoft.graph.shoe").status_code == 400
    [gone] = contoso.get(PEOPLE)["value"]
    assert (gone["id"], gone["mail"]) == (IDA, "ida@partner.example")
    assert gone["deletedDateTime"]


def test_the_list_can_be_filtered_and_sorted(sim: Simulated, contoso: Graph) -> None:
    for key in (IDA, PAT):
        contoso("DELETE", f"/users/{key}")
    found = contoso.get(f"{PEOPLE}?$filter=mail eq 'pat@partner.example'&$select=id,deletedDateTime")["value"]
    assert [user["id"] for user in found] == [PAT]
    assert contoso("GET", f"{PEOPLE}?$orderby=deletedDateTime").status_code == 400
    assert contoso.get(f"{PEOPLE}?$orderby=deletedDateTime&$count=true", ConsistencyLevel="eventual")["value"]


def test_a_restored_person_is_the_same_one(contoso: Graph) -> None:
    contoso("DELETE", f"/users/{IDA}")
    assert contoso.get(f"{ITEMS}/{IDA}")["@odata.type"] == "#microsoft.graph.user"
    body = contoso("POST", f"{ITEMS}/{IDA}/restore").json()
    assert (body["id"], body["@odata.type"]) == (IDA, "#microsoft.graph.user")
    assert contoso.get(f"/users/{IDA}?$select=mail,deletedDateTime")["deletedDateTime"] is None
    assert contoso.get("/users?$filter=mail eq 'ida@partner.example'")["value"][0]["id"] == IDA
    assert contoso("POST", f"{ITEMS}/{IDA}/restore").status_code == 404


def test_a_person_removed_for_good_takes_all_links_along(sim: Simulated, contoso: Graph) -> None:
    contoso("DELETE", f"/users/{IDA}")
    assert contoso("DELETE", f"{ITEMS}/{IDA}").status_code == 204
    assert contoso("DELETE", f"{ITEMS}/{IDA}").status_code == 404
    assert contoso.get(PEOPLE)["value"] == []
    assert not sim.tenant("Contoso").members.has(GROUPS["Expenses Users"], IDA)


def test_after_thirty_days_nothing_is_left(sim: Simulated, contoso: Graph) -> None:
    contoso("DELETE", f"/users/{IDA}")
    sim.control("POST", "/clock", {"offset": 29 * 86400})
    assert len(sim.graph("Contoso").get(PEOPLE)["value"]) == 1
    sim.control("POST", "/clock", {"offset": 31 * 86400})
    graph = sim.graph("Contoso")
    assert graph.get(PEOPLE)["value"] == []
    assert graph("POST", f"{ITEMS}/{IDA}/restore").status_code == 404


def test_people_with_admin_roles_are_neither_deleted_nor_restored(sim: Simulated, contoso: Graph) -> None:
    vic = OIDS["vic@contoso.example"]
    sim.control("DELETE", f"/tenants/{TENANTS['Contoso']}/users/{vic}")
    assert error_of(contoso("POST", f"{ITEMS}/{vic}/restore")) == (403, "Authorization_RequestDenied")
    assert contoso("DELETE", f"{ITEMS}/{vic}").status_code == 403


def test_restoring_needs_the_right_to_write_users(sim: Simulated, contoso: Graph) -> None:
    contoso("DELETE", f"/users/{IDA}")
    reader = sim.graph("Contoso", "User.Read.All")
    assert reader("POST", f"{ITEMS}/{IDA}/restore").status_code == 403


def test_an_object_of_any_type_is_read_by_its_id(contoso: Graph) -> None:
    assert contoso.get(f"/directoryObjects/{IDA}")["@odata.type"] == "#microsoft.graph.user"
    group = contoso.get(f"/directoryObjects/{GROUPS['Expenses Users']}")
    assert group["@odata.type"] == "#microsoft.graph.group"
    assert contoso("GET", "/directoryObjects/00000000-0000-4000-8000-00000000dead").status_code == 404
