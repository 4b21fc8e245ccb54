"""Campaigns for those who make and oversee them: lists, one campaign with its runs, and what a run would hold."""

from collections.abc import Collection

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.person import Person
from selfservice.model.refusal import NotFound
from selfservice.model.review import (
    CampaignState,
    ItemState,
    ReviewCampaign,
    ReviewItem,
    ReviewRun,
    RunState,
)
from selfservice.model.review_plan import ReviewPlan, checked, plan_to_data
from selfservice.model.review_tally import ReviewTally
from selfservice.services import authority, posting
from selfservice.services.overview import paging
from selfservice.services.overview import review_words as words
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.review_items import items_of, names_of, rows_of
from selfservice.services.overview.review_rows import (
    CampaignChoices,
    CampaignPage,
    CampaignRow,
    Preview,
    PreviewRow,
    ReviewerRow,
    ReviewItemRow,
    RunRow,
    ScopeChoice,
)
from selfservice.services.overview.rows import Tone
from selfservice.services.reviews import reach, snapshot, starting
from selfservice.services.rules.keeping import keeping_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

MOST_CAMPAIGNS = 100
MOST_REVIEWERS = 50
MOST_RUNS = 24
MOST_IN_PREVIEW = 30


def may_make(rt: Runtime, by: Actor) -> bool:
    """Say whether the actor may make a campaign about anything."""
    with reading(rt.sessions) as tx:
        keeping = keeping_of(tx, rt, by.tenant_id, by=by)
        return keeping.administers or bool(keeping.packages)


def choices(rt: Runtime, by: Actor) -> CampaignChoices:
    """Return what the actor may make a campaign about."""
    with reading(rt.sessions) as tx:
        keeping = keeping_of(tx, rt, by.tenant_id, by=by)
        packages = select(AccessPackage.id, AccessPackage.name).where(
            AccessPackage.tenant_id == by.tenant_id, AccessPackage.state != PackageState.DRAFT
        )
        if not keeping.administers:
            packages = packages.where(AccessPackage.id.in_(keeping.packages))
        partners = select(ConnectedOrganization.id, ConnectedOrganization.name).where(
            ConnectedOrganization.tenant_id == (by.tenant_id if keeping.administers else "")
        )
        return CampaignChoices(
            tenant=mark_of(rt.settings, by.tenant_id),
            whole_tenant=keeping.administers,
            packages=_named(tx, packages.order_by(AccessPackage.name, AccessPackage.id)),
            partners=_named(tx, partners.order_by(ConnectedOrganization.name, ConnectedOrganization.id)),
        )


def campaigns(rt: Runtime, by: Actor) -> tuple[CampaignRow, ...]:
    """Return the campaigns that the actor may see, the newest first."""
    query = select(ReviewCampaign).where(ReviewCampaign.tenant_id == by.tenant_id)
    with reading(rt.sessions) as tx:
        keeping = keeping_of(tx, rt, by.tenant_id, by=by)
        sees_all = keeping.administers or authority.oversees(rt.settings, by.tenant_id, by=by)
        if not sees_all and not keeping.packages:
            return ()
        found = tx.scalars(query.order_by(ReviewCampaign.created_at.desc()).limit(MOST_CAMPAIGNS)).all()
        shown = [each for each in found if sees_all or set(each.plan.scope_ids) <= keeping.packages != set()]
        latest = _latest(tx, [each.id for each in shown])
        return tuple(_campaign(tx, rt, each, latest.get(each.id), may_manage=False) for each in shown)


def campaign_page(rt: Runtime, campaign_id: str, by: Actor) -> CampaignPage:
    """Return all about a campaign."""
    with reading(rt.sessions) as tx:
        campaign = reach.campaign_to_see(tx, rt, campaign_id, by=by)
        may_manage = reach.manages(tx, rt, campaign.tenant_id, campaign.plan, by=by)
        query = select(ReviewRun).where(ReviewRun.campaign_id == campaign.id).order_by(ReviewRun.number.desc())
        runs = tx.scalars(query.limit(MOST_RUNS)).all()
        newest = runs[0] if runs else None
        reviewers, more = _reviewers(tx, newest) if newest else ((), 0)
        return CampaignPage(
            row=_campaign(tx, rt, campaign, newest, may_manage=may_manage),
            plan=campaign.plan,
            settings=words.settings_of(campaign.plan),
            runs=tuple(_run(tx, run, may_manage=may_manage) for run in runs),
            reviewers=reviewers,
            more_reviewers=more,
            left=_left(tx, rt, newest, by=by) if newest else (),
            can_start=may_manage and (newest is None or newest.state not in starting.ALIVE),
            can_stop=may_manage and campaign.state is CampaignState.ACTIVE,
        )


def preview(rt: Runtime, plan: ReviewPlan, *, by: Actor) -> Preview:
    """Return how many items and reviewers a run would have if it began now."""
    plan = checked(plan)
    with reading(rt.sessions) as tx:
        if not reach.manages(tx, rt, by.tenant_id, plan, by=by):
            raise NotFound
        picture = starting.picture_of(tx, _imagined(rt, plan, by), plan, by.ref)
        found = snapshot.items(picture, picture.holdings.subject >= "").subquery("found")
        rolls = func.sum(case((found.c.state == ItemState.ROLLED, 1), else_=0))
        query = select(found.c.reviewer, found.c.because, func.count(), rolls)
        rows = tx.execute(query.group_by(found.c.reviewer, found.c.because)).all()
        total, rolled = sum(row[2] for row in rows), sum(row[3] for row in rows)
        most = sorted(rows, key=lambda row: (-row[2], row[0]))[:MOST_IN_PREVIEW]
        names = names_of(tx, [row[0] for row in most])
        return Preview(
            items=total,
            to_look_at=total - rolled,
            rolled=rolled,
            reviewers=len({row[0] for row in rows if row[0]}),
            unassigned=sum(row[2] for row in rows if not row[0]),
            rows=tuple(
                PreviewRow(name=names.get(row[0], ""), because=words.BECAUSE[row[1]], total=row[2]) for row in most
            ),
        )


