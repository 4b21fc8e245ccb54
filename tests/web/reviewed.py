"""Reviews of the web tests: a campaign over all guests of Contoso, its first run open."""

from dataclasses import dataclass

from sqlalchemy import select

from selfservice.model.actor import Actor
from selfservice.model.review import ReviewItem, ReviewRun
from selfservice.model.review_plan import ReviewPlan, ScopeKind
from selfservice.services.reviews import campaigning, starting
from selfservice.services.runtime import WebRuntime
from selfservice.store.transaction import reading
from tests.web.cast import NOW
from tests.web.guested import take_in

FAMILY = ("Ash", "Birk", "Cole", "Dahl", "Eide", "Frost", "Grant", "Holm")


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """A campaign, its open run, and one item in it."""

    campaign: str
    run: str
    item: str


def review(rt: WebRuntime, by: Actor, *, name: str = "Guests of Contoso", guest_id: str = "") -> Reviewed:
    """Let an admin of Contoso make a campaign over every guest, and the worker open its first run."""
    plan = ReviewPlan(name=name, scope=ScopeKind.TENANT, by_exception=False)
    campaign_id = campaigning.create(rt, plan, starts_on=NOW.date(), by=by)
    starting.start_due(rt)
    with reading(rt.sessions) as tx:
        run = tx.scalars(select(ReviewRun).where(ReviewRun.campaign_id == campaign_id)).one()
        items = select(ReviewItem).where(ReviewItem.run_id == run.id).order_by(ReviewItem.subject_id)
        item = next(each for each in tx.scalars(items) if guest_id in ("", each.guest_id))
    return Reviewed(campaign=campaign_id, run=run.id, item=item.subject_id)


def take_many_in(rt: WebRuntime, number: int) -> list[str]:
    """Take guests in for whom Cy answers; return their names."""
    names = [f"Guest{n:02d} {FAMILY[n % len(FAMILY)]}" for n in range(number)]
    for each in names:
        take_in(rt, each)
    return names
