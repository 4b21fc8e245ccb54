"""Policing: who may ask, and for whose addresses. One function says it: to the form, at the submit and at delivery."""

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.address import address_key, loose_key
from selfservice.model.audit import Account, Subject, event
from selfservice.model.directory import UserType
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.policy import (
    NO_POLICY,
    AskPolicy,
    KeptPolicy,
    PolicyScope,
    objections,
    policy_from_data,
    policy_to_data,
)
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.rules.domains import resembles
from selfservice.model.rules.facts import RuleFacts
from selfservice.services import authority
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction

MOST_SIMILAR = 5


def policy_of(tx: Session, tenant_id: str, scope_id: str = "") -> AskPolicy:
    """Return the policy of a tenant, or of one of its packages."""
    kept = tx.get(KeptPolicy, (tenant_id, scope_id))
    return policy_from_data(kept.body) if kept else NO_POLICY


def objections_to(tx: Session, rt: Runtime, package: AccessPackage, facts: RuleFacts) -> tuple[Refused, ...]:
    """Return everything that the policies of the tenant and of the package have against a request."""
    tenant = rt.settings.tenant_by_id(package.tenant_id)
    name, contact = (tenant.name, tenant.help_contact or f"an admin of {tenant.name}") if tenant else ("", "")
    is_home = is_home_domain(rt, package.tenant_id, facts)
    both = (
        (policy_of(tx, package.tenant_id), PolicyScope(name=name, owner=contact)),
        (policy_of(tx, package.tenant_id, package.id), PolicyScope(name=package.name, owner=package.owner_name)),
    )
    return tuple(no for policy, scope in both for no in objections(policy, facts, scope, is_home_domain=is_home))


def is_home_domain(rt: Runtime, tenant_id: str, facts: RuleFacts) -> bool:
    """Say whether the guest's domain is that of a home tenant whose people may ask in this tenant."""
    homes = (
        home
        for home in rt.settings.tenants.values()
        if rt.settings.may_ask(home_id=home.tenant_id, resource_id=tenant_id)
    )
    return facts.for_self or any(facts.guest_domain in home.domains for home in homes)


def resembling(tx: Session, rt: Runtime, tenant_id: str, domain: str) -> str:
    """Return the known domain that this one looks like without being it, or nothing: ours, partners', allowed ones."""
    return resembles(domain, _known_domains(tx, rt, tenant_id)) or "" if domain else ""


def similar_guests(tx: Session, tenant_id: str, address: str) -> tuple[str, ...]:
    """Return the addresses of guests in the directory who may be the same mailbox by another spelling: with other dots,
    or a tag. For those who decide; whoever asks should learn no more than that there is one.
    """
    wanted, key = loose_key(address), address_key(address)
    local, at, domain = wanted.rpartition("@")
    if not at or not local:
        return ()
    bare = func.replace(Person.mail_key, ".", "")
    end = "@" + domain.replace(".", "")
    known = tx.scalars(
        select(Person.mail_key)
        .where(Person.tenant_id == tenant_id, Person.user_type == UserType.GUEST, Person.removed_at.is_(None))
        .where(or_(bare == local + end, bare.startswith(f"{local}+", autoescape=True) & bare.endswith(end)))
        .order_by(Person.mail_key)
        .limit(MOST_SIMILAR)
    )
    return tuple(each for each in known if each and each != key and loose_key(each) == wanted)


def set_policy(rt: Runtime, tenant_id: str, policy: AskPolicy, *, by: Actor) -> None:
    """Let this policy hold for the whole tenant."""
    if not authority.administers(rt.settings, tenant_id, by=by):
        raise NotFound
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        body = write(tx, tenant_id, "", policy, at=at)
        subject = Subject(kind="tenant", id=tenant_id, tenant_id=tenant_id)
        tx.add(event("tenant.changePolicy", subject, by=by, at=at, account=Account(details=body)))


def write(tx: Session, tenant_id: str, scope_id: str, policy: AskPolicy, *, at: datetime) -> dict[str, object]:
    """Keep a policy, checked and in one spelling, and return it as plain data."""
    body = policy_to_data(policy_from_data(policy_to_data(policy)))
    kept = tx.get(KeptPolicy, (tenant_id, scope_id), with_for_update=True)
    if kept is None:
        tx.add(KeptPolicy(tenant_id=tenant_id, scope_id=scope_id, body=body, changed_at=at))
    elif kept.body != body:
        kept.body, kept.changed_at = body, at
    return body


def _known_domains(tx: Session, rt: Runtime, tenant_id: str) -> list[str]:
    ours = [domain for tenant in rt.settings.tenants.values() for domain in tenant.domains]
    kept = tx.scalars(select(KeptPolicy).where(KeptPolicy.tenant_id == tenant_id))
    allowed = [domain for each in kept for domain in policy_from_data(each.body).allowed_domains]
    partners = tx.scalars(select(ConnectedOrganization.domains).where(ConnectedOrganization.tenant_id == tenant_id))
    return list(dict.fromkeys((*ours, *allowed, *(domain for domains in partners for domain in domains))))
