"""What the mirror and the catalog of the web tests hold before anybody asks."""

from selfservice.model.application import Application, AppRole
from selfservice.model.directory import UserType
from selfservice.model.group import Group, GroupMembership
from selfservice.model.package import AccessPackage, PackageApprover, PackageState, PartyKind, ResourceRole, RoleKind
from selfservice.model.person import Person
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import transaction
from tests.web.cast import CAST, NOW, Member, identifier


def fill(rt: WebRuntime) -> tuple[str, ...]:
    """Mirror the people, groups and applications, and return the ids of two published packages around a draft."""
    with transaction(rt.sessions) as tx:
        tx.add_all(_person(member) for member in CAST.values())
        tx.add_all(_directory("contoso"))
        tx.add_all(_directory("woodgrove"))
        tx.add(
            GroupMembership(
                tenant_id=identifier("contoso"), group_id=identifier("approvers"), member_id=CAST["lee"].object_id
            )
        )
        packages = [
            _package("Expenses", CAST["bob"], group=True),
            _package("Payroll", CAST["bob"], state=PackageState.DRAFT),
            _package("Design files", CAST["wes"]),
        ]
        tx.add_all(packages)
    return tuple(package.id for package in packages)


def _person(member: Member) -> Person:
    return Person(
        tenant_id=member.tenant_id,
        object_id=member.object_id,
        display_name=member.name,
        name_key=member.name.casefold(),
        mail=member.user_name,
        mail_key=member.user_name,
        user_principal_name=member.user_name,
        user_type=UserType.MEMBER,
        department="Finance",
    )


def _directory(alias: str) -> list[Group | Application]:
    tenant = identifier(alias)
    application = Application(
        tenant_id=tenant,
        object_id=identifier(f"{alias} app"),
        app_id=identifier(f"{alias} app id"),
        display_name="Ledger",
    )
    application.roles.append(
        AppRole(
            tenant_id=tenant,
            application_id=application.object_id,
            role_id=identifier("reader"),
            value="Reader",
            display_name="Reader",
        )
    )
    return [
        Group(tenant_id=tenant, object_id=identifier("users"), display_name=f"{alias} users", security_enabled=True),
        Group(tenant_id=tenant, object_id=identifier("approvers"), display_name="Approvers", security_enabled=True),
        Group(
            tenant_id=tenant,
            object_id=identifier("tier 0"),
            display_name="Tier 0 Admins",
            security_enabled=True,
            role_assignable=True,
        ),
        application,
    ]


def _package(
    name: str, owner: Member, *, state: PackageState = PackageState.PUBLISHED, group: bool = False
) -> AccessPackage:
    package = AccessPackage(
        tenant_id=owner.tenant_id,
        state=state,
        name=name,
        description=f"What {name} is for.",
        launch_url="https://apps.example/start",
        owner_id=owner.object_id,
        owner_name=owner.name,
        created_at=NOW,
        changed_at=NOW,
    )
    package.roles.append(
        ResourceRole(kind=RoleKind.GROUP, resource_id=identifier("users"), resource_name=f"{owner.tenant} users")
    )
    package.approvers.append(PackageApprover(kind=PartyKind.PERSON, object_id=owner.object_id, name=owner.name))
    if group:
        package.approvers.append(
            PackageApprover(position=1, kind=PartyKind.GROUP, object_id=identifier("approvers"), name="Approvers")
        )
    return package
