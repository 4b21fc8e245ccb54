"""What stands for a tenant on every page."""

from selfservice.config.settings import Settings
from selfservice.services.overview.rows import TenantMark


def mark_of(settings: Settings, tenant_id: str) -> TenantMark:
    """Return the mark of a tenant; one that is configured no more keeps its id as its name."""
    tenant = settings.tenant_by_id(tenant_id)
    if tenant is None:
        return TenantMark(alias="", name=tenant_id, mark="?", tenant_id=tenant_id)
    return TenantMark(
        alias=tenant.alias,
        name=tenant.name,
        mark=tenant.mark,
        tenant_id=tenant.tenant_id,
        help_contact=tenant.help_contact,
    )
