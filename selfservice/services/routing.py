"""Routing with facts from the mirror: which rule holds for a request, who decides by it, and why."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import PersonRef
from selfservice.model.address import domain_of
from selfservice.model.approval import ApprovalStage
from selfservice.model.domain_lookup import DomainLookup, LookupState
from selfservice.model.group import GroupMembership
from selfservice.model.guest import Guest
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest
from selfservice.model.routing import About, Candidate, Interests, Route, beware, plan, settle
from selfservice.model.rulebook import RuleVersion
from selfservice.model.rules.domains import first_match
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.outcome import Approver, ApproverKind, Outcome, Stages
from selfservice.model.rules.strictness import tighten
from selfservice.services import finding, policing, tagging
from selfservice.services.finding import Asked
from selfservice.services.rules.displacing import Window, displacers, displacers_of
from selfservice.services.runtime import Runtime

EDITOR_DAYS = 90
"""For so many days, whoever changed a rule without a second person does not decide what it routes."""

BY_PACKAGE_KINDS = frozenset({ApproverKind.PACKAGE_APPROVERS, ApproverKind.OWNER})


def facts_of(tx: Session, rt: Runtime, package: AccessPackage, request: AccessRequest) -> RuleFacts:
    """Return what the rules may ask about a request, stored or not, as the mirror knows it now."""
    requestor = tx.get(Person, (request.requestor_tenant_id, request.requestor_object_id))
    domain = domain_of(request.guest_address)
    asked_at = request.submitted_at or rt.clock()
    return RuleFacts(
        resource_tenant=package.tenant_id,
        package=package.id,
        catalog=package.catalog_id or "",
        resources=tuple(sorted({role.resource_id for role in package.roles})),
        risk=package.risk,
        home_tenant=request.requestor_tenant_id,
        department=(requestor.department if requestor else "") or "",
        groups=_groups(tx, request.requestor),
        job_title=(requestor.job_title if requestor else "") or "",
        for_self=request.for_self,
        guest_domain=domain,
        organization="" if request.for_self else organization_of(tx, package.tenant_id, domain),
        already_guest=_is_guest(tx, package.tenant_id, request.guest_key),
        known_at_home=request.for_self or _is_known_at_home(tx, rt, request.guest_key),
        days=(request.ends_on - asked_at.date()).days,
        extension=request.extends_id is not None,
        answers=dict(request.answers),
        tags=tuple(sorted(package.tags)),
    )


def plan_route(tx: Session, rt: Runtime, package: AccessPackage, request: AccessRequest, facts: RuleFacts) -> Route:
    """Return the way of a request by the rules of now, or refuse with `NobodyDecides`.

    Tags come last: what a look-alike domain, or having changed the rule, turned into a decision is made stricter too.
    """
    at = rt.clock()
    verdict = rt.books.index_of(tx, package.tenant_id).route(facts)
    rule_id = verdict.rule.id if verdict.rule else None
    displacing = displacers(tx, facts, verdict.rule, Window(since=at - timedelta(days=EDITOR_DAYS), until=at))

    def interests_in(outcome: Outcome) -> Interests:
        interests = interests_of(tx, package, request, rule_id=rule_id, outcome=outcome, at=at)
        return interests.with_editors(displacing)

    outcome, warned = beware(verdict.outcome, facts.guest_domain, _looks_like(tx, rt, package, facts))
    outcome, settled = settle(outcome, interests_in(outcome))
    outcome, tightened = tighten(outcome, tagging.tightenings_of(tx, package))
    asked = Asked(package=package, request=request, organization_id=facts.organization)
    stages = plan(
        outcome,
        lambda approver: finding.candidates(tx, approver, asked),
        interests_in(outcome),
        About(package_name=package.name, owner_name=package.owner_name),
    )
    return Route(verdict=verdict, outcome=outcome, stages=stages, tightened=(*tightened, *warned, *settled))


def interests_of(
    tx: Session,
    package: AccessPackage,
    request: AccessRequest,
    *,
    rule_id: str | None,
    outcome: Outcome,
    at: datetime,
) -> Interests:
    """Return who has an interest in a request, and who changed the rule that routes it."""
    requestor = tx.get(Person, (request.requestor_tenant_id, request.requestor_object_id))
    sponsor = tx.get(Person, (request.sponsor_tenant_id, request.sponsor_object_id))
    return Interests(
        requestor=request.requestor,
        sponsor=request.sponsor,
        beneficiary=request.beneficiary,
        requestor_addresses=finding.addresses_of(requestor),
        guest_addresses=frozenset({request.guest_key} - {""}),
        sponsor_addresses=finding.addresses_of(sponsor),
        editors=frozenset(_editors(tx, package, rule_id, outcome, at=at)),
    )


def stage_interests(
    tx: Session, package: AccessPackage, request: AccessRequest, stage: ApprovalStage, *, at: datetime
) -> Interests:
    """Return who has an interest in a stage of a stored request."""
    outcome = Stages(stages=(stage.rule,))
    interests = interests_of(tx, package, request, rule_id=request.rule_id, outcome=outcome, at=at)
    return interests.with_editors(displacers_of(tx, request, since=at - timedelta(days=EDITOR_DAYS)))


def authority_of(
    tx: Session, package: AccessPackage, request: AccessRequest, stage: ApprovalStage, person: PersonRef
) -> Candidate | None:
    """Return the person as an approver of this stage by its rule and the mirror of now, or None.

    An alternate counts once the stage has escalated; the fallback only for those whom it asked. Whoever is asked as the
    sponsor too counts as that.
    """
    spec = stage.rule
    named: list[Approver] = [*spec.approvers, *spec.fallback]
    if stage.escalated_at is not None:
        named += spec.alternates
    domain = domain_of(request.guest_address)
    organization = "" if request.for_self else organization_of(tx, package.tenant_id, domain)
    asked = Asked(package=package, request=request, organization_id=organization)
    found = (c for approver in named for c in finding.candidates(tx, approver, asked) if c.person == person)
    return max(found, key=lambda candidate: candidate.as_sponsor, default=None)


def organization_of(tx: Session, tenant_id: str, domain: str) -> str:
    """Return the id of the connected organization that a guest's domain belongs to, or nothing."""
    if not domain:
        return ""
    known = tx.scalars(
        select(ConnectedOrganization)
        .where(ConnectedOrganization.tenant_id == tenant_id)
        .order_by(ConnectedOrganization.name, ConnectedOrganization.id)
    ).all()
    by_domain = (each.id for each in known if first_match(each.domains, domain) is not None)
    looked_up = tx.get(DomainLookup, (tenant_id, domain))
    partner = looked_up.partner_tenant_id if looked_up and looked_up.state is LookupState.FOUND else None
    by_tenant = (each.id for each in known if partner and each.partner_tenant_id == partner)
    return next(chain(by_domain, by_tenant), "")


