"""Campaigning: admins of a tenant, and owners of packages for theirs, make campaigns, start and stop them."""

from datetime import date

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.audit import Account, event
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.review import CampaignState, ReviewCampaign
from selfservice.model.review_plan import PlanRefused, ReviewPlan, checked, plan_to_data
from selfservice.services.reviews import reach, starting
from selfservice.services.reviews.reasons import reason_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


class AlreadyRunning(NotAllowed):
    """A run of the campaign is under way; there is one at a time."""


def create(rt: Runtime, plan: ReviewPlan, *, starts_on: date, by: Actor) -> str:
    """Make a campaign of the actor's own tenant, and return its id."""
    at, plan = rt.clock(), checked(plan)
    if starts_on < at.date():
        raise PlanRefused("The first day is past.", next_step="Choose today, or a later day.", owner="You")
    with transaction(rt.sessions) as tx:
        if not reach.manages(tx, rt, by.tenant_id, plan, by=by):
            raise NotFound
        campaign = ReviewCampaign(
            tenant_id=by.tenant_id,
            body=plan_to_data(plan),
            first_start=starts_on,
            next_start=starts_on,
            created_at=at,
            created_by_tenant_id=by.tenant_id,
            created_by_object_id=by.object_id,
            created_by_name=by.name,
        )
        tx.add(campaign)
        _note(tx, rt, campaign, "review.create", by=by, why=plan.name)
    return campaign.id


def start_now(rt: Runtime, campaign_id: str, *, by: Actor) -> None:
    """Begin a run now; the worker writes its snapshot. The next one begins when it would have."""
    with transaction(rt.sessions) as tx:
        campaign = reach.campaign_to_manage(tx, rt, campaign_id, by=by)
        if starting.begin(tx, rt, campaign, by=by) is None:
            raise AlreadyRunning(
                "A run of this campaign is under way.", next_step="Close it first, or wait for its end.", owner="You"
            )


def stop(rt: Runtime, campaign_id: str, *, why: str, by: Actor) -> None:
    """Let no further run begin; one that is open goes on to its end."""
    words = reason_of(why)
    with transaction(rt.sessions) as tx:
        campaign = reach.campaign_to_manage(tx, rt, campaign_id, by=by)
        campaign.state, campaign.next_start = CampaignState.OVER, None
        _note(tx, rt, campaign, "review.stop", by=by, why=words)


def _note(tx: Session, rt: Runtime, campaign: ReviewCampaign, action: str, *, by: Actor, why: str) -> None:
    account = Account(why=why, details={"settings": campaign.body})
    tx.add(event(action, campaign.subject, by=by, at=rt.clock(), account=account))
