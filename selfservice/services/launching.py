"""Launching: the link by which a guest opens what they were given, in the right tenant."""

from selfservice.config.settings import Settings
from selfservice.model.package import AccessPackage


def launch_url(settings: Settings, package: AccessPackage) -> str:
    """Return the package's own launch link, or the page of the tenant's apps in its cloud.

    Source: https://learn.microsoft.com/entra/external-id/redemption-experience
    """
    if package.launch_url:
        return package.launch_url
    tenant = settings.tenant_by_id(package.tenant_id)
    return f"{tenant.cloud.apps_url}/?tenantid={package.tenant_id}" if tenant else ""
