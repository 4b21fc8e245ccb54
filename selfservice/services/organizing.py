"""Organizing: an admin says which partners a resource tenant is connected with, and who answers for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, Subject, event
from selfservice.model.organization import ConnectedOrganization, OrganizationSponsor, overlap
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.rules.domains import normalise_pattern
from selfservice.services import authority, choosing
from selfservice.services.drawing_up import PartyChoice
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

MOST_DOMAINS = 200


class DomainsOverlap(Refused):
    """A domain belongs to two organizations at once."""


class OrganizationIncomplete(Refused):
    """An organization has neither a domain nor a tenant, or too many of them."""


@dataclass(frozen=True, kw_only=True)
class OrganizationDraft:
    """What an admin says about a partner. Domains as rules write them: `partner.example`, `*.partner.example`."""

    tenant_id: str
    name: str
    domains: tuple[str, ...]
    description: str = ""
    partner_tenant_id: str = ""
    sponsors: tuple[PartyChoice, ...] = ()


def save_organization(rt: Runtime, draft: OrganizationDraft, *, by: Actor, organization_id: str | None = None) -> str:
    """Connect an organization, or change one, and return its id."""
    if not authority.administers(rt.settings, draft.tenant_id, by=by):
        raise NotFound
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        if organization_id is None:
            organization = ConnectedOrganization(tenant_id=draft.tenant_id, name="", changed_at=at)
        else:
            organization = _organization_to_change(tx, rt, organization_id, by=by)
        _write(tx, organization, draft)
        organization.changed_at = at
        tx.add(organization)
        tx.flush()
        action = "organization.connect" if organization_id is None else "organization.change"
        _record(tx, action, organization, by=by, at=at)
    return organization.id


def remove_organization(rt: Runtime, organization_id: str, *, by: Actor) -> None:
    """Disconnect an organization. Rules that ask for it hold for nobody from then on."""
    with transaction(rt.sessions) as tx:
        organization = _organization_to_change(tx, rt, organization_id, by=by)
        _record(tx, "organization.remove", organization, by=by, at=rt.clock())
        tx.delete(organization)


def _write(tx: Session, organization: ConnectedOrganization, draft: OrganizationDraft) -> None:
    organization.name = choosing.name(draft.name)
    organization.description = choosing.description(draft.description)
    organization.partner_tenant_id = _tenant_id(draft.partner_tenant_id)
    domains = list(dict.fromkeys(normalise_pattern(each) for each in draft.domains if each.strip()))
    if len(domains) > MOST_DOMAINS or not (domains or organization.partner_tenant_id):
        raise OrganizationIncomplete(
            f"An organization has a tenant, or 1 to {MOST_DOMAINS} domains.",
            next_step="Name a domain of its people.",
            owner="You",
        )
    _ensure_apart(tx, organization, domains)
    organization.domains = domains
    parties = [
        choosing.party(tx, organization.tenant_id, each.kind, each.object_id) for each in dict.fromkeys(draft.sponsors)
    ]
    organization.sponsors = [
        OrganizationSponsor(kind=who.kind, object_id=who.object_id, name=who.name) for who in parties
    ]


def _ensure_apart(tx: Session, organization: ConnectedOrganization, domains: Iterable[str]) -> None:
    others = tx.scalars(
        select(ConnectedOrganization).where(
            ConnectedOrganization.tenant_id == organization.tenant_id, ConnectedOrganization.id != organization.id
        )
    ).all()
    for domain in domains:
        for other in others:
            clash = next((theirs for theirs in other.domains if overlap(domain, theirs)), None)
            if clash is not None:
                raise DomainsOverlap(
                    f"{domain} overlaps with {clash} of {other.name}.",
                    next_step="Let each domain belong to one organization.",
                    owner="You",
                )


def _tenant_id(text: str) -> str | None:
    if not text.strip():
        return None
    try:
        return str(UUID(text.strip()))
    except ValueError as problem:
        raise OrganizationIncomplete(
            "That is not the id of a tenant.",
            next_step="Write it as the Entra admin center shows it, or leave it empty.",
            owner="You",
        ) from problem


def _organization_to_change(tx: Session, rt: Runtime, organization_id: str, *, by: Actor) -> ConnectedOrganization:
    organization = tx.get(ConnectedOrganization, organization_id, with_for_update=True)
    if organization is None or not authority.administers(rt.settings, organization.tenant_id, by=by):
        raise NotFound
    return organization


def _record(tx: Session, action: str, organization: ConnectedOrganization, *, by: Actor, at: datetime) -> None:
    account = Account(
        details={
            "name": organization.name,
            "domains": organization.domains,
            "partnerTenant": organization.partner_tenant_id,
            "sponsors": [sponsor.name for sponsor in organization.sponsors],
        }
    )
    subject = Subject(kind="organization", id=organization.id, tenant_id=organization.tenant_id)
    tx.add(event(action, subject, by=by, at=at, account=account))
