"""Makes the directory that a mirror would be the mirror of."""

from sqlalchemy import select

from selfservice.model.application import Application
from selfservice.model.directory import DirectoryApplication, DirectoryAppRole, DirectoryGroup, DirectoryUser
from selfservice.model.group import Group, GroupMembership
from selfservice.model.person import Person
from selfservice.store.transaction import reading
from tests.services.fakes import FakeDirectory
from tests.services.making import CONTOSO, FakeDirectories, TestRuntime


def copy_directory(rt: TestRuntime, tenant_id: str = CONTOSO) -> FakeDirectory:
    """Return a directory with what the mirror knows of the tenant; `rt.directories` has it from now on."""
    directory = FakeDirectory(tenant_id=tenant_id)
    with reading(rt.sessions) as tx:
        for person in tx.scalars(select(Person).where(Person.tenant_id == tenant_id)):
            directory.put_user(_user(person))
        for group in tx.scalars(select(Group).where(Group.tenant_id == tenant_id)):
            directory.put_group(_group(group))
        for application in tx.scalars(select(Application).where(Application.tenant_id == tenant_id)):
            directory.put_application(_application(application))
        for row in tx.scalars(select(GroupMembership).where(GroupMembership.tenant_id == tenant_id)):
            directory.members[row.group_id].add(row.member_id)
    assert isinstance(rt.directories, FakeDirectories)
    rt.directories.by_tenant[tenant_id] = directory
    return directory


def _user(person: Person) -> DirectoryUser:
    return DirectoryUser(
        object_id=person.object_id,
        display_name=person.display_name,
        mail=person.mail,
        user_principal_name=person.user_principal_name,
        user_type=person.user_type,
        enabled=person.enabled,
        department=person.department,
        creation_type=person.creation_type,
        redemption_state=person.redemption_state,
    )


def _group(group: Group) -> DirectoryGroup:
    return DirectoryGroup(
        object_id=group.object_id,
        display_name=group.display_name,
        security_enabled=group.security_enabled,
        mail_enabled=group.mail_enabled,
        dynamic=group.dynamic,
        synced=group.synced,
        role_assignable=group.role_assignable,
    )


def _application(application: Application) -> DirectoryApplication:
    return DirectoryApplication(
        object_id=application.object_id,
        app_id=application.app_id,
        display_name=application.display_name,
        owner_tenant_id=application.owner_tenant_id,
        enabled=application.enabled,
        roles=tuple(
            DirectoryAppRole(
                role_id=role.role_id, value=role.value, display_name=role.display_name, description=role.description
            )
            for role in application.roles
        ),
    )
