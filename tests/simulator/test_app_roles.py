"""Service principals and the assignment of their app roles."""

from typing import Any

import pytest

from tests.simulator.clients import Graph, Simulated, error_of, message_of
from tests.simulator.naming import GROUPS, OIDS
from tests.simulator.test_graph_examples import principal

BOB, IDA = OIDS["bob@contoso.example"], OIDS["ida@partner.example"]


@pytest.fixture
def expenses(sim: Simulated) -> dict[str, Any]:
    return principal(sim, "Expenses")


def role(app: dict[str, Any], value: str) -> str:
    return next(str(role["id"]) for role in app["appRoles"] if role["value"] == value)


def wish(app: dict[str, Any], who: str, value: str = "Reader") -> dict[str, str]:
    return {"principalId": who, "resourceId": app["id"], "appRoleId": role(app, value)}


def test_an_app_is_found_by_its_app_id(contoso: Graph, expenses: dict[str, Any]) -> None:
    [found] = contoso.get(f"/servicePrincipals?$filter=appId eq '{expenses['appId']}'&$select=id,appRoles")["value"]
    assert found["id"] == expenses["id"]
    direct = contoso.get(f"/servicePrincipals(appId='{expenses['appId']}')")
    assert direct["id"] == expenses["id"]
    assert {"Reader", "Legacy"} <= {role["value"] for role in direct["appRoles"]}
    assert contoso.get(f"/servicePrincipals/{expenses['id']}")["appId"] == expenses["appId"]
    assert contoso("GET", "/servicePrincipals(appId='00000000-0000-4000-8000-00000000dead')").status_code == 404


def test_a_role_is_assigned_once(contoso: Graph, expenses: dict[str, Any]) -> None:
    path = f"/servicePrincipals/{expenses['id']}/appRoleAssignedTo"
    first = contoso("POST", path, wish(expenses, IDA))
    assert first.status_code == 201
    assert first.json()["principalType"] == "User"
    assert "-" in first.json()["createdDateTime"]
    again = contoso("POST", path, wish(expenses, IDA))
    assert error_of(again) == (400, "Request_BadRequest")
    assert message_of(again) == "Permission being assigned already exists on the object"
    assert [row["principalId"] for row in contoso.get(path)["value"]].count(IDA) == 1


def test_a_group_may_hold_a_role(contoso: Graph, expenses: dict[str, Any]) -> None:
    path = f"/servicePrincipals(appId='{expenses['appId']}')/appRoleAssignedTo"
    body = contoso("POST", path, wish(expenses, GROUPS["Expenses Approvers"])).json()
    assert (body["principalType"], body["principalDisplayName"]) == ("Group", "Expenses Approvers")


@pytest.mark.parametrize(
    ("value", "words"),
    [("Legacy", "was not found on application"), ("Expenses.Import", "not allowed for a principal of this type")],
)
def test_a_disabled_or_application_role_is_not_for_people(
    contoso: Graph, expenses: dict[str, Any], value: str, words: str
) -> None:
    path = f"/servicePrincipals/{expenses['id']}/appRoleAssignedTo"
    refused = contoso("POST", path, wish(expenses, IDA, value))
    assert error_of(refused) == (400, "Request_BadRequest")
    assert words in message_of(refused)


def test_ids_that_do_not_belong_together_are_refused(sim: Simulated, contoso: Graph, expenses: dict[str, Any]) -> None:
    path = f"/servicePrincipals/{expenses['id']}/appRoleAssignedTo"
    other = principal(sim, "Month End Close")
    mixed = contoso("POST", path, {**wish(expenses, IDA), "resourceId": expenses["appId"]})
    assert message_of(mixed) == "Not a valid reference update."
    foreign = contoso("POST", path, {**wish(expenses, IDA), "appRoleId": role(other, "Viewer")})
    assert "was not found on application" in message_of(foreign)
    nobody = {**wish(expenses, IDA), "principalId": "00000000-0000-4000-8000-00000000dead"}
    assert contoso("POST", path, nobody).status_code == 404
    assert contoso("POST", path, {}).status_code == 400


