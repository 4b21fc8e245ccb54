"""Catalogs: an admin puts access packages together and says who keeps their rules."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, Subject, event
from selfservice.model.catalog import Catalog, CatalogOwner
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound, Refused
from selfservice.services import authority, choosing
from selfservice.services.drawing_up import PartyChoice
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


class CatalogNameTaken(Refused):
    """The tenant has a catalog of this name."""


class CatalogNotEmpty(Refused):
    """There are packages in the catalog."""


@dataclass(frozen=True, kw_only=True)
class CatalogDraft:
    """What an admin says about a catalog. Its owners keep its rules, and those of its packages."""

    tenant_id: str
    name: str
    description: str = ""
    owners: tuple[PartyChoice, ...] = ()


def create_catalog(rt: Runtime, draft: CatalogDraft, *, by: Actor) -> str:
    """Make a catalog and return its id."""
    if not authority.administers(rt.settings, draft.tenant_id, by=by):
        raise NotFound
    at = rt.clock()
    try:
        with transaction(rt.sessions) as tx:
            catalog = Catalog(tenant_id=draft.tenant_id, name="", created_at=at, changed_at=at)
            _write(tx, catalog, draft)
            tx.add(catalog)
            tx.flush()
            _record(tx, "catalog.create", catalog, by=by, at=at)
    except IntegrityError as clash:
        raise _taken(draft) from clash
    return catalog.id


def change_catalog(rt: Runtime, catalog_id: str, draft: CatalogDraft, *, by: Actor) -> None:
    """Change what a catalog is called, and who owns it."""
    at = rt.clock()
    try:
        with transaction(rt.sessions) as tx:
            catalog = _catalog_to_change(tx, rt, catalog_id, by=by)
            _write(tx, catalog, draft)
            catalog.changed_at = at
            _record(tx, "catalog.change", catalog, by=by, at=at)
    except IntegrityError as clash:
        raise _taken(draft) from clash


def remove_catalog(rt: Runtime, catalog_id: str, *, by: Actor) -> None:
    """Take a catalog away that no package is in any more."""
    with transaction(rt.sessions) as tx:
        catalog = _catalog_to_change(tx, rt, catalog_id, by=by)
        inside = tx.scalar(select(AccessPackage.name).where(AccessPackage.catalog_id == catalog.id).limit(1))
        if inside is not None:
            raise CatalogNotEmpty(
                f"{catalog.name} still holds {inside}.",
                next_step="Move its packages elsewhere first.",
                owner="You",
            )
        _record(tx, "catalog.remove", catalog, by=by, at=rt.clock())
        tx.delete(catalog)


def move_package(rt: Runtime, package_id: str, catalog_id: str | None, *, by: Actor) -> None:
    """Put a package into a catalog of its tenant, or into none."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        package = authority.package_to_change(tx, rt.settings, package_id, by=by)
        package.catalog_id = choosing.catalog(tx, package.tenant_id, catalog_id)
        package.version, package.changed_at = package.version + 1, at
        subject = Subject(kind="package", id=package.id, tenant_id=package.tenant_id)
        account = Account(details={"name": package.name, "catalog": package.catalog_id})
        tx.add(event("package.move", subject, by=by, at=at, account=account))


def _write(tx: Session, catalog: Catalog, draft: CatalogDraft) -> None:
    catalog.name, catalog.description = choosing.name(draft.name), choosing.description(draft.description)
    parties = [choosing.party(tx, catalog.tenant_id, each.kind, each.object_id) for each in dict.fromkeys(draft.owners)]
    catalog.owners = [CatalogOwner(kind=who.kind, object_id=who.object_id, name=who.name) for who in parties]


def _catalog_to_change(tx: Session, rt: Runtime, catalog_id: str, *, by: Actor) -> Catalog:
    catalog = tx.get(Catalog, catalog_id, with_for_update=True)
    if catalog is None or not authority.administers(rt.settings, catalog.tenant_id, by=by):
        raise NotFound
    return catalog


def _taken(draft: CatalogDraft) -> CatalogNameTaken:
    return CatalogNameTaken(
        f"There is a catalog called {draft.name.strip()} already.", next_step="Choose another name.", owner="You"
    )


def _record(tx: Session, action: str, catalog: Catalog, *, by: Actor, at: datetime) -> None:
    owners = [owner.name for owner in catalog.owners]
    account = Account(details={"name": catalog.name, "description": catalog.description, "owners": owners})
    subject = Subject(kind="catalog", id=catalog.id, tenant_id=catalog.tenant_id)
    tx.add(event(action, subject, by=by, at=at, account=account))
