"""Keeping: who may write which rules. A tenant's admins keep all of them; the owners of a package or a catalog keep the
rules of what they own, and nothing else.
"""

from dataclasses import dataclass

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind, PersonRef, Role
from selfservice.model.application import RoleHolder
from selfservice.model.catalog import Catalog, CatalogOwner
from selfservice.model.group import GroupMembership
from selfservice.model.package import AccessPackage, PartyKind
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound
from selfservice.model.rules.rule import Band
from selfservice.services import authority
from selfservice.services.finding import employees_of
from selfservice.services.runtime import Runtime


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Which rules of a tenant somebody may write. `packages` hold those of kept catalogs too."""

    tenant_id: str
    administers: bool = False
    catalogs: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()

    @property
    def keeps_anything(self) -> bool:
        """Whether there is any rule that they may write."""
        return self.administers or bool(self.catalogs) or bool(self.packages)

    def may_edit(self, band: Band, scope_id: str) -> bool:
        """Say whether they may write the rules of this band and scope."""
        if self.administers:
            return True
        kept = {Band.PACKAGE: self.packages, Band.CATALOG: self.catalogs}
        return scope_id in kept.get(band, frozenset())

    def may_edit_scope(self, scope_id: str) -> bool:
        """Say whether they may write what belongs to this package or catalog, or to the tenant where it is empty."""
        return self.administers or scope_id in self.packages | self.catalogs

    def ensure(self, band: Band, scope_id: str) -> None:
        """Refuse where they may not write the rules of this band and scope; what is not theirs looks absent."""
        if not self.may_edit(band, scope_id):
            raise NotFound


def keeping_of(tx: Session, rt: Runtime, tenant_id: str, *, by: Actor) -> Keeping:
    """Return which rules of a resource tenant somebody may write.

    Whoever runs this installation's commands acts as Selfservice itself, under the name that the audit trail keeps.
    """
    tenant = rt.settings.tenant_by_id(tenant_id)
    if tenant is None or not tenant.is_resource:
        return Keeping(tenant_id=tenant_id)
    if by.kind is ActorKind.SYSTEM or authority.administers(rt.settings, tenant_id, by=by):
        return Keeping(tenant_id=tenant_id, administers=True)
    if by.tenant_id != tenant_id or not _is_employee(tx, by):
        return Keeping(tenant_id=tenant_id)
    catalogs = frozenset(tx.scalars(_owned_catalogs(by)))
    packages = frozenset(tx.scalars(_owned_packages(by, catalogs)))
    return Keeping(tenant_id=tenant_id, catalogs=catalogs, packages=packages)


def admins_of(tx: Session, tenant_id: str) -> tuple[PersonRef, ...]:
    """Return the admins of a tenant, as its directory names them."""
    holders = select(RoleHolder.object_id).where(RoleHolder.tenant_id == tenant_id, RoleHolder.role == Role.ADMIN)
    people = tx.scalars(employees_of(tenant_id).where(Person.object_id.in_(holders)).order_by(Person.object_id))
    return tuple(person.ref for person in people)


def may_edit_package(tx: Session, rt: Runtime, package: AccessPackage, *, by: Actor) -> bool:
    """Say whether somebody may write the rules of this package."""
    return keeping_of(tx, rt, package.tenant_id, by=by).may_edit(Band.PACKAGE, package.id)


def scopes_of(tx: Session, keeping: Keeping) -> tuple[tuple[str, str], ...]:
    """Return whose rules may be written, by id and name: first the tenant's own, then catalogs, then packages."""
    catalogs = select(Catalog.id, Catalog.name).where(Catalog.tenant_id == keeping.tenant_id)
    packages = select(AccessPackage.id, AccessPackage.name).where(AccessPackage.tenant_id == keeping.tenant_id)
    if not keeping.administers:
        catalogs = catalogs.where(Catalog.id.in_(keeping.catalogs))
        packages = packages.where(AccessPackage.id.in_(keeping.packages))
    own = (("", ""),) if keeping.administers else ()
    return (
        *own,
        *((row[0], row[1]) for row in tx.execute(catalogs.order_by(Catalog.name, Catalog.id))),
        *((row[0], row[1]) for row in tx.execute(packages.order_by(AccessPackage.name, AccessPackage.id))),
    )


def _is_employee(tx: Session, by: Actor) -> bool:
    person = employees_of(by.tenant_id).where(Person.object_id == by.object_id)
    return tx.scalars(person).first() is not None


def _owned_catalogs(by: Actor) -> Select[str]:
    owner = or_(
        and_(CatalogOwner.kind == PartyKind.PERSON, CatalogOwner.object_id == by.object_id),
        and_(CatalogOwner.kind == PartyKind.GROUP, CatalogOwner.object_id.in_(_groups_of(by))),
    )
    return (
        select(Catalog.id)
        .join(CatalogOwner, CatalogOwner.catalog_id == Catalog.id)
        .where(Catalog.tenant_id == by.tenant_id, owner)
    )


def _owned_packages(by: Actor, catalogs: frozenset[str]) -> Select[str]:
    owner = or_(
        and_(AccessPackage.owner_kind == PartyKind.PERSON, AccessPackage.owner_id == by.object_id),
        and_(AccessPackage.owner_kind == PartyKind.GROUP, AccessPackage.owner_id.in_(_groups_of(by))),
        AccessPackage.catalog_id.in_(catalogs),
    )
    return select(AccessPackage.id).where(AccessPackage.tenant_id == by.tenant_id, owner)


def _groups_of(by: Actor) -> Select[str]:
    return select(GroupMembership.group_id).where(
        GroupMembership.tenant_id == by.tenant_id, GroupMembership.member_id == by.object_id
    )
