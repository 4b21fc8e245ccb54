"""Turns Graph's objects into values of the model."""

from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from selfservice.entra import fields
from selfservice.entra.answers import IllFormed, Json
from selfservice.model.directory import (
    AppRoleAssignment,
    DirectoryApplication,
    DirectoryAppRole,
    DirectoryGroup,
    DirectoryUser,
    Invitation,
    RedemptionState,
    Secret,
    SponsorRef,
    UserType,
)

USER_PROPERTIES = (
    "id",
    "displayName",
    "mail",
    "otherMails",
    "userPrincipalName",
    "userType",
    "accountEnabled",
    "department",
    "jobTitle",
    "companyName",
    "creationType",
    "externalUserState",
    "externalUserStateChangeDateTime",
    "identities",
    "showInAddressList",
)

GROUP_PROPERTIES = (
    "id",
    "displayName",
    "securityEnabled",
    "mailEnabled",
    "groupTypes",
    "onPremisesSyncEnabled",
    "isAssignableToRole",
)

APPLICATION_PROPERTIES = (
    "id",
    "appId",
    "displayName",
    "appOwnerOrganizationId",
    "accountEnabled",
    "appRoleAssignmentRequired",
    "homepage",
    "appRoles",
)

GROUP = "#microsoft.graph.group"

E = TypeVar("E", bound=StrEnum)


def user(body: Json) -> DirectoryUser:
    """Return a user."""
    return DirectoryUser(
        object_id=fields.guid(body),
        display_name=fields.perhaps_text(body, "displayName") or "",
        mail=fields.perhaps_text(body, "mail"),
        other_mails=fields.texts(body, "otherMails"),
        user_principal_name=fields.perhaps_text(body, "userPrincipalName") or "",
        user_type=_known(UserType, fields.perhaps_text(body, "userType")),
        enabled=fields.perhaps_flag(body, "accountEnabled"),
        department=fields.perhaps_text(body, "department"),
        job_title=fields.perhaps_text(body, "jobTitle"),
        company_name=fields.perhaps_text(body, "companyName"),
        manager_id=_manager(body),
        creation_type=fields.perhaps_text(body, "creationType"),
        redemption_state=_known(RedemptionState, fields.perhaps_text(body, "externalUserState")),
        redemption_changed_at=fields.perhaps_time(body, "externalUserStateChangeDateTime"),
        issuer=_issuer(body),
        in_address_list=fields.perhaps_flag(body, "showInAddressList"),
    )


def _issuer(body: Json) -> str:
    """Return where an accepted guest signs in; before that, and for members, nothing is said.

    https://learn.microsoft.com/entra/external-id/user-properties
    """
    if body.get("identities") is None:
        return ""
    known = fields.objects(body, "identities")
    outside = (each for each in known if fields.perhaps_text(each, "signInType") != "userPrincipalName")
    return next((issuer for each in outside if (issuer := fields.perhaps_text(each, "issuer"))), "")[:100]


def sponsored(body: Json) -> tuple[str, tuple[SponsorRef, ...]]:
    """Return a guest's id and their sponsors."""
    told = fields.objects(body, "sponsors") if body.get("sponsors") is not None else ()
    return fields.guid(body), tuple(
        SponsorRef(object_id=fields.guid(each), is_group=fields.perhaps_text(each, "@odata.type") == GROUP)
        for each in told
    )


def signed_in(body: Json) -> tuple[str, datetime | None]:
    """Return a user's id and their last successful sign-in: attempts, which the other fields count, say nothing.

    https://learn.microsoft.com/graph/api/resources/signinactivity
    """
    if body.get("signInActivity") is None:
        return fields.guid(body), None
    activity = fields.inner(body, "signInActivity")
    return fields.guid(body), fields.perhaps_time(activity, "lastSuccessfulSignInDateTime")


def leaving(body: Json) -> tuple[str, datetime | None]:
    """Return a user's id and when they are said to leave."""
    return fields.guid(body), fields.perhaps_time(body, "employeeLeaveDateTime")


def managed(body: Json) -> tuple[str, str | None]:
    """Return a user's id and their manager's, or None."""
    return fields.guid(body), _manager(body)


def _manager(body: Json) -> str | None:
    return fields.guid(fields.inner(body, "manager")) if body.get("manager") is not None else None


def group(body: Json) -> DirectoryGroup:
    """Return a group."""
    return DirectoryGroup(
        object_id=fields.guid(body),
        display_name=fields.perhaps_text(body, "displayName") or "",
        security_enabled=fields.flag(body, "securityEnabled", default=False),
        mail_enabled=fields.flag(body, "mailEnabled", default=False),
        dynamic="DynamicMembership" in fields.texts(body, "groupTypes"),
        synced=fields.flag(body, "onPremisesSyncEnabled", default=False),
        role_assignable=fields.flag(body, "isAssignableToRole", default=False),
    )


def application(body: Json) -> DirectoryApplication:
    """Return a service principal with the roles of its application."""
    roles = fields.objects(body, "appRoles") if body.get("appRoles") is not None else ()
    return DirectoryApplication(
        object_id=fields.guid(body),
        app_id=fields.guid(body, "appId"),
        display_name=fields.perhaps_text(body, "displayName") or "",
        owner_tenant_id=(fields.perhaps_text(body, "appOwnerOrganizationId") or "").lower() or None,
        enabled=fields.flag(body, "accountEnabled", default=True),
        assignment_required=fields.flag(body, "appRoleAssignmentRequired", default=False),
        homepage=fields.perhaps_text(body, "homepage"),
        roles=tuple(_app_role(role) for role in roles),
    )


def _app_role(body: Json) -> DirectoryAppRole:
    return DirectoryAppRole(
        role_id=fields.guid(body),
        value=fields.perhaps_text(body, "value"),
        display_name=fields.perhaps_text(body, "displayName") or "",
        description=fields.perhaps_text(body, "description"),
        # Unsaid is no, here: a role is given only where the directory says that it may be.
        enabled=fields.flag(body, "isEnabled", default=False),
        for_users="User" in fields.texts(body, "allowedMemberTypes"),
    )


def assignment(body: Json) -> AppRoleAssignment:
    """Return who holds a role."""
    return AppRoleAssignment(
        assignment_id=fields.text(body, "id"),
        principal_id=fields.guid(body, "principalId"),
        principal_type=fields.text(body, "principalType"),
        resource_id=fields.guid(body, "resourceId"),
        role_id=fields.guid(body, "appRoleId"),
    )


def invitation(body: Json) -> Invitation:
    """Return what an invitation gave; where nothing is left to redeem there may be no link."""
    status = fields.text(body, "status")
    link = fields.perhaps_text(body, "inviteRedeemUrl") or ""
    if not link.startswith(("https://", "http://")) and (link or status != "Completed"):
        raise IllFormed("inviteRedeemUrl")
    return Invitation(
        invitation_id=fields.guid(body),
        user_id=fields.guid(fields.inner(body, "invitedUser")),
        redeem_url=Secret(link),
        status=status,
    )


def _known(kind: type[E], value: str | None) -> E | None:
    # Graph may add values at any time; one that we do not know says nothing to us.
    return next((member for member in kind if member.value == value), None)
