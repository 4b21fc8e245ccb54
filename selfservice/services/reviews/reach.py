"""Who may do what in a review: its reviewers answer, whoever keeps its scope manages it, auditors look."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor, ActorKind
from selfservice.model.approval import ApprovalStage, Decision, Outcome
from selfservice.model.assignment import Assignment
from selfservice.model.guest import Guest
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.review import ItemState, ReviewCampaign, ReviewItem, ReviewRun
from selfservice.model.review_plan import ReviewPlan, ScopeKind
from selfservice.services import authority, posting, sponsoring
from selfservice.services.foreseeing import RUNNING
from selfservice.services.rules.keeping import keeping_of
from selfservice.services.runtime import Runtime
from selfservice.services.standing_in import principals_of


class NotYours(NotAllowed):
    """The reviewer is the guest, or granted the access."""


def voices_of(tx: Session, rt: Runtime, *, by: Actor) -> tuple[str, ...]:
    """Return the keys for which the actor answers: their own first, then of those whom they decide for right now."""
    if by.kind is not ActorKind.PERSON:
        return ()
    return tuple(posting.key_of(each) for each in (by.ref, *principals_of(tx, by.ref, at=rt.clock())))


def manages(tx: Session, rt: Runtime, tenant_id: str, plan: ReviewPlan, *, by: Actor) -> bool:
    """Say whether the actor may make, stop and close this: an admin, or whoever owns all the packages in it."""
    keeping = keeping_of(tx, rt, tenant_id, by=by)
    if keeping.administers:
        return True
    return plan.scope is ScopeKind.PACKAGES and bool(plan.scope_ids) and set(plan.scope_ids) <= keeping.packages


def campaign_to_manage(tx: Session, rt: Runtime, campaign_id: str, *, by: Actor) -> ReviewCampaign:
    """Return a campaign that the actor manages, locked."""
    campaign = tx.get(ReviewCampaign, campaign_id, with_for_update=True)
    if campaign is None or not manages(tx, rt, campaign.tenant_id, campaign.plan, by=by):
        raise NotFound
    return campaign


def run_to_manage(tx: Session, rt: Runtime, run_id: str, *, by: Actor) -> ReviewRun:
    """Return a run that the actor manages, locked."""
    run = tx.get(ReviewRun, run_id, with_for_update=True)
    if run is None or not manages(tx, rt, run.tenant_id, run.plan, by=by):
        raise NotFound
    return run


def campaign_to_see(tx: Session, rt: Runtime, campaign_id: str, *, by: Actor) -> ReviewCampaign:
    """Return a campaign that the actor manages, or oversees."""
    campaign = tx.get(ReviewCampaign, campaign_id)
    if campaign is None or not _sees(tx, rt, campaign.tenant_id, campaign.plan, by=by):
        raise NotFound
    return campaign


def run_to_see(tx: Session, rt: Runtime, run_id: str, *, by: Actor) -> ReviewRun:
    """Return a run that the actor manages, or oversees."""
    run = tx.get(ReviewRun, run_id)
    if run is None or not _sees(tx, rt, run.tenant_id, run.plan, by=by):
        raise NotFound
    return run


def may_answer(tx: Session, rt: Runtime, run: ReviewRun, item: ReviewItem, *, by: Actor) -> bool:
    """Say whether an item asks the actor, or somebody they decide for; what was left asks those who manage the run."""
    if item.reviewer in voices_of(tx, rt, by=by):
        return True
    nobody = item.reviewer == "" or item.state is ItemState.LEFT
    return nobody and by.kind is ActorKind.PERSON and manages(tx, rt, run.tenant_id, run.plan, by=by)


def may_take_back(tx: Session, rt: Runtime, run: ReviewRun, item: ReviewItem, *, by: Actor) -> bool:
    """Say whether the actor may take a removal back: who answered or answers for the guest, or manages the run."""
    guest = tx.get_one(Guest, item.guest_id)
    if by.kind is not ActorKind.PERSON or is_of(guest, by):
        return False
    return (
        posting.key_of(by.ref) == item.decided_by
        or may_answer(tx, rt, run, item, by=by)
        or sponsoring.answers_for(tx, guest, by=by)
        or manages(tx, rt, run.tenant_id, run.plan, by=by)
    )


def ensure_impartial(tx: Session, run: ReviewRun, item: ReviewItem, *, by: Actor) -> None:
    """Refuse where the actor is the guest (unless the campaign asks guests), or granted the access themself."""
    if item.because == "guest" and item.reviewer == posting.key_of(by.ref):
        return
    if is_of(tx.get_one(Guest, item.guest_id), by):
        raise _not_yours("This is your own access, and nobody reviews their own.")
    if run.plan.spare_own and posting.key_of(by.ref) in _granters(tx, item):
        raise _not_yours("You granted this yourself, and in this review nobody reviews what they granted.")


def _granters(tx: Session, item: ReviewItem) -> frozenset[str]:
    """Return the keys of those who agreed to what an item is about."""
    held = select(Assignment.request_id).where(Assignment.guest_id == item.guest_id, Assignment.state.in_(RUNNING))
    if item.assignment_id is not None:
        held = held.where(Assignment.id == item.assignment_id)
    agreed = select(Decision).join(ApprovalStage, ApprovalStage.id == Decision.stage_id)
    agreed = agreed.where(ApprovalStage.request_id.in_(held), Decision.outcome == Outcome.APPROVE)
    votes = tx.scalars(agreed.where(Decision.withdrawn_at.is_(None)))
    return frozenset(posting.key_of(each) for vote in votes for each in (vote.ref, vote.principal))


def is_of(guest: Guest, by: Actor) -> bool:
    """Say whether the actor is this guest."""
    return by.is_(guest.tenant_id, guest.object_id) or by.is_(guest.home_tenant_id, guest.home_object_id)


def _sees(tx: Session, rt: Runtime, tenant_id: str, plan: ReviewPlan, *, by: Actor) -> bool:
    return authority.oversees(rt.settings, tenant_id, by=by) or manages(tx, rt, tenant_id, plan, by=by)


def _not_yours(cause: str) -> NotYours:
    return NotYours(
        cause, next_step="Leave it: others are asked, or an admin decides.", owner="Whoever runs the review"
    )
