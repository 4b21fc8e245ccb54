"""The open JSON objects that travel over the wire, and what a client may ask of each kind."""

from typing import Any, TypeAlias

# A directory object is whatever properties it has been given; keys that start with "~" are
# the simulator's own and never leave it.
Properties: TypeAlias = dict[str, Any]

USER_DEFAULT = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)

USER_PROPERTIES = frozenset(
    (
        *USER_DEFAULT,
        "accountEnabled",
        "ageGroup",
        "assignedLicenses",
        "assignedPlans",
        "city",
        "companyName",
        "consentProvidedForMinor",
        "country",
        "createdDateTime",
        "creationType",
        "customSecurityAttributes",
        "deletedDateTime",
        "department",
        "employeeHireDate",
        "employeeId",
        "employeeLeaveDateTime",
        "employeeOrgData",
        "employeeType",
        "externalUserState",
        "externalUserStateChangeDateTime",
        "faxNumber",
        "identities",
        "imAddresses",
        "isResourceAccount",
        "lastPasswordChangeDateTime",
        "mailNickname",
        "onPremisesDistinguishedName",
        "onPremisesDomainName",
        "onPremisesExtensionAttributes",
        "onPremisesImmutableId",
        "onPremisesLastSyncDateTime",
        "onPremisesSamAccountName",
        "onPremisesSecurityIdentifier",
        "onPremisesSyncEnabled",
        "onPremisesUserPrincipalName",
        "otherMails",
        "passwordPolicies",
        "passwordProfile",
        "postalCode",
        "preferredDataLocation",
        "provisionedPlans",
        "proxyAddresses",
        "refreshTokensValidFromDateTime",
        "securityIdentifier",
        "showInAddressList",
        "signInActivity",
        "signInSessionsValidFromDateTime",
        "state",
        "streetAddress",
        "usageLocation",
        "userType",
    )
)

# Kept outside the directory: asking a list for them is answered 501.
USER_UNSUPPORTED = frozenset(
    (
        "aboutMe",
        "birthday",
        "hireDate",
        "interests",
        "mailboxSettings",
        "mySite",
        "pastProjects",
        "preferredName",
        "responsibilities",
        "schools",
        "skills",
    )
)

USER_WRITABLE = USER_PROPERTIES - {
    "id",
    "createdDateTime",
    "creationType",
    "deletedDateTime",
    "externalUserState",
    "externalUserStateChangeDateTime",
    "identities",
    "onPremisesSyncEnabled",
    "proxyAddresses",
    "signInActivity",
}

GROUP_DEFAULT = (
    "id",
    "deletedDateTime",
    "classification",
    "createdDateTime",
    "description",
    "displayName",
    "expirationDateTime",
    "groupTypes",
    "isAssignableToRole",
    "mail",
    "mailEnabled",
    "mailNickname",
    "membershipRule",
    "membershipRuleProcessingState",
    "onPremisesLastSyncDateTime",
    "onPremisesSyncEnabled",
    "proxyAddresses",
    "renewedDateTime",
    "securityEnabled",
    "securityIdentifier",
    "visibility",
)
GROUP_PROPERTIES = frozenset((*GROUP_DEFAULT, "members", "owners", "uniqueName"))

PRINCIPAL_DEFAULT = (
    "id",
    "deletedDateTime",
    "accountEnabled",
    "appDisplayName",
    "appId",
    "appOwnerOrganizationId",
    "appRoleAssignmentRequired",
    "appRoles",
    "createdDateTime",
    "description",
    "displayName",
    "homepage",
    "loginUrl",
    "notes",
    "oauth2PermissionScopes",
    "servicePrincipalNames",
    "servicePrincipalType",
    "signInAudience",
    "tags",
)
PRINCIPAL_PROPERTIES = frozenset(PRINCIPAL_DEFAULT)

LIST_VALUED = frozenset(
    (
        "appRoles",
        "assignedLicenses",
        "assignedPlans",
        "businessPhones",
        "groupTypes",
        "identities",
        "imAddresses",
        "oauth2PermissionScopes",
        "otherMails",
        "provisionedPlans",
        "proxyAddresses",
        "servicePrincipalNames",
        "tags",
    )
)

KINDS = {"users": "user", "groups": "group", "servicePrincipals": "servicePrincipal"}
DEFAULTS = {
    "users": USER_DEFAULT,
    "groups": GROUP_DEFAULT,
    "servicePrincipals": PRINCIPAL_DEFAULT,
}
KNOWN = {
    "users": USER_PROPERTIES,
    "groups": GROUP_PROPERTIES,
    "servicePrincipals": PRINCIPAL_PROPERTIES,
}


def shown(item: Properties, names: tuple[str, ...]) -> Properties:
    """Project an object on the named properties, empty ones as null or []."""
    found = {name: item.get(name, [] if name in LIST_VALUED else None) for name in names if not name.startswith("~")}
    if "identities" in names and not found["identities"] and "userPrincipalName" in item:
        found["identities"] = [own_identity(item)]
    return found


def own_identity(user: Properties) -> Properties:
    """Give the identity of a member, which follows from the name and so is not kept."""
    name: str = user["userPrincipalName"]
    return {"signInType": "userPrincipalName", "issuer": name.partition("@")[2], "issuerAssignedId": name}
