"""What admins and auditors look at, each of their own tenant."""

from selfservice.services.overview.admin_audit import audit
from selfservice.services.overview.admin_deliveries import deliveries, delivery_page
from selfservice.services.overview.admin_packages import package_form, packages
from selfservice.services.overview.admin_tenants import tenants

__all__ = ["audit", "deliveries", "delivery_page", "package_form", "packages", "tenants"]
