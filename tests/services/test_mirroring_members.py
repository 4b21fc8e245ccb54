"""Members of the groups that matter, and who holds the roles of Selfservice itself."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from selfservice.model.application import RoleHolder
from selfservice.model.directory import AppRoleAssignment, DirectoryApplication, DirectoryAppRole, DirectoryGroup
from selfservice.model.group import GroupMembership
from selfservice.model.mirror import MirrorKind
from selfservice.model.package import AccessPackage, PackageApprover, PartyKind
from selfservice.services import leasing, mirroring
from selfservice.store.transaction import reading, transaction
from tests.services.making import CONTOSO, EXPENSES_APPROVERS, EXPENSES_USERS, START, TIER_0, World
from tests.services.mirror_steps import IDS, MINUTE, later, mirror_again, state, telling_contoso
from tests.services.telling import FORBIDDEN, TellingDirectory

contoso = pytest.fixture(telling_contoso)


def members(world: World, group_id: str) -> set[str]:
    with reading(world.rt.sessions) as tx:
        found = select(GroupMembership.member_id).where(
            GroupMembership.tenant_id == CONTOSO, GroupMembership.group_id == group_id
        )
        return set(tx.scalars(found))


def approve_by(world: World, group_id: str) -> None:
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        package.approvers.append(PackageApprover(kind=PartyKind.GROUP, object_id=group_id, position=9))


def test_the_groups_that_a_package_names_are_read_in_full_and_no_others(
    world: World, contoso: TellingDirectory
) -> None:
    contoso.members |= {EXPENSES_APPROVERS: list(IDS[:5]), EXPENSES_USERS: [IDS[0]], TIER_0: list(IDS)}
    mirroring.mirror(world.rt, CONTOSO)
    assert members(world, EXPENSES_APPROVERS) == set(IDS[:5])
    assert members(world, EXPENSES_USERS) == {IDS[0]}
    assert TIER_0 not in contoso.asked("members")


def test_members_follow_the_directory(world: World, contoso: TellingDirectory) -> None:
    contoso.members[EXPENSES_APPROVERS] = [IDS[0], IDS[1]]
    mirroring.mirror(world.rt, CONTOSO)
    contoso.members[EXPENSES_APPROVERS] = [IDS[1], IDS[2]]
    mirror_again(world)
    assert members(world, EXPENSES_APPROVERS) == {IDS[1], IDS[2]}


def test_a_group_that_begins_to_matter_is_read_at_once(world: World, contoso: TellingDirectory) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    assert CONTOSO not in mirroring.due_tenants(world.rt)
    contoso.members[TIER_0] = [IDS[4]]
    approve_by(world, TIER_0)
    assert CONTOSO in mirroring.due_tenants(world.rt)
    mirroring.mirror(world.rt, CONTOSO)
    assert members(world, TIER_0) == {IDS[4]}
    assert CONTOSO not in mirroring.due_tenants(world.rt)


def test_a_group_that_no_longer_matters_is_forgotten(world: World, contoso: TellingDirectory) -> None:
    contoso.members[EXPENSES_APPROVERS] = [IDS[0]]
    mirroring.mirror(world.rt, CONTOSO)
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        package.approvers.clear()
    mirror_again(world)
    assert members(world, EXPENSES_APPROVERS) == set()


def test_a_group_that_is_gone_has_no_members_and_is_not_asked_for(world: World, contoso: TellingDirectory) -> None:
    contoso.groups.put(DirectoryGroup(object_id=EXPENSES_USERS), DirectoryGroup(object_id=EXPENSES_APPROVERS))
    contoso.members[EXPENSES_APPROVERS] = [IDS[0]]
    mirroring.mirror(world.rt, CONTOSO)
    contoso.groups.remove(EXPENSES_APPROVERS)
    del contoso.members[EXPENSES_APPROVERS]
    mirror_again(world)
    assert members(world, EXPENSES_APPROVERS) == set()
    assert state(world, MirrorKind.MEMBERS).failure == ""


def test_a_group_that_cannot_be_read_does_not_hide_the_others_and_is_not_asked_for_all_the_time(
    world: World, contoso: TellingDirectory
) -> None:
    contoso.members |= {EXPENSES_USERS: [IDS[0]], EXPENSES_APPROVERS: [IDS[1]]}
    contoso.failures["members"] = [FORBIDDEN]
    mirroring.mirror(world.rt, CONTOSO)
    assert members(world, EXPENSES_APPROVERS) == {IDS[1]}
    assert state(world, MirrorKind.MEMBERS).failure == FORBIDDEN.cause
    assert CONTOSO not in mirroring.due_tenants(world.rt)
    mirror_again(world)
    assert members(world, EXPENSES_USERS) == {IDS[0]}


def test_a_round_that_was_cut_short_goes_on_at_the_next_group(world: World, contoso: TellingDirectory) -> None:
    contoso.before["members"] = lambda: leasing.revoke(world.rt, mirroring.lease_of(CONTOSO))
    mirroring.mirror(world.rt, CONTOSO)
    contoso.before.clear()
    mirroring.mirror(world.rt, CONTOSO)
    assert contoso.asked("members") == [EXPENSES_USERS, EXPENSES_APPROVERS]


ADMIN, AUDITOR, OTHER = (f"7000000{n}-0000-4000-8000-000000000001" for n in range(3))
OURS = DirectoryApplication(
    object_id="60000000-0000-4000-8000-000000000001",
    app_id="client-of-sign-in",
    roles=(
        DirectoryAppRole(role_id=ADMIN, value="Admin", display_name="Admin"),
        DirectoryAppRole(role_id=AUDITOR, value="Auditor", display_name="Auditor"),
        DirectoryAppRole(role_id=OTHER, value="Other", display_name="Other"),
    ),
)


def given(to: str, role: str, *, kind: str = "User") -> AppRoleAssignment:
    return AppRoleAssignment(
        assignment_id=f"{to}{role}", principal_id=to, principal_type=kind, resource_id=OURS.object_id, role_id=role
    )


def holders(world: World) -> set[tuple[str, str]]:
    with reading(world.rt.sessions) as tx:
        return {(row.object_id, row.role) for row in tx.scalars(select(RoleHolder))}


def test_s11_role_holders_are_people_and_direct_members_of_groups_and_lose_it_again(
    world: World, contoso: TellingDirectory
) -> None:
    contoso.selfservice = OURS
    contoso.members[TIER_0] = [IDS[1], IDS[2]]
    contoso.assignments = [
        given(IDS[0], ADMIN),
        given(TIER_0, AUDITOR, kind="Group"),
        given(IDS[3], OTHER),
        given(IDS[4], ADMIN, kind="ServicePrincipal"),
    ]
    mirroring.mirror(world.rt, CONTOSO)
    assert holders(world) == {(IDS[0], "Admin"), (IDS[1], "Auditor"), (IDS[2], "Auditor")}
    contoso.members[TIER_0] = [IDS[2]]
    contoso.assignments = contoso.assignments[1:]
    mirror_again(world)
    assert holders(world) == {(IDS[2], "Auditor")}


def test_s11_a_round_speaks_of_the_moment_at_which_it_began(world: World, contoso: TellingDirectory) -> None:
    contoso.selfservice = OURS
    contoso.before["assignments"] = lambda: later(world, MINUTE)
    contoso.assignments = [given(IDS[0], ADMIN)]
    mirroring.mirror(world.rt, CONTOSO)
    assert state(world, MirrorKind.ROLE_HOLDERS).synced_at == START


def test_a_role_that_is_switched_off_is_held_by_nobody(world: World, contoso: TellingDirectory) -> None:
    contoso.selfservice = replace(OURS, roles=(replace(OURS.roles[0], enabled=False),))
    contoso.assignments = [given(IDS[0], ADMIN)]
    mirroring.mirror(world.rt, CONTOSO)
    assert holders(world) == set()


def test_a_tenant_in_which_nobody_signs_in_has_no_role_holders(world: World, contoso: TellingDirectory) -> None:
    mirroring.mirror(world.rt, CONTOSO)
    assert holders(world) == set()
    assert state(world, MirrorKind.ROLE_HOLDERS).synced_at == START
