"""What leads from one cloud into another: nothing, until both tenants name each other and each other's cloud.

A tenant in another cloud is found by its id alone, never by a domain, and its people by the name they sign in with.
https://learn.microsoft.com/entra/external-id/cross-cloud-settings
"""

from urllib.parse import urlsplit

from selfservice.simulator.directory.people import is_external
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.world import World


def home_across(world: World, tenant: Tenant, address: str) -> tuple[Tenant, str] | None:
    """Find the tenant of another cloud, linked with this one, where somebody signs in by this name; and who it is."""
    for cloud in world.clouds.values():
        for home in cloud.tenants.values() if cloud is not world else ():
            if _opens_to(tenant, home, cloud) and _opens_to(home, tenant, world):
                for user in home.users.by_key(address):
                    if not is_external(user) and user["userPrincipalName"].lower() == address.lower():
                        return home, user["id"]
    return None


def _opens_to(tenant: Tenant, other: Tenant, cloud: World) -> bool:
    endpoints = tenant.policies.get("clouds", {}).get("allowedCloudEndpoints", [])
    return urlsplit(cloud.site.login).netloc in endpoints and other.id in tenant.partners
