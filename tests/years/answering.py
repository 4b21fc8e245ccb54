"""What sponsors, owners and reviewers do over the years: extend, let expire, hand over, answer, review, undo."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import select

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import Actor
from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.guest import ActCause, Guest
from selfservice.model.proposal import Proposal, ProposalKind, ProposalState
from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.review import ItemState, ReviewItem, ReviewRun, RunState, Verdict
from selfservice.model.review_plan import Every, NoAnswer, ReviewPlan, ScopeKind
from selfservice.services import agreeing, approving, caring, extending, handing, lapsing
from selfservice.services.appliers import APPLIERS
from selfservice.services.extending import Extension
from selfservice.services.reviews import campaigning, deciding
from selfservice.services.reviews.deciding import Answer
from selfservice.store.transaction import reading
from tests.services.making import BOB, CONTOSO, DEE, WES
from tests.years.diary import Access
from tests.years.people import DEEDS, OFTEN, Company

MONTHLY = ReviewPlan(
    name="Every month",
    scope=ScopeKind.TENANT,
    every=Every.MONTH,
    no_answer=NoAnswer.KEEP,
    landing_days=7,
    sample_percent=30,
)


def begin_reviews(company: Company) -> None:
    """Let Contoso review its guests every month."""
    campaigning.create(company.inst.rt, MONTHLY, starts_on=company.inst.clock().date(), by=DEE)


def extend(company: Company) -> str:
    assignment = company.running()
    if assignment is None:
        return "none"
    rt, at = company.inst.rt, company.inst.clock()
    ends_on = min(assignment.ends_on, at.date()) + timedelta(days=company.random.choice((20, 45, 100)))
    asked = Extension(ends_on=ends_on, why="the close goes on", form_key=f"x{company.diary.operations}")
    request_id = extending.extend(rt, assignment.id, asked, by=company.sponsor_of(assignment))
    with reading(rt.sessions) as tx:
        request = tx.get_one(AccessRequest, request_id)
    decider = BOB if assignment.tenant_id == CONTOSO else WES
    if request.state is RequestState.PENDING_APPROVAL:
        if company.random.random() < 0.1:
            approving.deny(rt, request_id, by=decider, seen=request.content_hash, justification="no")
            return ""
        approving.approve(rt, request_id, by=decider, seen=request.content_hash, justification="fine")
    access = company.diary.accesses[assignment.request_id]
    access.ends.append((at, ends_on))
    access.decided.append((at, "extended"))
    return ""


def let_expire(company: Company) -> str:
    assignment = company.running()
    if assignment is None:
        return "none"
    lapsing.let_expire(company.inst.rt, assignment.id, by=company.sponsor_of(assignment))
    company.diary.accesses[assignment.request_id].decided.append((company.inst.clock(), "letExpire"))
    return ""


def hand_over(company: Company) -> str:
    assignment = company.running()
    if assignment is None or assignment.sponsor_tenant_id == assignment.tenant_id:
        return "none"
    to = company.active()
    handing.hand_over(
        company.inst.rt, [assignment.guest_id], to=to.ref, why="new job", by=company.sponsor_of(assignment)
    )
    return ""


def answer(company: Company) -> str:
    """Somebody who was asked agrees to a proposal, or declines it."""
    with reading(company.inst.rt.sessions) as tx:
        found = tx.scalars(select(Proposal).where(Proposal.state == ProposalState.OPEN)).all()
    found = [f for f in found if f.kind in APPLIERS]
    waiting = sorted(found, key=lambda each: (each.proposed_at, each.kind, each.reason))
    if not waiting:
        return "none"
    proposal = company.random.choice(waiting)
    asked = [each for each in proposal.asked if each.declined_at is None]
    if not asked:
        return "none"
    who = asked[-1]
    by = Actor(tenant_id=who.tenant_id, object_id=who.object_id, name=who.name)
    if company.random.random() < 0.3:
        agreeing.decline(company.inst.rt, proposal.id, by=by, why="not mine")
        return ""
    agreeing.accept(company.inst.rt, proposal.id, by=by)
    _note_agreed(company, proposal)
    return ""


def review(company: Company) -> str:
    """A reviewer says of one item that the access stays, or that it goes."""
    with reading(company.inst.rt.sessions) as tx:
        query = select(ReviewItem).join(ReviewRun, ReviewRun.id == ReviewItem.run_id)
        found = tx.scalars(query.where(ReviewRun.state == RunState.OPEN, ReviewItem.state == ItemState.OPEN)).all()
    waiting = sorted((each for each in found if each.reviewer and each.verdict is None), key=lambda each: each.basis)
    if not waiting:
        return "none"
    item, rt = company.random.choice(waiting), company.inst.rt
    tenant_id, _, object_id = item.reviewer.partition("/")
    by = Actor(tenant_id=tenant_id, object_id=object_id, name="Reviewer")
    removes = company.random.random() < 0.15
    told = Answer(
        item_id=item.subject_id,
        basis=item.basis,
        verdict=Verdict.REMOVE if removes else Verdict.KEEP,
        why="not needed" if removes else "",
    )
    deciding.decide(rt, item.run_id, told, by=by)
    if removes:
        key = _key_of(company, item.guest_id)
        company.diary.removed_by_review.setdefault(key, []).append(company.inst.clock())
    return ""


def undo(company: Company) -> str:
    """An admin undoes the block of a leaver."""
    rt, at = company.inst.rt, company.inst.clock()
    query = select(GuestAct).where(
        GuestAct.kind == ActKind.BLOCK,
        GuestAct.cause == ActCause.LEAVER,
        GuestAct.state == ActState.DONE,
        GuestAct.tenant_id == CONTOSO,
        GuestAct.undone_by_id.is_(None),
        GuestAct.undo_until > at,
    )
    with reading(rt.sessions) as tx:
        found = sorted(tx.scalars(query), key=lambda each: each.at)
    if not found:
        return "none"
    act = company.random.choice(found)
    caring.undo(rt, act.id, by=DEE)
    company.diary.undone.setdefault(_key_of(company, act.guest_id), []).append(at)
    return ""


def _note_agreed(company: Company, proposal: Proposal) -> None:
    """What somebody agreed to is meant from now on: a guest who is taken in, an access that was approved afterwards."""
    at = company.inst.clock()
    with reading(company.inst.rt.sessions) as tx:
        guest = tx.get(Guest, proposal.guest_id) if proposal.guest_id else None
        if proposal.kind is ProposalKind.ADOPTION:
            user_id = guest.object_id if guest else str(proposal.body.get("object_id", ""))
            company.diary.adopted[(proposal.tenant_id, user_id)] = at
        known = set(company.diary.accesses)
        for assignment in tx.scalars(select(Assignment).where(Assignment.state == AssignmentState.ACTIVE)):
            if assignment.request_id in known:
                continue
            holder = tx.get_one(Guest, assignment.guest_id)
            company.diary.accesses[assignment.request_id] = Access(
                request_id=assignment.request_id,
                tenant_id=assignment.tenant_id,
                address=holder.address_key,
                home=None,
                group_id=company.packages[assignment.package_id][1],
                granted_at=at,
                ends=[(at, assignment.ends_on)],
            )


def _key_of(company: Company, guest_id: str) -> tuple[str, str]:
    with reading(company.inst.rt.sessions) as tx:
        guest = tx.get_one(Guest, guest_id)
        return guest.tenant_id, guest.object_id


ALL_DEEDS: Mapping[str, Callable[[Company], str]] = {
    **DEEDS,
    "extend": extend,
    "letExpire": let_expire,
    "handOver": hand_over,
    "answer": answer,
    "review": review,
    "undo": undo,
}
ALL_OFTEN = {**OFTEN, "extend": 8, "letExpire": 4, "handOver": 3, "answer": 6, "review": 10, "undo": 1}
