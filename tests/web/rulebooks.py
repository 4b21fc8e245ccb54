"""What is kept beside the access packages of the web tests: catalogs, partners, exclusions."""

from sqlalchemy.orm import Session

from selfservice.model.catalog import Catalog, CatalogOwner
from selfservice.model.exclusion import ExclusionException, PackageExclusion
from selfservice.model.organization import ConnectedOrganization, OrganizationSponsor
from selfservice.model.package import PartyKind
from tests.web.cast import CAST, ENDS_ON, NOW, identifier

CONTOSO = identifier("contoso")


def add_catalog(tx: Session) -> str:
    """Add an empty catalog that Cal keeps, and return its id."""
    catalog = Catalog(tenant_id=CONTOSO, name="Finance apps", created_at=NOW, changed_at=NOW)
    catalog.owners.append(CatalogOwner(kind=PartyKind.PERSON, object_id=CAST["cal"].object_id, name=CAST["cal"].name))
    tx.add(catalog)
    tx.flush()
    return catalog.id


def add_organization(tx: Session) -> str:
    """Add a partner whom Bob answers for, and return its id."""
    partner = ConnectedOrganization(tenant_id=CONTOSO, name="Partner Ltd", domains=["partners.example"], changed_at=NOW)
    partner.sponsors.append(
        OrganizationSponsor(kind=PartyKind.PERSON, object_id=CAST["bob"].object_id, name=CAST["bob"].name)
    )
    tx.add(partner)
    tx.flush()
    return partner.id


def add_exclusion(tx: Session, package_id: str, other_id: str) -> tuple[str, str]:
    """Let two packages exclude each other but for one guest, and return the ids of the pair and of the exception."""
    first, second = sorted((package_id, other_id))
    pair = PackageExclusion(
        tenant_id=CONTOSO,
        first_package_id=first,
        second_package_id=second,
        reason="Nobody pays what they entered.",
        created_at=NOW,
        created_by_name="Dee Fox",
    )
    tx.add(pair)
    tx.flush()
    excepted = ExclusionException(
        exclusion_id=pair.id,
        guest_key="ivy@partner.example",
        until=ENDS_ON,
        reason="The close needs both.",
        granted_at=NOW,
        granted_by_name="Dee Fox",
    )
    tx.add(excepted)
    tx.flush()
    return pair.id, excepted.id
