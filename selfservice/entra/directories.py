"""The directories of every configured tenant, each made when it is first needed."""

import os
import threading
from collections.abc import Mapping

from selfservice.config.settings import Settings, Tenant
from selfservice.entra.applications import ApplicationEndpoints
from selfservice.entra.deleted import LifeEndpoints
from selfservice.entra.groups import GroupEndpoints
from selfservice.entra.meanings import Service
from selfservice.entra.policies import PolicyEndpoints
from selfservice.entra.sponsors import SponsorEndpoints
from selfservice.entra.tokens import AppTokens
from selfservice.entra.transport import Transport
from selfservice.entra.users import UserEndpoints
from selfservice.entra.wire import Limits
from selfservice.model.directory import GrantedPermissions


class GraphDirectory(
    UserEndpoints, SponsorEndpoints, LifeEndpoints, GroupEndpoints, ApplicationEndpoints, PolicyEndpoints
):
    """One tenant's directory, through Microsoft Graph v1.0."""

    def __init__(self, transport: Transport, tokens: AppTokens) -> None:
        super().__init__(transport)
        self._tokens = tokens

    def granted_permissions(self) -> GrantedPermissions:
        """Get a token and return what it grants. Raises `UnableTo`."""
        return self._tokens.granted()


class GraphDirectories:
    """The directories of every configured tenant. Only a worker makes them: the credentials are read in here."""

    def __init__(
        self, settings: Settings, environ: Mapping[str, str] = os.environ, *, limits: Limits | None = None
    ) -> None:
        self._tenants = {tenant.tenant_id: tenant for tenant in settings.tenants.values()}
        self._environ = environ
        self._limits = limits
        self._made: dict[str, GraphDirectory] = {}
        self._lock = threading.Lock()

    def of(self, tenant_id: str) -> GraphDirectory:
        """Return the directory of a configured tenant. Raises `KeyError` for any other."""
        tenant = self._tenants[tenant_id]
        with self._lock:
            if tenant_id not in self._made:
                self._made[tenant_id] = self._make(tenant)
            return self._made[tenant_id]

    def _make(self, tenant: Tenant) -> GraphDirectory:
        service = service_of(tenant)
        tokens = AppTokens(
            tenant_id=tenant.tenant_id,
            cloud=tenant.cloud,
            credential=tenant.credential,
            service=service,
            environ=self._environ,
        )
        return GraphDirectory(Transport(tenant.cloud, tokens, service, limits=self._limits), tokens)


def service_of(tenant: Tenant) -> Service:
    """Return a tenant as people know it."""
    return Service(name=tenant.name, owner=tenant.help_contact or f"An admin of {tenant.name}")
