"""The directory in memory, on which use cases are tested, behaves like the adapter over the simulated Graph."""

from collections.abc import Callable

import pytest

from selfservice.model.directory import Accepted, RedemptionState, UserType
from selfservice.model.unable import UnableTo
from selfservice.services.ports import Directory
from tests.entra.world import GROUPS, PEOPLE, World
from tests.services.fakes import FakeDirectory

GUEST, BLOCKED = "ida@partner.example", "rex@partner.example"
EXPENSES, APPROVERS = GROUPS["Expenses Users"], GROUPS["Expenses Approvers"]
BOB, LEE, PAT = PEOPLE["bob@contoso.example"], PEOPLE["lee@contoso.example"], PEOPLE["pat@partner.example"]
NOBODY = "99999999-9999-4999-8999-999999999999"
WELCOME = "https://myapps.microsoft.com/"


def copied(world: World) -> FakeDirectory:
    """Return a directory in memory with what the simulated one holds."""
    real, fake = world.directory("Contoso"), FakeDirectory()
    for user in real.users_delta(None).changed:
        fake.put_user(user)
        fake.sponsor_ids[user.object_id] = list(real.sponsors(user.object_id))
    for group in real.groups_delta(None).changed:
        fake.put_group(group)
        fake.members[group.object_id] = set(real.group_members(group.object_id, None).items)
    for application in real.applications_delta(None).changed:
        fake.put_application(application)
    return fake


@pytest.fixture(params=["simulated", "in memory"])
def contoso(request: pytest.FixtureRequest, world: World) -> Directory:
    return world.directory("Contoso") if request.param == "simulated" else copied(world)


def invite(directory: Directory, address: str) -> str:
    return directory.invite(address=address, display_name=None, redirect_url=WELCOME, attempt_id="").user_id


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(UnableTo) as raised:
        call()
    return raised.value.code


def test_a_user_is_found_by_address_whatever_its_case(contoso: Directory) -> None:
    assert [user.object_id for user in contoso.find_users_by_address(GUEST.upper())] == [PEOPLE[GUEST]]
    assert contoso.find_users_by_address("nobody@partner.example") == ()
    assert contoso.get_user(NOBODY) is None


def test_who_is_invited_is_a_pending_guest_and_stays_the_same(contoso: Directory) -> None:
    first, second = invite(contoso, "gus@partner.example"), invite(contoso, "gus@partner.example")
    assert first == second
    guest = contoso.get_user(first)
    assert guest is not None
    assert (guest.user_type, guest.redemption_state) == (UserType.GUEST, RedemptionState.PENDING)
    assert (guest.mail, guest.enabled, guest.creation_type) == ("gus@partner.example", True, "Invitation")


def test_who_cannot_be_invited_is_refused_by_the_same_name(contoso: Directory) -> None:
    assert code_of(lambda: invite(contoso, "una@contoso.example")) == "internal-user"
    assert code_of(lambda: invite(contoso, BLOCKED)) == "guest-blocked"


def test_profiles_are_changed(contoso: Directory) -> None:
    contoso.update_user(PEOPLE[GUEST], {"companyName": "Partner Ltd", "jobTitle": "Buyer"}, attempt_id="")
    guest = contoso.get_user(PEOPLE[GUEST])
    assert guest is not None
    assert (guest.company_name, guest.job_title) == ("Partner Ltd", "Buyer")
    assert code_of(lambda: contoso.update_user(NOBODY, {"companyName": "x"}, attempt_id="")) == "not-there-yet"


def test_sponsors_come_and_go_once(contoso: Directory) -> None:
    def add(sponsor: str, *, is_group: bool = False) -> Accepted:
        return contoso.add_sponsor(PEOPLE[GUEST], sponsor_id=sponsor, is_group=is_group, attempt_id="")

    assert [add(LEE).already, add(LEE).already, add(APPROVERS, is_group=True).already] == [False, True, False]
    assert set(contoso.sponsors(PEOPLE[GUEST])) == {BOB, LEE, APPROVERS}
    taken = [contoso.remove_sponsor(PEOPLE[GUEST], sponsor_id=LEE, attempt_id="").already for _ in range(2)]
    assert taken == [False, True]


def test_members_come_and_go_once(contoso: Directory) -> None:
    assert not contoso.is_member(EXPENSES, PAT)
    assert [contoso.add_member(EXPENSES, PAT, attempt_id="").already for _ in range(2)] == [False, True]
    assert contoso.is_member(EXPENSES, PAT)
    assert PAT in contoso.group_members(EXPENSES, None).items
    assert [contoso.remove_member(EXPENSES, PAT, attempt_id="").already for _ in range(2)] == [False, True]
    assert code_of(lambda: contoso.add_member(EXPENSES, NOBODY, attempt_id="")) == "not-there-yet"
    assert contoso.get_group(NOBODY) is None


def test_app_roles_come_and_go_once(contoso: Directory) -> None:
    app = contoso.find_application("5e1f5e1f-0000-4000-8000-000000000001")
    assert app is not None
    resource, role = app.object_id, next(role.role_id for role in app.roles if role.value == "Auditor")
    given = [contoso.assign_app_role(user_id=PAT, resource_id=resource, role_id=role, attempt_id="") for _ in range(2)]
    held = contoso.find_assignment(user_id=PAT, resource_id=resource, role_id=role)
    assert held is not None
    assert [one.already for one in given] == [False, True]
    assert {one.object_id for one in given} == {held.assignment_id}
    taken = [
        contoso.remove_app_role(resource_id=resource, assignment_id=held.assignment_id, attempt_id="").already
        for _ in range(2)
    ]
    assert taken == [False, True]


def test_changes_are_told_from_the_last_link(contoso: Directory) -> None:
    link = contoso.users_delta(None).delta_link
    assert link is not None
    assert contoso.users_delta(link).changed == ()
    invited = invite(contoso, "gus@partner.example")
    assert [user.object_id for user in contoso.users_delta(link).changed] == [invited]


def test_managers_are_told_of_members_alone(contoso: Directory) -> None:
    members = dict(contoso.managers(None).items)
    assert BOB in members
    assert PEOPLE[GUEST] not in members
