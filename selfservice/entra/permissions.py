"""Which application permissions the directory app of a tenant needs, and which it must not have.

https://learn.microsoft.com/graph/permissions-reference
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

READING = frozenset(
    {
        "User.Read.All",
        "GroupMember.Read.All",
        "Application.Read.All",
        "Policy.Read.All",
        "CrossTenantInformation.ReadBasic.All",
    }
)
"""What reading a tenant needs: enough for a home tenant."""

WRITING = frozenset({"User.Invite.All", "User.ReadWrite.All", "GroupMember.ReadWrite.All"})
"""What a resource tenant needs besides."""

APP_ROLES = frozenset({"AppRoleAssignment.ReadWrite.All"})
"""What packages with app roles need besides, in a resource tenant. With it, an app can grant itself any permission, so
it is an opt-in: without it, packages give group memberships alone (docs/entra-setup.md)."""

OPTIONAL = frozenset({"AuditLog.Read.All", "LifecyclePolicies-Guests.Read.All", "User-LifeCycleInfo.Read.All"})
"""What may be granted without being needed."""

PURPOSES = {
    "User.Read.All": "people, managers, guests and their changes",
    "GroupMember.Read.All": "members of the groups that rules and packages name",
    "Application.Read.All": "applications, their roles and who holds them",
    "Policy.Read.All": "who may invite, and cross-tenant access settings",
    "CrossTenantInformation.ReadBasic.All": "which organization stands behind a guest's domain",
    "User.Invite.All": "inviting guests",
    "User.ReadWrite.All": "guests' profiles and sponsors, blocking and deleting guests",
    "GroupMember.ReadWrite.All": "giving and taking group memberships",
    "AppRoleAssignment.ReadWrite.All": "giving and taking app roles",
}
"""What each permission is needed for, in words."""

TOO_MUCH = frozenset(
    {
        "Application.ReadWrite.All",
        "Application.ReadWrite.OwnedBy",
        "DelegatedPermissionGrant.ReadWrite.All",
        "Device.ReadWrite.All",
        "Directory.AccessAsUser.All",
        "Directory.ReadWrite.All",
        "Directory.Write.Restricted",
        "Domain.ReadWrite.All",
        "EntitlementManagement.ReadWrite.All",
        "Exchange.ManageAsApp",
        "Files.ReadWrite.All",
        "full_access_as_app",
        "Group.ReadWrite.All",
        "Organization.ReadWrite.All",
        "Sites.FullControl.All",
        "Sites.ReadWrite.All",
        "User.Export.All",
    }
)

TOO_MUCH_KINDS = (
    "Mail.",
    "MailboxSettings.",
    "RoleManagement.ReadWrite.",
    "RoleAssignmentSchedule.ReadWrite.",
    "RoleEligibilitySchedule.ReadWrite.",
    "PrivilegedAccess.ReadWrite.",
    "PrivilegedAssignmentSchedule.ReadWrite.",
    "PrivilegedEligibilitySchedule.ReadWrite.",
    "Policy.ReadWrite.",
    "UserAuthenticationMethod.ReadWrite.",
    "UserAuthMethod-",
)


@dataclass(frozen=True, kw_only=True)
class PermissionReport:
    """What is missing, what is more than needed, and what is so much more that the app must not run with it."""

    missing: frozenset[str] = frozenset()
    extra: frozenset[str] = frozenset()
    dangerous: frozenset[str] = frozenset()


def needed(*, is_home: bool, is_resource: bool, gives_app_roles: bool = False) -> frozenset[str]:
    """Return the permissions that a tenant's directory app needs, by what the tenant is used for."""
    permissions = READING if is_home or is_resource else frozenset[str]()
    if is_resource:
        permissions |= WRITING | (APP_ROLES if gives_app_roles else frozenset[str]())
    return permissions


def judge(
    granted: AbstractSet[str], *, is_home: bool, is_resource: bool, gives_app_roles: bool = False
) -> PermissionReport:
    """Compare what was granted with what is needed."""
    wanted = needed(is_home=is_home, is_resource=is_resource, gives_app_roles=gives_app_roles)
    allowed = wanted | OPTIONAL | (APP_ROLES if is_resource else frozenset[str]())
    dangerous = frozenset(name for name in granted if _is_dangerous(name))
    return PermissionReport(
        missing=frozenset(name for name in wanted if name not in granted),
        extra=frozenset(granted) - allowed - dangerous,
        dangerous=dangerous,
    )


def _is_dangerous(name: str) -> bool:
    return name in TOO_MUCH or name.startswith(TOO_MUCH_KINDS)
