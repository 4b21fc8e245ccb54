"""Launching: the link by which a guest opens what they were given, in the right tenant."""

from selfservice.model.package import AccessPackage

MY_APPS = "https://myapplications.microsoft.com/?tenantid="
"""Where every app of one tenant is. Source: https://learn.microsoft.com/entra/external-id/redemption-experience"""


def launch_url(package: AccessPackage) -> str:
    """Return the package's own launch link, or the tenant's page of apps."""
    return package.launch_url or f"{MY_APPS}{package.tenant_id}"
