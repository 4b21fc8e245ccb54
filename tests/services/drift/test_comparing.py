"""What a comparison finds, that it finds it once, and what makes it go."""

from datetime import timedelta

import pytest

from selfservice.model.directory import UserType
from selfservice.model.drift import DriftKind, DriftState
from selfservice.model.package import AccessPackage, ResourceRole, RoleKind
from selfservice.model.planning import GivenRole
from selfservice.store.transaction import transaction
from tests.services.drift.making import (
    DAY,
    HOUR,
    READER_ROLE,
    USERS_ROLE,
    block,
    change,
    compare,
    drop_role,
    end,
    finding,
    grant,
    guest_there,
    hold,
    known_guest,
    put_role,
)
from tests.services.making import BOB, CONTOSO, EXPENSES_APP, READER, World

ROLES = pytest.mark.parametrize("role", [USERS_ROLE, READER_ROLE], ids=["group", "appRole"])


@pytest.fixture
def world(world: World) -> World:
    """Expenses gives an app role besides, and the guest objects are older than the mirror's last look."""
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        package.roles.append(
            ResourceRole(
                kind=RoleKind.APP_ROLE,
                resource_id=EXPENSES_APP,
                role_id=READER,
                resource_name="Expenses",
                role_name="Reads expense reports",
            )
        )
    return world


def kinds(world: World, after: timedelta = HOUR) -> list[DriftKind]:
    return [found.kind for found in compare(world, after)]


@ROLES
def test_nothing_differs_where_the_directory_has_what_was_approved(world: World, role: GivenRole) -> None:
    hold(world, role=role)
    assert kinds(world) == []


@ROLES
def test_what_has_ended_here_and_is_alive_there_is_the_worst(world: World, role: GivenRole) -> None:
    held = hold(world, role=role)
    end(world, held)
    (found,) = compare(world)
    assert (found.kind, found.severity, found.assignment_id) == (DriftKind.ALIVE_AFTER_END, 0, held.assignment_id)
    assert found.cause == "It was not taken away when the access ended."
    assert found.role is not None
    assert found.role.key == role.key


def test_another_access_that_gives_the_same_role_keeps_it(world: World) -> None:
    held = hold(world)
    grant(world, held.guest_id, guest_there(world))
    end(world, held)
    assert kinds(world) == []


@ROLES
def test_a_role_that_nobody_approved_is_found(world: World, role: GivenRole) -> None:
    person = guest_there(world)
    put_role(world, person.object_id, role)
    (found,) = compare(world)
    assert (found.kind, found.guest_id, found.name) == (DriftKind.UNAPPROVED_ROLE, None, "Gus 1")


def test_members_of_the_tenant_itself_are_none_of_our_business(world: World) -> None:
    put_role(world, BOB.object_id)
    assert kinds(world) == []


@ROLES
def test_a_role_that_is_missing_there_is_found(world: World, role: GivenRole) -> None:
    held = hold(world, role=role)
    assert kinds(world) == []
    drop_role(world, held.object_id, role)
    (found,) = compare(world)
    assert (found.kind, found.assignment_id) == (DriftKind.MISSING_ROLE, held.assignment_id)
    assert found.cause.startswith("Somebody else changed it in the directory between 10:00 on 10 Jan 2027")


def test_what_we_did_a_moment_ago_is_left_alone(world: World) -> None:
    held = hold(world)
    drop_role(world, held.object_id)
    assert kinds(world, timedelta(minutes=1)) == []
    assert kinds(world, timedelta(minutes=9)) == [DriftKind.MISSING_ROLE]


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"enabled": False}, DriftKind.GUEST_DISABLED),
        ({"user_type": UserType.MEMBER}, DriftKind.TREATED_OTHERWISE),
        ({"mail": "new@partner.example", "mail_key": "new@partner.example"}, DriftKind.ADDRESS_CHANGED),
    ],
)
def test_a_guest_object_that_was_changed_there_is_found(
    world: World, facts: dict[str, object], kind: DriftKind
) -> None:
    held = hold(world)
    change(world, held, **facts)
    assert kinds(world) == [kind]


def test_a_guest_who_was_deleted_there_is_found_once_and_lacks_nothing_else(world: World) -> None:
    held = hold(world)
    change(world, held, removed_at=world.rt.clock())
    drop_role(world, held.object_id)
    (found,) = compare(world)
    assert (found.kind, found.since) == (DriftKind.GUEST_GONE, world.rt.clock() - HOUR)


def test_a_guest_whom_we_blocked_and_somebody_enabled_is_found(world: World) -> None:
    held = hold(world)
    block(world, held)
    assert kinds(world) == [DriftKind.GUEST_ENABLED]


def test_a_guest_whom_we_blocked_is_as_they_should_be(world: World) -> None:
    held = hold(world)
    block(world, held)
    change(world, held, enabled=False)
    assert kinds(world) == []


def test_an_access_that_was_approved_after_a_block_lets_the_guest_in(world: World) -> None:
    held = hold(world)
    block(world, held)
    assert kinds(world) == [DriftKind.GUEST_ENABLED]
    grant(world, held.guest_id, guest_there(world))
    assert kinds(world) == []


def test_a_guest_of_somebody_else_who_holds_nothing_of_ours_is_left_alone(world: World) -> None:
    person = guest_there(world, enabled=False)
    known_guest(world, person, managed=False)
    assert kinds(world) == []


def test_a_difference_is_one_finding_while_it_lasts_and_another_when_it_comes_back(world: World) -> None:
    person = guest_there(world)
    put_role(world, person.object_id)
    (first,) = compare(world)
    (again,) = compare(world)
    assert again.id == first.id
    assert again.seen_at > first.seen_at
    drop_role(world, person.object_id)
    assert compare(world) == []
    gone = finding(world, first.id)
    assert (gone.state, gone.closed_why) == (DriftState.CLOSED, "It went by itself.")
    put_role(world, person.object_id)
    (back,) = compare(world, DAY)
    assert back.id != first.id


def test_a_tenant_is_compared_by_itself(world: World) -> None:
    person = guest_there(world)
    put_role(world, person.object_id)
    (found,) = compare(world)
    assert found.tenant_id == CONTOSO
