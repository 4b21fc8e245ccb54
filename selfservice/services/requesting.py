"""Requesting: someone asks for an access package for themself or for a guest, and may withdraw while nobody has
decided.
"""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.approval import ApprovalStage, StageApprover
from selfservice.model.audit import Account, Subject, event
from selfservice.model.package import AccessPackage
from selfservice.model.policy import AskerRefused, DomainRefused, QuotaReached
from selfservice.model.refusal import NotFound, Refused
from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.routing import Candidate, DeniedByRule, Route, Why
from selfservice.model.rules.codec import stage_to_data
from selfservice.services import admitting, closing, drafting, granting, notifying, quotas
from selfservice.services.drafting import Ask, Keyed, form_key_of
from selfservice.services.eligibility import DuplicateRequest
from selfservice.services.excluding import Excluded
from selfservice.services.explaining import why_of
from selfservice.services.routing import facts_of, plan_route
from selfservice.services.runtime import Runtime
from selfservice.store.scope import everything
from selfservice.store.transaction import reading, transaction

__all__ = ("Ask", "by_form", "once", "open_package", "put", "submit", "withdraw")

ON_RECORD: dict[type[Refused], str] = {
    DeniedByRule: "request.refusedByRule",
    QuotaReached: "request.quotaReached",
    AskerRefused: "request.refusedByPolicy",
    DomainRefused: "request.refusedByPolicy",
    Excluded: "request.refusedByExclusion",
}
"""Refusals that the audit trail keeps, though nothing else is stored."""


def submit(rt: Runtime, ask: Ask, *, by: Actor) -> str:
    """Ask for a package and return the request's id; the same form sent twice is one request."""
    return once(rt, ask, lambda: _store(rt, ask, by=by), package_id=ask.package_id, by=by)


@everything()  # what others asked for, and how much, counts as well
def once(rt: Runtime, form: Keyed, store: Callable[[], AccessRequest], *, package_id: str, by: Actor) -> str:
    """Store what a form asks for, and return the request's id; refusals that matter to auditors are put on record."""
    try:
        return _submit(rt, store, package_id, by=by)
    except DuplicateRequest:
        # The other request may be a copy of this very form that arrived a moment earlier.
        known = _known(rt, form, by)
        if known is None:
            raise
        return known
    except IntegrityError:
        # Two copies of the form, or two requests for the same guest, were stored at once; the other one was first,
        # and now it can be seen: the copy is found by its form, the other request is refused by its name.
        return _known(rt, form, by) or _submit(rt, store, package_id, by=by)


def _submit(rt: Runtime, store: Callable[[], AccessRequest], package_id: str, *, by: Actor) -> str:
    try:
        request = store()
    except tuple(ON_RECORD) as refusal:
        _record_refusal(rt, package_id, refusal, by=by)
        raise
    rt.waker.wake("mail")
    if request.state is RequestState.DELIVERING:
        rt.waker.wake("pump", request.tenant_id)
    return request.id


def _store(rt: Runtime, ask: Ask, *, by: Actor) -> AccessRequest:
    with transaction(rt.sessions) as tx:
        known = by_form(tx, ask, by)
        if known is not None:
            return known
        package = open_package(tx, rt, ask.package_id, by)
        request = drafting.draft(tx, rt, ask, package, by)
        put(tx, rt, request, package, by=by)
    return request


def put(tx: Session, rt: Runtime, request: AccessRequest, package: AccessPackage, *, by: Actor) -> None:
    """Route a request by the rules and store it, in the caller's transaction, or refuse."""
    facts = facts_of(tx, rt, package, request)
    for refusal in admitting.objections(tx, rt, package, request, facts, by=by):
        raise refusal
    route = plan_route(tx, rt, package, request, facts)
    why = why_of(tx, rt, package, facts, route)
    if route.denied_because:
        raise DeniedByRule(why, owner=package.owner_name)
    # Last, since everybody who asks at the same moment waits for this count.
    quotas.count(tx, package, quotas.allowances(tx, package, facts, by.ref), day=rt.clock().date())
    _keep_why(request, why)
    _open_stages(rt, request, route)
    tx.add(request)
    tx.flush()
    drafting.revise(tx, request, by=by, why="as it was asked")
    account = Account(
        why=request.justification,
        details={"package": package.name, "content": request.content_hash, "rule": _rule_of(why)},
    )
    tx.add(event("request.submit", request.subject, by=by, at=rt.clock(), account=account))
    notifying.request_submitted(tx, rt, request)
    if route.automatic:
        _grant(tx, rt, request, package, why)


