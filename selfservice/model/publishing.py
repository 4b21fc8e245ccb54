"""What may be published in an access package, and what never: privileged roles, first-party applications, read-only
groups.
"""

from selfservice.model.application import Application, AppRole
from selfservice.model.group import Group
from selfservice.model.refusal import Refused

MICROSOFT_TENANTS = frozenset(
    {
        "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
        "72f988bf-86f1-41af-91ab-2d7cd011db47",
    }
)
"""The tenants that own Microsoft's first-party applications.

Source: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
"""

DENIED_APP_IDS = frozenset(
    {
        "00000003-0000-0000-c000-000000000000",
        "00000002-0000-0000-c000-000000000000",
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        "00000002-0000-0ff1-ce00-000000000000",
        "00000003-0000-0ff1-ce00-000000000000",
    }
)
"""Microsoft Graph, Azure AD Graph, Azure Service Management, Exchange Online, SharePoint Online: an app role of theirs
is power over the directory or its data, whatever it is called."""


class NotPublishable(Refused):
    """The resource role must not, or cannot, be given through an access package."""


def why_group_is_unsafe(group: Group) -> str | None:
    """Say why membership of this group must not be published, or None."""
    if group.removed_at is not None:
        return "The group no longer exists in the directory."
    if group.role_assignable:
        return "The group can hold directory roles, so its members may be administrators."
    if group.dynamic:
        return "The group's members are chosen by a rule of the directory, so nobody can be added."
    if group.synced:
        return "The group is synced from an on-premises directory, so it cannot be changed here."
    if group.mail_enabled and group.security_enabled:
        return "The group is a mail-enabled security group, which Microsoft Graph cannot change."
    if not group.security_enabled and not group.mail_enabled:
        return "The group gives no access."
    return None


def why_application_is_unsafe(application: Application) -> str | None:
    """Say why no role of this application may be published, or None."""
    if application.app_id in DENIED_APP_IDS or application.owner_tenant_id in MICROSOFT_TENANTS:
        return "The application is Microsoft's own; its roles are power over the directory."
    if application.removed_at is not None:
        return "The application no longer exists in the directory."
    if not application.enabled:
        return "Sign-in to the application is switched off in the directory."
    return None


def why_role_is_unsafe(application: Application, role: AppRole) -> str | None:
    """Say why this app role must not be published, or None."""
    unsafe = why_application_is_unsafe(application)
    if unsafe:
        return unsafe
    if not role.enabled:
        return "The application has switched this role off."
    if not role.for_users:
        return "The role is for applications, not for people."
    return None
