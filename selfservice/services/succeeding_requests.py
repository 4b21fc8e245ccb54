"""Requests whose sponsor is gone before anybody has decided: somebody agrees to follow, or they are taken back."""

from sqlalchemy import exists, or_, select

from selfservice.model.actor import SYSTEM
from selfservice.model.person import Person
from selfservice.model.proposal import Proposal, ProposalKind, ProposalState
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import foreseeing, handing_on, proposing, successors
from selfservice.services.proposing import Draft
from selfservice.services.runtime import Runtime
from selfservice.services.taking_over import body_of
from selfservice.store.transaction import reading, transaction

BATCH = 100
KEY = "sponsor:request:"


def hand_on_due(rt: Runtime) -> int:
    """Look for sponsors of waiting requests, and return for how many somebody was asked."""
    resource = [tenant.tenant_id for tenant in rt.settings.tenants.values() if tenant.is_resource]
    asked = exists().where(Proposal.one_key == KEY + AccessRequest.id, Proposal.state == ProposalState.OPEN)
    is_sponsor = (Person.tenant_id == AccessRequest.sponsor_tenant_id) & (
        Person.object_id == AccessRequest.sponsor_object_id
    )
    query = (
        select(AccessRequest.id)
        .join(Person, is_sponsor)
        .where(
            AccessRequest.tenant_id.in_(resource),
            AccessRequest.state == RequestState.PENDING_APPROVAL,
            ~AccessRequest.for_self,
            or_(~Person.enabled, Person.removed_at.is_not(None)),
            ~asked,
        )
        .order_by(AccessRequest.id)
        .limit(BATCH)
    )
    with reading(rt.sessions) as tx:
        found = tx.scalars(query).all()
    handed = sum(_hand_on(rt, request_id) for request_id in found)
    if found:
        rt.waker.wake("mail")
    return handed


def _hand_on(rt: Runtime, request_id: str) -> bool:
    """Ask the manager, or else the admins; what was decided in part, or nobody can answer for, is taken back."""
    with transaction(rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id, with_for_update=True)
        if request.state is not RequestState.PENDING_APPROVAL:
            return False
        turns = successors.for_request(tx, rt, request.tenant_id, request.sponsor)
        if not turns or handing_on.was_voted(request):
            handing_on.cancel(tx, rt, request, handing_on.NO_SPONSOR)
            return False
        draft = Draft(
            kind=ProposalKind.SUCCESSION,
            tenant_id=request.tenant_id,
            guest_id=None,
            body=body_of(request.sponsor, request.sponsor_name) | {"request": request.id, "guest_name": request.title},
            reason=f"{request.sponsor_name} has left",
            asked=tuple(each for turn in turns for each in turn),
            one_key=KEY + request.id,
            answer_days=foreseeing.policy_of(tx, request.tenant_id).answer_days,
        )
        proposing.propose(tx, rt, draft, by=SYSTEM)
        return True
