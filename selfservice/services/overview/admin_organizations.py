"""The connected organizations of the tenant that an admin administers: their domains, and who answers for them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.refusal import NotFound
from selfservice.services import authority
from selfservice.services.overview.admin_rows import PartyRow
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.parties import find_parties, party_row
from selfservice.services.overview.rows import TenantMark
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


@dataclass(frozen=True, kw_only=True)
class OrganizationRow:
    """A connected organization in a list."""

    id: str
    name: str
    description: str
    tenant: TenantMark
    domains: tuple[str, ...]
    sponsor_names: tuple[str, ...]
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class OrganizationPage:
    """A connected organization as its form shows it, and who can be chosen."""

    tenant: TenantMark
    organization_id: str | None
    name: str
    description: str
    partner_tenant_id: str
    domains: tuple[str, ...]
    sponsors: tuple[PartyRow, ...]
    parties: tuple[PartyRow, ...]


def organizations(rt: Runtime, by: Actor) -> tuple[OrganizationRow, ...]:
    """Return the connected organizations of the tenant that the actor oversees."""
    if not authority.oversees(rt.settings, by.tenant_id, by=by):
        return ()
    query = (
        select(ConnectedOrganization)
        .where(ConnectedOrganization.tenant_id == by.tenant_id)
        .order_by(ConnectedOrganization.name, ConnectedOrganization.id)
    )
    with reading(rt.sessions) as tx:
        return tuple(
            OrganizationRow(
                id=each.id,
                name=each.name,
                description=each.description,
                tenant=mark_of(rt.settings, each.tenant_id),
                domains=tuple(each.domains),
                sponsor_names=tuple(sponsor.name for sponsor in each.sponsors),
                changed_at=each.changed_at,
            )
            for each in tx.scalars(query)
        )


def organization_page(
    rt: Runtime, by: Actor, organization_id: str | None = None, *, search: str = ""
) -> OrganizationPage:
    """Return what the form of a connected organization shows, to the tenant's admin."""
    if not authority.administers(rt.settings, by.tenant_id, by=by):
        raise NotFound
    with reading(rt.sessions) as tx:
        known = tx.get(ConnectedOrganization, organization_id) if organization_id else None
        if organization_id and (known is None or known.tenant_id != by.tenant_id):
            raise NotFound
        return OrganizationPage(
            tenant=mark_of(rt.settings, by.tenant_id),
            organization_id=organization_id,
            name=known.name if known else "",
            description=known.description if known else "",
            partner_tenant_id=(known.partner_tenant_id or "") if known else "",
            domains=tuple(known.domains) if known else (),
            sponsors=tuple(party_row(sponsor.party) for sponsor in known.sponsors) if known else (),
            parties=find_parties(tx, by.tenant_id, search),
        )
