"""The policies a tenant is born with, and what they mean for an invitation."""

import copy

from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant

_EVERYONE: Properties = {
    "usersAndGroups": {
        "accessType": "allowed",
        "targets": [{"target": "AllUsers", "targetType": "user"}],
    },
    "applications": {
        "accessType": "allowed",
        "targets": [{"target": "AllApplications", "targetType": "application"}],
    },
}
_NOBODY: Properties = {
    "usersAndGroups": {
        "accessType": "blocked",
        "targets": [{"target": "AllUsers", "targetType": "user"}],
    },
    "applications": {
        "accessType": "blocked",
        "targets": [{"target": "AllApplications", "targetType": "application"}],
    },
}

_BORN: Properties = {
    "authorization": {
        "id": "authorizationPolicy",
        "allowInvitesFrom": "everyone",
        "allowedToSignUpEmailBasedSubscriptions": True,
        "allowedToUseSSPR": True,
        "allowEmailVerifiedUsersToJoinOrganization": True,
        "allowUserConsentForRiskyApps": False,
        "blockMsolPowerShell": None,
        "displayName": "Authorization Policy",
        "description": "Used to manage authorization related settings across the company.",
        "guestUserRoleId": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
        "defaultUserRolePermissions": {
            "allowedToCreateApps": True,
            "allowedToCreateSecurityGroups": True,
            "allowedToReadOtherUsers": True,
            "permissionGrantPoliciesAssigned": ["just-user-read"],
        },
    },
    "crossTenantDefault": {
        "isServiceDefault": True,
        "inboundTrust": {
            "isMfaAccepted": False,
            "isCompliantDeviceAccepted": False,
            "isHybridAzureADJoinedDeviceAccepted": False,
        },
        "automaticUserConsentSettings": {
            "inboundAllowed": False,
            "outboundAllowed": False,
        },
        "b2bCollaborationInbound": _EVERYONE,
        "b2bCollaborationOutbound": _EVERYONE,
        "b2bDirectConnectInbound": _NOBODY,
        "b2bDirectConnectOutbound": _NOBODY,
    },
    "email": {
        "id": "Email",
        "state": "enabled",
        "allowExternalIdToUseEmailOtp": "default",
        "includeTargets": [],
    },
    "domains": {"AllowedDomains": [], "BlockedDomains": []},
    "clouds": {"allowedCloudEndpoints": []},
    "guestLifecycle": {"policies": []},
}


def policies(changes: Properties) -> Properties:
    """Give the policies of a new tenant, with changes per policy."""
    born = copy.deepcopy(_BORN)
    for name, values in changes.items():
        born[name].update(values)
    return born


def partner(tenant_id: str) -> Properties:
    """Give a partner entry that inherits everything from the default."""
    return {
        "tenantId": tenant_id,
        "isServiceProvider": None,
        "isInMultiTenantOrganization": False,
        "inboundTrust": None,
        "automaticUserConsentSettings": {
            "inboundAllowed": None,
            "outboundAllowed": None,
        },
        "b2bCollaborationInbound": None,
        "b2bCollaborationOutbound": None,
        "b2bDirectConnectInbound": None,
        "b2bDirectConnectOutbound": None,
    }


def allows(tenant: Tenant, section: str, other: str | None) -> bool:
    """Tell whether a cross-tenant section lets all users of the other tenant through."""
    own = tenant.partners.get(other or "", {}).get(section)
    people = (own or tenant.policies["crossTenantDefault"][section])["usersAndGroups"]
    everybody = any(target["target"] == "AllUsers" for target in people["targets"])
    return bool((people["accessType"] == "allowed") == everybody)


def consents_automatically(tenant: Tenant, direction: str, other: str) -> bool:
    """Tell whether a tenant suppresses the consent page in one direction; null means no."""
    entry = tenant.partners.get(other, {})
    return bool((entry.get("automaticUserConsentSettings") or {}).get(direction))


def domain_allowed(tenant: Tenant, domain: str) -> bool:
    """Tell whether the tenant's list of domains lets an address in."""
    lists = tenant.policies["domains"]
    if lists["AllowedDomains"]:
        return domain.lower() in lists["AllowedDomains"]
    return domain.lower() not in lists["BlockedDomains"]


def one_time_codes(tenant: Tenant) -> bool:
    """Tell whether guests without a home directory may sign in by a code in the mail."""
    return bool(tenant.policies["email"]["allowExternalIdToUseEmailOtp"] != "disabled")
