"""Each tenant's granted permissions, judged: what `selfservice check` says, and what a worker refuses to start with."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

from selfservice.config.settings import Tenant
from selfservice.entra.permissions import PermissionReport, judge
from selfservice.model.package import AccessPackage, ResourceRole, RoleKind
from selfservice.model.unable import UnableTo
from selfservice.services.runtime import WorkerRuntime
from selfservice.store.transaction import reading


class TooPowerful(Exception):
    """A directory app may do so much that it must not run."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a tenant has granted, or why it could not be found out."""

    tenant: Tenant
    report: PermissionReport = field(default_factory=PermissionReport)
    failure: UnableTo | None = None


def judge_tenants(rt: WorkerRuntime) -> Iterator[Judged]:
    """Get a token of each tenant and judge what it grants."""
    app_role_tenants = _tenants_that_give_app_roles(rt)
    for tenant in rt.settings.tenants.values():
        try:
            granted = rt.directories.of(tenant.tenant_id).granted_permissions().granted
        except UnableTo as failure:
            yield Judged(tenant=tenant, failure=failure)
            continue
        report = judge(
            granted,
            is_home=tenant.is_home,
            is_resource=tenant.is_resource,
            gives_app_roles=tenant.tenant_id in app_role_tenants,
        )
        yield Judged(tenant=tenant, report=report)


def ensure_harmless(rt: WorkerRuntime) -> None:
    """Refuse to go on where a tenant grants power over its directory; one that cannot be asked now is no reason."""
    for judged in judge_tenants(rt):
        if judged.report.dangerous:
            names = ", ".join(sorted(judged.report.dangerous))
            raise TooPowerful(
                f"{judged.tenant.name} grants {names}, which is power over the directory. "
                "Take it away there, then start again (`selfservice check` lists everything)."
            )


def _tenants_that_give_app_roles(rt: WorkerRuntime) -> frozenset[str]:
    with reading(rt.sessions) as tx:
        giving = (
            select(AccessPackage.tenant_id)
            .join(ResourceRole, ResourceRole.package_id == AccessPackage.id)
            .where(ResourceRole.kind == RoleKind.APP_ROLE)
            .distinct()
        )
        return frozenset(tx.scalars(giving))
