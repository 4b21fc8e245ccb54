"""Groups and applications are what the directory says of them, learnt once and noticed when it changes."""

from dataclasses import replace

import pytest

from selfservice.model.application import Application
from selfservice.model.directory import DirectoryApplication, DirectoryAppRole, DirectoryGroup
from selfservice.model.group import Group
from tests.model.making import CONTOSO, NOW

GROUP = DirectoryGroup(object_id="g1", display_name="Expenses Users", security_enabled=True)
READER = DirectoryAppRole(role_id="r1", value="Reader", display_name="Reads", description="Reads everything.")
WRITER = DirectoryAppRole(role_id="r2", value="Writer", display_name="Writes")
APPLICATION = DirectoryApplication(
    object_id="a1", app_id="81000000-0000-4000-8000-000000000001", display_name="Expenses", roles=(READER, WRITER)
)


def known_application() -> Application:
    application = Application(tenant_id=CONTOSO, object_id="a1", app_id=APPLICATION.app_id)
    assert application.learn(APPLICATION)
    return application


@pytest.mark.parametrize(
    "change",
    [
        {"display_name": "Other"},
        {"security_enabled": False},
        {"mail_enabled": True},
        {"dynamic": True},
        {"synced": True},
        {"role_assignable": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_change_of_a_group_is_noticed_once(change: dict[str, object]) -> None:
    group = Group(tenant_id=CONTOSO, object_id="g1")
    assert group.learn(GROUP)
    assert not group.learn(GROUP)
    assert group.learn(replace(GROUP, **change))  # type: ignore[arg-type]


def test_a_group_that_is_told_of_again_is_back() -> None:
    group = Group(tenant_id=CONTOSO, object_id="g1", removed_at=NOW)
    group.learn(GROUP)
    assert group.removed_at is None


def test_an_application_is_learnt_with_its_roles() -> None:
    application = known_application()
    assert not application.learn(APPLICATION)
    assert [(role.role_id, role.value, role.description) for role in application.roles] == [
        ("r1", "Reader", "Reads everything."),
        ("r2", "Writer", None),
    ]


def test_the_roles_of_an_application_come_change_and_go() -> None:
    application = known_application()
    kept = application.roles[0]
    new = DirectoryAppRole(role_id="r3", value="Owner", display_name="Owns", enabled=False)
    told = replace(APPLICATION, roles=(replace(READER, display_name="Reads all", for_users=False), new))
    assert application.learn(told)
    assert [(role.role_id, role.display_name, role.enabled) for role in application.roles] == [
        ("r1", "Reads all", True),
        ("r3", "Owns", False),
    ]
    assert application.roles[0] is kept
    assert not kept.for_users


@pytest.mark.parametrize(
    "change",
    [{"enabled": False}, {"owner_tenant_id": CONTOSO}, {"assignment_required": True}, {"homepage": "https://x"}],
)
def test_every_change_of_an_application_is_noticed(change: dict[str, object]) -> None:
    assert known_application().learn(replace(APPLICATION, **change))  # type: ignore[arg-type]