def _imagined(rt: Runtime, plan: ReviewPlan, by: Actor) -> ReviewRun:
    at = rt.clock()
    return ReviewRun(
        campaign_id="",
        tenant_id=by.tenant_id,
        number=0,
        body=plan_to_data(plan),
        seed=0,
        started_at=at,
        closes_at=at,
    )


def _named(tx: Session, query: Select[str, str]) -> tuple[ScopeChoice, ...]:
    return tuple(ScopeChoice(id=row[0], name=row[1]) for row in tx.execute(query))


def _latest(tx: Session, campaign_ids: Collection[str]) -> dict[str, ReviewRun]:
    query = select(ReviewRun).where(ReviewRun.campaign_id.in_(campaign_ids)).order_by(ReviewRun.number)
    return {run.campaign_id: run for run in tx.scalars(query)}


def _campaign(
    tx: Session, rt: Runtime, campaign: ReviewCampaign, run: ReviewRun | None, *, may_manage: bool
) -> CampaignRow:
    plan = campaign.plan
    state = ("over", Tone.ENDED) if campaign.next_start is None else ("planned", Tone.MOVING)
    state_words, tone = words.run_words(run) if run is not None and run.state is not RunState.DONE else state
    return CampaignRow(
        campaign_id=campaign.id,
        name=plan.name,
        tenant=mark_of(rt.settings, campaign.tenant_id),
        scope_words=words.SCOPES[plan.scope],
        every_words=words.EVERY[plan.every],
        state_words=state_words,
        tone=tone,
        next_start=campaign.next_start,
        created_by=campaign.created_by_name,
        latest=_run(tx, run, may_manage=may_manage) if run is not None else None,
    )


def _run(tx: Session, run: ReviewRun, *, may_manage: bool) -> RunRow:
    sums = [func.coalesce(func.sum(each), 0) for each in (ReviewTally.total, ReviewTally.open, ReviewTally.kept)]
    more = [func.coalesce(func.sum(each), 0) for each in (ReviewTally.removed, ReviewTally.unsure, ReviewTally.rolled)]
    counted = select(*sums, *more, func.count()).where(ReviewTally.run_id == run.id, ReviewTally.total > 0)
    total, open_, kept, removed, unsure, rolled, reviewers = (int(each) for each in tx.execute(counted).one())
    state_words, tone = words.run_words(run)
    return RunRow(
        run_id=run.id,
        number=run.number,
        state_words=state_words,
        tone=tone,
        started_at=run.started_at,
        closes_at=run.closes_at,
        closed_at=run.closed_at,
        total=total,
        open=open_,
        kept=kept,
        removed=removed,
        unsure=unsure,
        rolled=rolled,
        left=tx.scalar(_left_of(run).with_only_columns(func.count())) or 0,
        reviewers=reviewers,
        can_close=may_manage and run.state is RunState.OPEN,
        can_export=run.state is not RunState.STARTING,
    )


def _left_of(run: ReviewRun) -> Select[ReviewItem]:
    return select(ReviewItem).where(ReviewItem.run_id == run.id, ReviewItem.state == ItemState.LEFT)


def _left(tx: Session, rt: Runtime, run: ReviewRun, *, by: Actor) -> tuple[ReviewItemRow, ...]:
    nobody = (ReviewItem.state == ItemState.LEFT) | ((ReviewItem.reviewer == "") & (ReviewItem.state == ItemState.OPEN))
    found = tx.execute(items_of(run).where(nobody).order_by(ReviewItem.subject_id).limit(paging.PER_PAGE)).all()
    return rows_of(tx, rt, run, found, by=by)


def _reviewers(tx: Session, run: ReviewRun) -> tuple[tuple[ReviewerRow, ...], int]:
    """Return those who have most to do first, and how many more there are."""
    mine = (ReviewTally.run_id == run.id, ReviewTally.total > 0)
    order = (ReviewTally.most_count.desc().nulls_last(), ReviewTally.open.desc(), ReviewTally.reviewer)
    found = tx.scalars(select(ReviewTally).where(*mine).order_by(*order).limit(MOST_REVIEWERS)).all()
    count = tx.scalar(select(func.count()).select_from(ReviewTally).where(*mine)) or 0
    people = _people(tx, [each.reviewer for each in found])
    rows = tuple(
        ReviewerRow(
            name=people[each.reviewer].display_name if each.reviewer in people else "Nobody",
            total=each.total,
            open=each.open,
            kept=each.kept,
            removed=each.removed,
            unsure=each.unsure,
            rolled=each.rolled,
            last_at=each.last_at,
            pace_words=words.pace_of(each),
            is_striking=each.is_striking,
            is_gone=each.reviewer not in people or not people[each.reviewer].active,
        )
        for each in found
    )
    return rows, count - len(rows)


def _people(tx: Session, keys: Collection[str]) -> dict[str, Person]:
    refs = [posting.ref_of(key) for key in keys if key]
    query = select(Person).where(
        Person.tenant_id.in_({ref.tenant_id for ref in refs}), Person.object_id.in_({ref.object_id for ref in refs})
    )
    return {posting.key_of(person.ref): person for person in tx.scalars(query)}
