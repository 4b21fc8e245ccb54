"""Requesting: someone asks for an access package for themself or for a guest, and may withdraw while nobody has
decided.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.address import address_key
from selfservice.model.approval import ApprovalStage, StageApprover, StageState
from selfservice.model.audit import Account, event
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest
from selfservice.model.routing import Candidate, Route
from selfservice.model.rules.codec import stage_to_data
from selfservice.services import eligibility, notifying
from selfservice.services.eligibility import DuplicateRequest
from selfservice.services.routing import facts_of, plan_route
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What someone asks for. `form_key` is unique to the form, so that pressing twice asks once; no sponsor means
    themself.
    """

    form_key: str
    package_id: str
    for_self: bool
    justification: str
    ends_on: date
    guest_address: str = ""
    guest_name: str = ""
    guest_company: str = ""
    sponsor: PersonRef | None = None
    message: str = ""


def submit(rt: Runtime, ask: Ask, *, by: Actor) -> str:
    """Ask for a package and return the request's id; the same form sent twice is one request."""
    try:
        return _submit(rt, ask, by=by)
    except DuplicateRequest:
        # The other request may be a copy of this very form that arrived a moment earlier.
        known = _known(rt, ask, by)
        if known is None:
            raise
        return known
    except IntegrityError:
        # Two copies of the form, or two requests for the same guest, were stored at once; the other one was first,
        # and now it can be seen: the copy is found by its form, the other request is refused by its name.
        return _known(rt, ask, by) or _submit(rt, ask, by=by)


def _submit(rt: Runtime, ask: Ask, *, by: Actor) -> str:
    with transaction(rt.sessions) as tx:
        known = _by_form(tx, ask, by)
        if known is not None:
            return known
        package = _open_package(tx, rt, ask.package_id, by)
        request = _draft(tx, rt, ask, package=package, by=by)
        eligibility.ensure_new(tx, package, request.guest_key, by=by)
        facts = facts_of(tx, rt, package, request)
        route = plan_route(tx, rt, package, request, facts)
        _open_stages(rt, request, route)
        tx.add(request)
        tx.flush()
        account = Account(
            why=request.justification,
            details={"package": package.name, "content": request.content_hash},
        )
        tx.add(event("request.submit", request.subject, by=by, at=rt.clock(), account=account))
        notifying.request_submitted(tx, rt, request)
    rt.waker.wake("mail")
    return request.id


def withdraw(rt: Runtime, request_id: str, *, by: Actor) -> None:
    """Take a request back before anybody has decided."""
    with transaction(rt.sessions) as tx:
        request = tx.get(AccessRequest, request_id, with_for_update=True)
        if request is None or not by.is_(request.requestor_tenant_id, request.requestor_object_id):
            raise NotFound
        tx.add(request.take("withdraw", by=by, at=rt.clock()))
        for stage in request.stages:
            stage.state = StageState.ENDED


def _draft(tx: Session, rt: Runtime, ask: Ask, *, package: AccessPackage, by: Actor) -> AccessRequest:
    asker = eligibility.asker(tx, by)
    at = rt.clock()
    beneficiary = eligibility.beneficiary(tx, rt.settings, ask.for_self, ask.guest_address, package=package, by=by)
    sponsor = eligibility.sponsor(tx, ask.sponsor, by=by, asker=asker)
    return AccessRequest(
        form_key=_form_key(ask, by),
        tenant_id=package.tenant_id,
        package_id=package.id,
        package_name=package.name,
        package_fingerprint=package.fingerprint,
        requestor_tenant_id=by.tenant_id,
        requestor_object_id=by.object_id,
        requestor_name=asker.display_name or by.name,
        requestor_mail=asker.mail or asker.user_principal_name,
        for_self=ask.for_self,
        guest_address=beneficiary.address,
        guest_key=address_key(beneficiary.address),
        guest_name=beneficiary.name or eligibility.clean_line(ask.guest_name, what="name", longest=120),
        guest_company=beneficiary.company or eligibility.clean_line(ask.guest_company, what="company", longest=120),
        sponsor_tenant_id=sponsor.tenant_id,
        sponsor_object_id=sponsor.object_id,
        sponsor_name=sponsor.display_name,
        justification=eligibility.justification(ask.justification),
        message="" if ask.for_self else eligibility.clean_text(ask.message, what="message", longest=500),
        ends_on=eligibility.end_date(ask.ends_on, package=package, today=at.date()),
        submitted_at=at,
        changed_at=at,
    )


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


def _open_package(tx: Session, rt: Runtime, package_id: str, by: Actor) -> AccessPackage:
    # Shared, so that the package does not change between being read and the request being stored.
    package = tx.get(AccessPackage, package_id, with_for_update={"read": True})
    if package is None or not rt.settings.may_ask(home_id=by.tenant_id, resource_id=package.tenant_id):
        raise NotFound
    package.ensure_open()
    return package


def _known(rt: Runtime, ask: Ask, by: Actor) -> str | None:
    with reading(rt.sessions) as tx:
        return _by_form(tx, ask, by)


def _by_form(tx: Session, ask: Ask, by: Actor) -> str | None:
    return tx.scalar(select(AccessRequest.id).where(AccessRequest.form_key == _form_key(ask, by)))


def _form_key(ask: Ask, by: Actor) -> str:
    # Bound to the person, so that nobody can claim (or find out about) another's form.
    return hashlib.sha256(f"{by.tenant_id}/{by.object_id}/{ask.form_key}".encode()).hexdigest()