def test_the_default_role_is_only_for_apps_without_roles(sim: Simulated, contoso: Graph) -> None:
    zero = "00000000-0000-0000-0000-000000000000"
    expenses, plain = principal(sim, "Expenses"), principal(sim, "Selfservice Mail")
    for app, status in ((expenses, 400), (plain, 201)):
        body = {"principalId": IDA, "resourceId": app["id"], "appRoleId": zero}
        assert contoso("POST", f"/servicePrincipals/{app['id']}/appRoleAssignedTo", body).status_code == status


def test_assigning_needs_both_permissions(sim: Simulated, expenses: dict[str, Any]) -> None:
    path = f"/servicePrincipals/{expenses['id']}/appRoleAssignedTo"
    only_assign = sim.graph("Contoso", "AppRoleAssignment.ReadWrite.All")
    assert only_assign("POST", path, wish(expenses, IDA)).status_code == 403
    only_read = sim.graph("Contoso", "Application.Read.All")
    assert only_read("POST", path, wish(expenses, IDA)).status_code == 403
    both = sim.graph("Contoso", "AppRoleAssignment.ReadWrite.All", "Application.Read.All")
    assert both("POST", path, wish(expenses, IDA)).status_code == 201


def test_an_assignment_is_taken_away_from_either_side(contoso: Graph, expenses: dict[str, Any]) -> None:
    path = f"/servicePrincipals/{expenses['id']}/appRoleAssignedTo"
    first = contoso("POST", path, wish(expenses, IDA)).json()["id"]
    second = contoso("POST", path, wish(expenses, IDA, "Submitter")).json()["id"]
    assert contoso("DELETE", f"{path}/{first}").status_code == 204
    assert contoso("DELETE", f"{path}/{first}").status_code == 404
    assert contoso("DELETE", f"/users/{BOB}/appRoleAssignments/{second}").status_code == 404
    assert contoso("DELETE", f"/users/{IDA}/appRoleAssignments/{second}").status_code == 204
    assert IDA not in {row["principalId"] for row in contoso.get(path)["value"]}


def test_a_persons_roles_include_those_of_direct_groups(contoso: Graph, expenses: dict[str, Any]) -> None:
    rows = contoso.get(f"/users/{IDA}/appRoleAssignments?$filter=resourceId eq {expenses['id']}")["value"]
    assert [(row["principalType"], row["principalId"]) for row in rows] == [("Group", GROUPS["Expenses Users"])]
    held = contoso.get(f"/groups/{GROUPS['Expenses Users']}/appRoleAssignments")["value"]
    assert [row["id"] for row in held] == [row["id"] for row in rows]


def test_only_documented_filters_work_on_assignments(contoso: Graph, expenses: dict[str, Any]) -> None:
    path = f"/servicePrincipals/{expenses['id']}/appRoleAssignedTo"
    assert len(contoso.get(f"{path}?$filter=startswith(principalDisplayName,'Una')")["value"]) == 1
    assert len(contoso.get(f"{path}?$filter=principalDisplayName eq 'Una Hart'")["value"]) == 1
    assert contoso("GET", f"{path}?$filter=principalId eq '{IDA}'").status_code == 400


def test_an_assignment_shows_up_late_in_lists(sim: Simulated, contoso: Graph, expenses: dict[str, Any]) -> None:
    sim.tenant("Contoso").behaviour.list_lag_seconds = 30.0
    path = f"/servicePrincipals/{expenses['id']}/appRoleAssignedTo"
    contoso("POST", path, wish(expenses, IDA))
    assert IDA not in {row["principalId"] for row in contoso.get(path)["value"]}
    sim.control("POST", "/clock", {"offset": 31})
    assert IDA in {row["principalId"] for row in contoso.get(path)["value"]}