def _grant(tx: Session, rt: Runtime, request: AccessRequest, package: AccessPackage, why: Why) -> None:
    """Take the request to its delivery without anybody, since a rule says so."""
    account = Account(
        why=f"granted by the rule “{_rule_of(why)}”, without a decision",
        details={"rule": request.rule_id, "version": request.rule_version, "content": request.content_hash},
    )
    tx.add(request.take("approve", by=SYSTEM, at=rt.clock(), account=account))
    granting.grant(tx, rt, request, package, by=SYSTEM)


def _keep_why(request: AccessRequest, why: Why) -> None:
    rule = why.verdict.rule
    request.rule_id, request.rule_version = (rule.id, rule.version) if rule else (None, None)
    request.why = why.as_json()


def _rule_of(why: Why) -> str:
    return why.verdict.rule.name if why.verdict.rule else ""


def _record_refusal(rt: Runtime, package_id: str, refusal: Refused, *, by: Actor) -> None:
    with transaction(rt.sessions) as tx:
        package = tx.get_one(AccessPackage, package_id)
        subject = Subject(kind="package", id=package.id, tenant_id=package.tenant_id)
        details = refusal.why.as_json() if isinstance(refusal, DeniedByRule) else {}
        account = Account(why=refusal.cause, details=details)
        action = next(action for kind, action in ON_RECORD.items() if isinstance(refusal, kind))
        tx.add(event(action, subject, by=by, at=rt.clock(), account=account))


def withdraw(rt: Runtime, request_id: str, *, by: Actor) -> None:
    """Take a request back before anybody has decided."""
    with transaction(rt.sessions) as tx:
        request = tx.get(AccessRequest, request_id, with_for_update=True)
        if request is None or not by.is_(request.requestor_tenant_id, request.requestor_object_id):
            raise NotFound
        tx.add(request.take("withdraw", by=by, at=rt.clock()))
        closing.end_stages(request)
        notifying.request_settled(tx, rt, request)
    rt.waker.wake("mail")


def _open_stages(rt: Runtime, request: AccessRequest, route: Route) -> None:
    at = rt.clock()
    for position, planned in enumerate(route.stages):
        stage = ApprovalStage(position=position, quorum=planned.spec.quorum, spec=stage_to_data(planned.spec))
        stage.approvers = [
            *(_approver(candidate) for candidate in planned.approvers),
            *(_approver(candidate, is_alternate=True) for candidate in planned.alternates),
        ]
        if position == 0:
            stage.open(at=at)
        request.stages.append(stage)


def _approver(candidate: Candidate, *, is_alternate: bool = False) -> StageApprover:
    return StageApprover(
        tenant_id=candidate.person.tenant_id,
        object_id=candidate.person.object_id,
        name=candidate.name,
        because=candidate.because,
        is_alternate=is_alternate,
        quiet=candidate.quiet,
    )


def open_package(tx: Session, rt: Runtime, package_id: str, by: Actor) -> AccessPackage:
    """Return a package that the actor may ask for."""
    # Shared, so that the package does not change between being read and the request being stored.
    package = tx.get(AccessPackage, package_id, with_for_update={"read": True})
    if package is None or not rt.settings.may_ask(home_id=by.tenant_id, resource_id=package.tenant_id):
        raise NotFound
    package.ensure_open()
    return package


def _known(rt: Runtime, form: Keyed, by: Actor) -> str | None:
    with reading(rt.sessions) as tx:
        known = by_form(tx, form, by)
        return known.id if known else None


def by_form(tx: Session, form: Keyed, by: Actor) -> AccessRequest | None:
    """Return the request that this form became already, or None."""
    return tx.scalar(select(AccessRequest).where(AccessRequest.form_key == form_key_of(form, by)))