def _looks_like(tx: Session, rt: Runtime, package: AccessPackage, facts: RuleFacts) -> str:
    if policing.is_home_domain(rt, package.tenant_id, facts):
        return ""
    return policing.resembling(tx, rt, package.tenant_id, facts.guest_domain)


def _groups(tx: Session, person: PersonRef) -> tuple[str, ...]:
    inside = select(GroupMembership.group_id).where(
        GroupMembership.tenant_id == person.tenant_id, GroupMembership.member_id == person.object_id
    )
    return tuple(sorted(tx.scalars(inside)))


def _is_guest(tx: Session, tenant_id: str, guest_key: str) -> bool:
    known = select(Person.object_id).where(
        Person.tenant_id == tenant_id, Person.mail_key == guest_key, Person.removed_at.is_(None)
    )
    ours = select(Guest.id).where(Guest.tenant_id == tenant_id, Guest.address_key == guest_key)
    return bool(guest_key) and any(tx.scalar(query.limit(1)) is not None for query in (known, ours))


def _is_known_at_home(tx: Session, rt: Runtime, guest_key: str) -> bool:
    homes = [tenant.tenant_id for tenant in rt.settings.tenants.values() if tenant.is_home]
    known = select(Person.object_id).where(
        Person.tenant_id.in_(homes),
        or_(Person.mail_key == guest_key, Person.user_principal_name == guest_key),
        Person.removed_at.is_(None),
    )
    return bool(guest_key) and tx.scalar(known.limit(1)) is not None


def _editors(
    tx: Session, package: AccessPackage, rule_id: str | None, outcome: Outcome, *, at: datetime
) -> Iterable[PersonRef]:
    since = at - timedelta(days=EDITOR_DAYS)
    if rule_id is not None:
        alone = tx.scalars(
            select(RuleVersion).where(
                RuleVersion.rule_id == rule_id,
                RuleVersion.changed_at >= since,
                RuleVersion.agreed_by_object_id.is_(None),
            )
        )
        yield from (version.changed_by for version in alone)
    changed_at = package.approvers_changed_at
    if _asks_by_package(outcome) and changed_at is not None and changed_at >= since:
        yield PersonRef(
            tenant_id=package.approvers_changed_by_tenant_id, object_id=package.approvers_changed_by_object_id
        )


def _asks_by_package(outcome: Outcome) -> bool:
    return isinstance(outcome, Stages) and any(
        approver.kind in BY_PACKAGE_KINDS
        for stage in outcome.stages
        for approver in (*stage.approvers, *stage.alternates, *stage.fallback)
    )
