"""Reviews of the web tests: a campaign over all guests of Contoso, its first run open."""

from collections.abc import Sequence
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


def review(rt: WebRuntime, by: Actor, guests: Sequence[str] = (), *, name: str = "Guests of Contoso") -> Reviewed:
    """Make a campaign over these guests, or over everybody, and let the worker open its first run; the item is of the
    first of them.
    """
    scope = ScopeKind.GUESTS if guests else ScopeKind.TENANT
    plan = ReviewPlan(name=name, scope=scope, scope_ids=tuple(guests), by_exception=False)
    campaign_id = campaigning.create(rt, plan, starts_on=NOW.date(), by=by)
    starting.start_due(rt)
    with reading(rt.sessions) as tx:
        run = tx.scalars(select(ReviewRun).where(ReviewRun.campaign_id == campaign_id)).one()
        items = tx.scalars(select(ReviewItem).where(ReviewItem.run_id == run.id)).all()
    item = next(each for each in items if each.guest_id == guests[0]) if guests else items[0]
    return Reviewed(campaign=campaign_id, run=run.id, item=item.subject_id)


def take_many_in(rt: WebRuntime, number: int) -> list[str]:
    """Take guests in for whom Cy answers; return their ids."""
    return [take_in(rt, f"Guest{n:02d} {FAMILY[n % len(FAMILY)]}") for n in range(number)]
