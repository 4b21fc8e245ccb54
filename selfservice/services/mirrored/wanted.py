"""Which groups' members matter here: those that a package, a catalog, a connected organization, a policy or a rule
names, in resource and in home tenants; and those that a pending request asks, though its rule has changed since.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import CompoundSelect, String, cast, select, union
from sqlalchemy.orm import Session

from selfservice.model.approval import ApprovalStage, StageState
from selfservice.model.catalog import Catalog, CatalogOwner
from selfservice.model.group import Group
from selfservice.model.organization import ConnectedOrganization, OrganizationSponsor
from selfservice.model.package import AccessPackage, PackageApprover, PartyKind, ResourceRole, RoleKind
from selfservice.model.policy import KeptPolicy
from selfservice.model.rules.codec import stage_from_data
from selfservice.model.rules.outcome import Stages
from selfservice.services.rules.book import ANYWHERE, GroupKey, named_groups
from selfservice.services.runtime import Runtime


def named(tx: Session, rt: Runtime) -> frozenset[GroupKey]:
    """Return the groups that packages, catalogs, organizations, policies and rules name."""
    found: set[GroupKey] = {(row[0], row[1]) for row in tx.execute(_by_table())}
    found.update(_by_policies(tx))
    by_rules = {
        key
        for tenant in rt.settings.tenants.values()
        if tenant.is_resource
        for key in rt.books.groups_of(tx, tenant.tenant_id)
    }
    found.update(key for key in by_rules if key[0] != ANYWHERE)
    found.update(_at_home(tx, rt, {group_id for tenant_id, group_id in by_rules if tenant_id == ANYWHERE}))
    return frozenset(found)


def asked(tx: Session, tenant_id: str) -> frozenset[str]:
    """Return the groups of a tenant that the stages of pending requests ask."""
    specs = tx.scalars(
        select(ApprovalStage.spec).where(
            ApprovalStage.state.in_((StageState.OPEN, StageState.WAITING)),
            # Most stages name no group, and need not be read.
            cast(ApprovalStage.spec, String).contains(f'"{PartyKind.GROUP}"'),
        )
    )
    keys = (key for spec in specs for key in named_groups(Stages(stages=(stage_from_data(spec),))))
    return frozenset(group_id for at, group_id in keys if at == tenant_id)


def _by_table() -> CompoundSelect[str, str]:
    group = PartyKind.GROUP
    given = select(AccessPackage.tenant_id, ResourceRole.resource_id).join(
        ResourceRole, ResourceRole.package_id == AccessPackage.id
    )
    approving = select(AccessPackage.tenant_id, PackageApprover.object_id).join(
        PackageApprover, PackageApprover.package_id == AccessPackage.id
    )
    owning = select(AccessPackage.tenant_id, AccessPackage.owner_id)
    keeping = select(Catalog.tenant_id, CatalogOwner.object_id).join(
        CatalogOwner, CatalogOwner.catalog_id == Catalog.id
    )
    answering = select(ConnectedOrganization.tenant_id, OrganizationSponsor.object_id).join(
        OrganizationSponsor, OrganizationSponsor.organization_id == ConnectedOrganization.id
    )
    return union(
        given.where(ResourceRole.kind == RoleKind.GROUP),
        approving.where(PackageApprover.kind == group),
        owning.where(AccessPackage.owner_kind == group),
        keeping.where(CatalogOwner.kind == group),
        answering.where(OrganizationSponsor.kind == group),
    )


def _by_policies(tx: Session) -> Iterator[GroupKey]:
    for body in tx.scalars(select(KeptPolicy.body)):
        groups = body.get("groups", [])
        for each in groups if isinstance(groups, list) else []:
            tenant_id, _slash, group_id = str(each).partition("/")
            yield tenant_id, group_id


def _at_home(tx: Session, rt: Runtime, group_ids: Iterable[str]) -> Iterator[GroupKey]:
    """A rule names a requestor's group by its id alone: it is looked up in every home tenant."""
    homes = [tenant.tenant_id for tenant in rt.settings.tenants.values() if tenant.is_home]
    wanted = sorted(group_ids)
    if wanted:
        query = select(Group.tenant_id, Group.object_id).where(Group.tenant_id.in_(homes), Group.object_id.in_(wanted))
        yield from ((row[0], row[1]) for row in tx.execute(query))
