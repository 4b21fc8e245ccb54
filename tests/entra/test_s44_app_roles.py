"""S44: an app role that is power over a directory, or not for people, is refused before anything is written."""

import pytest

from selfservice.entra.applications import UnsafeAppRole
from selfservice.model.unable import UnableTo
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.faults import FaultKind
from tests.entra.world import PEOPLE, TENANTS, World

GUEST, MEMBER = PEOPLE["ida@partner.example"], PEOPLE["una@contoso.example"]
SELFSERVICE = "5e1f5e1f-0000-4000-8000-000000000001"
MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"
MANAGEMENT = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
NO_ROLE = "00000000-0000-0000-0000-000000000000"
UNKNOWN = "99999999-9999-4999-8999-999999999999"


def contoso(world: World) -> Tenant:
    return world.sim.world.tenants[TENANTS["Contoso"]]


def principal(world: World, app_id: str = SELFSERVICE) -> dict[str, object]:
    return next(app for app in contoso(world).principals.live.values() if app["appId"] == app_id)


def role_of(app: dict[str, object], value: str) -> str:
    roles = app["appRoles"]
    assert isinstance(roles, list)
    return str(next(role["id"] for role in roles if role["value"] == value))


def assert_refused(world: World, resource: object, role: str, user: str = GUEST) -> None:
    before = len(world.sim.world.ledger.rows)
    with pytest.raises(UnsafeAppRole) as raised:
        world.directory("Contoso").assign_app_role(user_id=user, resource_id=str(resource), role_id=role, attempt_id="")
    assert raised.value.cause
    assert raised.value.next_step
    calls = world.sim.world.ledger.calls
    assert not [path for _, method, path, _ in calls if method == "POST" and "appRoleAssignedTo" in path]
    assert len(world.sim.world.ledger.rows) == before


@pytest.mark.parametrize("app_id", [MICROSOFT_GRAPH, MANAGEMENT])
def test_s44_no_role_of_microsofts_own_applications_is_given(world: World, app_id: str) -> None:
    app = principal(world, app_id)
    roles = app["appRoles"]
    assert isinstance(roles, list)
    for role in [*(str(role["id"]) for role in roles), NO_ROLE, UNKNOWN]:
        assert_refused(world, app["id"], role)


@pytest.mark.parametrize("owner", ["f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72F988BF-86F1-41AF-91AB-2D7CD011DB47"])
def test_s44_an_application_that_microsoft_owns_is_known_by_its_owner(world: World, owner: str) -> None:
    app = principal(world)
    contoso(world).principals.change(str(app["id"]), {"appOwnerOrganizationId": owner})
    assert_refused(world, app["id"], role_of(app, "Admin"))


@pytest.mark.parametrize(
    "change", [{"allowedMemberTypes": ["Application"]}, {"isEnabled": False}, {"allowedMemberTypes": []}]
)
def test_s44_a_role_that_is_not_for_people_is_not_given(world: World, change: dict[str, object]) -> None:
    app = principal(world)
    roles = app["appRoles"]
    assert isinstance(roles, list)
    contoso(world).principals.change(str(app["id"]), {"appRoles": [{**role, **change} for role in roles]})
    assert_refused(world, app["id"], role_of(app, "Admin"))


def test_s44_a_role_that_the_application_does_not_have_is_not_given(world: World) -> None:
    app = principal(world)
    assert_refused(world, app["id"], UNKNOWN)
    assert_refused(world, app["id"], NO_ROLE)
    assert_refused(world, UNKNOWN, role_of(app, "Admin"))


def test_s44_a_role_is_for_guests_and_not_for_members(world: World) -> None:
    app = principal(world)
    assert_refused(world, app["id"], role_of(app, "Admin"), MEMBER)


@pytest.mark.parametrize("wrong", ["", "x", f"{GUEST}/appRoleAssignments"])
def test_s44_what_is_no_id_reaches_nobody(world: World, wrong: str) -> None:
    directory = world.directory("Contoso")
    for ids in ({"user_id": wrong}, {"resource_id": wrong}, {"role_id": wrong}):
        told = {"user_id": GUEST, "resource_id": UNKNOWN, "role_id": UNKNOWN, **ids}
        with pytest.raises((ValueError, UnsafeAppRole)):
            directory.assign_app_role(**told, attempt_id="")
    assert world.sim.world.ledger.rows == []


def test_a_role_is_given_found_and_taken_away_and_each_may_be_so_already(world: World) -> None:
    directory, app = world.directory("Contoso"), principal(world)
    resource, role = str(app["id"]), role_of(app, "Auditor")
    assert directory.find_assignment(user_id=GUEST, resource_id=resource, role_id=role) is None
    given = directory.assign_app_role(user_id=GUEST, resource_id=resource, role_id=role, attempt_id="")
    again = directory.assign_app_role(user_id=GUEST, resource_id=resource, role_id=role, attempt_id="")
    held = directory.find_assignment(user_id=GUEST, resource_id=resource, role_id=role)
    assert held is not None
    assert (given.already, again.already) == (False, True)
    assert given.object_id == again.object_id == held.assignment_id
    taken = directory.remove_app_role(resource_id=resource, assignment_id=held.assignment_id, attempt_id="")
    gone = directory.remove_app_role(resource_id=resource, assignment_id=held.assignment_id, attempt_id="")
    assert (taken.already, gone.already) == (False, True)
    assert directory.find_assignment(user_id=GUEST, resource_id=resource, role_id=role) is None


def test_a_role_held_through_a_group_is_no_direct_assignment(world: World) -> None:
    directory, app, tenant = world.directory("Contoso"), principal(world), contoso(world)
    group = next(iter(tenant.groups.live))
    tenant.members.add(group, GUEST)
    role = role_of(app, "Auditor")
    directory.assign_app_role(user_id=GUEST, resource_id=str(app["id"]), role_id=role, attempt_id="")
    row = next(row for row in tenant.assignments.items.values() if row["principalId"] == GUEST)
    row.update({"principalId": group, "principalType": "Group"})
    assert directory.find_assignment(user_id=GUEST, resource_id=str(app["id"]), role_id=role) is None


def test_a_role_whose_answer_is_lost_is_there_already(world: World) -> None:
    directory, app = world.directory("Contoso"), principal(world)
    told = {"user_id": GUEST, "resource_id": str(app["id"]), "role_id": role_of(app, "Auditor")}
    world.fault(FaultKind.DROP_AFTER, method="POST", path="appRoleAssignedTo")
    with pytest.raises(UnableTo) as raised:
        directory.assign_app_role(**told, attempt_id="")
    assert raised.value.outcome_unknown
    assert directory.assign_app_role(**told, attempt_id="").already
