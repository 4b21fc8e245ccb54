"""Users: single reads, projections, changes and what is out of reach."""

from urllib.parse import quote

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
