"""Stuck: packages and requests about which nobody could decide, found before, or at least when, somebody waits."""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from selfservice.model.approval import ApprovalStage, StageState
from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.routing import conflict_of
from selfservice.model.rules.codec import stage_from_data
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.index import RuleIndex
from selfservice.model.rules.outcome import Approver, StageSpec
from selfservice.model.rules.strictness import tighten
from selfservice.services import finding, tagging
from selfservice.services.finding import Asked
from selfservice.services.routing import organization_of, stage_interests
from selfservice.services.rules.living import Living
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

log = structlog.get_logger()

USUAL_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class StuckRequest:
    """A request that waits for people who are not there any more."""

    request_id: str
    tenant_id: str
    title: str


def stuck_packages(
    tx: Session, rt: Runtime, tenant_id: str, index: RuleIndex, living: Living
) -> tuple[AccessPackage, ...]:
    """Return the published packages of a tenant that some usual request could not be decided about by these rules."""
    published = tx.scalars(
        select(AccessPackage)
        .where(AccessPackage.tenant_id == tenant_id, AccessPackage.state == PackageState.PUBLISHED)
        .order_by(AccessPackage.name, AccessPackage.id)
    ).all()
    return tuple(package for package in published if _is_stuck(tx, rt, package, index, living))


def _is_stuck(tx: Session, rt: Runtime, package: AccessPackage, index: RuleIndex, living: Living) -> bool:
    tags = tagging.tightenings_of(tx, package)
    outcomes = (tighten(index.route(facts).outcome, tags)[0] for facts in usual_facts(rt, package))
    return any(living.is_stuck(outcome, package) for outcome in outcomes)


def usual_facts(rt: Runtime, package: AccessPackage) -> Iterator[RuleFacts]:
    """Yield the facts of usual requests for a package: from each home tenant, for oneself and for somebody else."""
    homes = [
        home.tenant_id
        for home in rt.settings.tenants.values()
        if rt.settings.may_ask(home_id=home.tenant_id, resource_id=package.tenant_id)
    ]
    whom = [for_self for for_self, open_ in ((True, package.for_self), (False, package.for_others)) if open_]
    for home in homes:
        for for_self in whom:
            yield RuleFacts(
                resource_tenant=package.tenant_id,
                package=package.id,
                catalog=package.catalog_id or "",
                resources=tuple(sorted({role.resource_id for role in package.roles})),
                risk=package.risk,
                home_tenant=home,
                for_self=for_self,
                known_at_home=for_self,
                days=min(USUAL_DAYS, package.max_days),
                tags=tuple(sorted(package.tags)),
            )


def stuck_requests(tx: Session, rt: Runtime, tenant_id: str, *, thorough: bool = False) -> tuple[StuckRequest, ...]:
    """Return the pending requests of a tenant whose open stage has too few people who could still decide.

    Only a thorough look also knows who may not decide for a reason besides asking or answering for the guest; it takes
    several questions for every request that waits.
    """
    living, packages = Living(tx), _packages_with_requests(tx, tenant_id)
    waiting = tx.execute(
        select(
            AccessRequest.id,
            AccessRequest.package_id,
            ApprovalStage.spec,
            ApprovalStage.escalated_at,
            AccessRequest.requestor_object_id,
            AccessRequest.sponsor_object_id,
        )
        .join(ApprovalStage, ApprovalStage.request_id == AccessRequest.id)
        .where(*_pending(tenant_id), ApprovalStage.state == StageState.OPEN)
        .order_by(AccessRequest.submitted_at, AccessRequest.id)
    ).all()
    doubtful = [
        row[0]
        for row in waiting
        if thorough or _looks_alone(stage_from_data(row[2]), packages[row[1]], living, bool(row[3]), {row[4], row[5]})
    ]
    requests = (tx.get_one(AccessRequest, request_id) for request_id in doubtful)
    return tuple(
        StuckRequest(
            request_id=request.id,
            tenant_id=tenant_id,
            title=title_of(request.package_name, request.guest_name, request.guest_address),
        )
        for request in requests
        if _is_alone(tx, rt, packages[request.package_id], request)
    )


def warn_of_stuck_requests(rt: Runtime) -> int:
    """Log a warning for each resource tenant in which requests wait for nobody, and return how many there are."""
    stuck = 0
    for tenant in rt.settings.tenants.values():
        if not tenant.is_resource:
            continue
        with reading(rt.sessions) as tx:
            found = stuck_requests(tx, rt, tenant.tenant_id, thorough=True)
        if found:
            log.warning(
                "requests wait for nobody", tenant=tenant.tenant_id, requests=[f.request_id for f in found[:20]]
            )
        stuck += len(found)
    return stuck


def title_of(package_name: str, guest_name: str, guest_address: str) -> str:
    """Return what a request is called in lists."""
    return f"{package_name} for {guest_name or guest_address}"


def _pending(tenant_id: str) -> tuple[ColumnElement[bool], ...]:
    return (AccessRequest.tenant_id == tenant_id, AccessRequest.state == RequestState.PENDING_APPROVAL)


def _packages_with_requests(tx: Session, tenant_id: str) -> dict[str, AccessPackage]:
    waited_for = select(AccessRequest.package_id).where(*_pending(tenant_id))
    packages = tx.scalars(select(AccessPackage).where(AccessPackage.id.in_(waited_for)))
    return {package.id: package for package in packages}


def _named(spec: StageSpec, *, escalated: bool) -> tuple[Approver, ...]:
    return (*spec.approvers, *spec.fallback, *(spec.alternates if escalated else ()))


def _looks_alone(
    spec: StageSpec, package: AccessPackage, living: Living, escalated: bool, interested: set[str]
) -> bool:
    """Say whether a stage may lack people, by what is known without asking for this one request."""
    people = living.people(_named(spec, escalated=escalated), package)
    return len({person for person in people if person.object_id not in interested}) < spec.quorum


def _is_alone(tx: Session, rt: Runtime, package: AccessPackage, request: AccessRequest) -> bool:
    stage = request.open_stage
    if stage is None:
        return False
    organization = "" if request.for_self else organization_of(tx, package.tenant_id, request.guest_domain)
    asked = Asked(package=package, request=request, organization_id=organization)
    interests = stage_interests(tx, package, request, stage, at=rt.clock())
    able = {
        candidate.person
        for approver in _named(stage.rule, escalated=stage.escalated_at is not None)
        for candidate in finding.candidates(tx, approver, asked)
        if conflict_of(candidate, interests) is None
    }
    voices = {vote.principal for vote in stage.votes}
    return len(able | voices) < stage.quorum
