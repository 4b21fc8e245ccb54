"""The catalogs of the tenant that an admin administers: who keeps each, and which access packages it holds."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.catalog import Catalog
from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.refusal import NotFound
from selfservice.services import authority
from selfservice.services.overview.admin_rows import PartyRow
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.parties import find_parties, party_row
from selfservice.services.overview.rows import TenantMark
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


@dataclass(frozen=True, kw_only=True)
class CatalogRow:
    """A catalog in a list."""

    id: str
    name: str
    description: str
    tenant: TenantMark
    owner_names: tuple[str, ...]
    package_names: tuple[str, ...]
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class PackageChoice:
    """A package that a catalog holds, or may hold; `catalog_name` is where it is now."""

    id: str
    name: str
    catalog_id: str
    catalog_name: str


@dataclass(frozen=True, kw_only=True)
class CatalogPage:
    """A catalog as its form shows it, and what can be chosen."""

    tenant: TenantMark
    catalog_id: str | None
    name: str
    description: str
    owners: tuple[PartyRow, ...]
    parties: tuple[PartyRow, ...]
    packages: tuple[PackageChoice, ...]


def catalogs(rt: Runtime, by: Actor) -> tuple[CatalogRow, ...]:
    """Return the catalogs of the tenant that the actor oversees."""
    if not authority.oversees(rt.settings, by.tenant_id, by=by):
        return ()
    query = select(Catalog).where(Catalog.tenant_id == by.tenant_id).order_by(Catalog.name, Catalog.id)
    inside = select(AccessPackage.catalog_id, AccessPackage.name).where(
        AccessPackage.tenant_id == by.tenant_id, AccessPackage.catalog_id.is_not(None)
    )
    with reading(rt.sessions) as tx:
        held: dict[str | None, list[str]] = defaultdict(list)
        for catalog_id, name in tx.execute(inside.order_by(AccessPackage.name, AccessPackage.id)):
            held[catalog_id].append(name)
        return tuple(
            CatalogRow(
                id=each.id,
                name=each.name,
                description=each.description,
                tenant=mark_of(rt.settings, each.tenant_id),
                owner_names=tuple(owner.name for owner in each.owners),
                package_names=tuple(held[each.id]),
                changed_at=each.changed_at,
            )
            for each in tx.scalars(query)
        )


def catalog_page(rt: Runtime, by: Actor, catalog_id: str | None = None, *, search: str = "") -> CatalogPage:
    """Return what the form of a catalog shows, to the tenant's admin."""
    if not authority.administers(rt.settings, by.tenant_id, by=by):
        raise NotFound
    with reading(rt.sessions) as tx:
        catalog = tx.get(Catalog, catalog_id) if catalog_id else None
        if catalog_id and (catalog is None or catalog.tenant_id != by.tenant_id):
            raise NotFound
        names = {row[0]: row[1] for row in tx.execute(select(Catalog.id, Catalog.name))}
        packages = tx.scalars(
            select(AccessPackage)
            .where(AccessPackage.tenant_id == by.tenant_id, AccessPackage.state != PackageState.RETIRED)
            .order_by(AccessPackage.name, AccessPackage.id)
        )
        return CatalogPage(
            tenant=mark_of(rt.settings, by.tenant_id),
            catalog_id=catalog_id,
            name=catalog.name if catalog else "",
            description=catalog.description if catalog else "",
            owners=tuple(party_row(owner.party) for owner in catalog.owners) if catalog else (),
            parties=find_parties(tx, by.tenant_id, search),
            packages=tuple(
                PackageChoice(
                    id=each.id,
                    name=each.name,
                    catalog_id=each.catalog_id or "",
                    catalog_name=names.get(each.catalog_id or "", ""),
                )
                for each in packages
            ),
        )
