"""Handing on: what a leaver had asked for, and what they were asked. Nothing waits for somebody who is gone."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM, Actor
from selfservice.model.audit import Account, event
from selfservice.model.delegation import Delegation
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal
from selfservice.model.request import AccessRequest, RequestState, StepNotAllowed
from selfservice.services import closing, notifying
from selfservice.services.runtime import Runtime

NO_SPONSOR = "the sponsor has left, and nobody has taken their place"


def close_own(tx: Session, rt: Runtime, person: Person) -> None:
    """Take back what the leaver asked for themself."""
    asked = (AccessRequest.requestor_tenant_id == person.tenant_id) & (
        AccessRequest.requestor_object_id == person.object_id
    )
    for request in _pending(tx, rt, asked & AccessRequest.for_self):
        cancel(tx, rt, request, "the requestor has left")


def cancel(tx: Session, rt: Runtime, request: AccessRequest, why: str) -> None:
    """Withdraw a request in the name of somebody who cannot any more."""
    tx.add(request.take("withdraw", by=SYSTEM, at=rt.clock(), account=Account(why=why)))
    closing.end_stages(request)
    notifying.request_settled(tx, rt, request)


def end_delegations(tx: Session, rt: Runtime, person: Person) -> None:
    """Let nobody decide for the leaver, and the leaver for nobody."""
    at, ref = rt.clock(), person.ref
    of = (Delegation.tenant_id == ref.tenant_id) & (Delegation.object_id == ref.object_id)
    to = (Delegation.delegate_tenant_id == ref.tenant_id) & (Delegation.delegate_object_id == ref.object_id)
    running = select(Delegation).where(or_(of, to), Delegation.ended_at.is_(None), Delegation.ends_at > at)
    for delegation in tx.scalars(running):
        delegation.ended_at = max(at, delegation.starts_at)
        account = Account(why=f"{person.display_name} has left")
        tx.add(event("delegation.end", delegation.subject, by=SYSTEM, at=at, account=account))


def give_up(tx: Session, rt: Runtime, proposal: Proposal) -> None:
    """Take a request back whose sponsor nobody wanted to be, where it still waits."""
    request = tx.get(AccessRequest, str(proposal.body.get("request")), with_for_update=True)
    if request is not None and request.state is RequestState.PENDING_APPROVAL:
        cancel(tx, rt, request, NO_SPONSOR)


def was_voted(request: AccessRequest) -> bool:
    """Say whether anybody has decided about the request as it is: then nothing of it can be changed any more."""
    return any(stage.votes for stage in request.stages)


def take_request(tx: Session, rt: Runtime, proposal: Proposal, by: Actor) -> None:
    """Let whoever agreed be the sponsor of a request that waits."""
    request = tx.get(AccessRequest, str(proposal.body.get("request")), with_for_update=True)
    if request is None or request.state is not RequestState.PENDING_APPROVAL or was_voted(request):
        raise StepNotAllowed(
            "This request has been decided, or taken back, meanwhile.", next_step="Say no, and ask anew.", owner="You"
        )
    closing.keep(tx, request, by_name=request.requestor_name, at=request.submitted_at, why="as it was asked for")
    details = {"before": request.sponsor_object_id, "now": by.object_id}
    request.sponsor_tenant_id, request.sponsor_object_id = by.tenant_id, by.object_id
    request.sponsor_name, request.changed_at = by.name, rt.clock()
    closing.keep(tx, request, by_name=by.name, at=rt.clock(), why=f"{by.name} has become the sponsor")
    account = Account(why=proposal.reason, details={**details, "content": request.content_hash})
    tx.add(event("request.sponsorChanged", request.subject, by=by, at=rt.clock(), account=account))


def _pending(tx: Session, rt: Runtime, whose: ColumnElement[bool]) -> list[AccessRequest]:
    resource = [tenant.tenant_id for tenant in rt.settings.tenants.values() if tenant.is_resource]
    waiting = select(AccessRequest).where(
        AccessRequest.tenant_id.in_(resource), AccessRequest.state == RequestState.PENDING_APPROVAL, whose
    )
    return list(tx.scalars(waiting.order_by(AccessRequest.id).with_for_update()))
