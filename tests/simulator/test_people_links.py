"""Managers and sponsors, and the references that lead to them."""

import pytest

from tests.simulator.clients import Graph, error_of, message_of
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
