"""Starting: a campaign whose day has come begins a run, and the run's snapshot is written a part at a time.

Each part is a transaction of its own and leaves the number of the next one behind, so that a worker which dies is
followed by another that goes on where it stopped.
"""

import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from selfservice.model.actor import SYSTEM, Actor, PersonRef
from selfservice.model.audit import Account, event
from selfservice.model.catalog import Catalog
from selfservice.model.mirror import MirrorKind, MirrorState
from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.person import Person
from selfservice.model.review import CampaignState, ReviewCampaign, ReviewRun, RunState
from selfservice.model.review_plan import ReviewerKind, ReviewPlan, ScopeKind, following, plan_to_data
from selfservice.model.review_tally import ReviewTally
from selfservice.services import finding, foreseeing, posting
from selfservice.services.reviews import snapshot, tallying
from selfservice.services.reviews.scope import Keepers, holdings
from selfservice.services.reviews.snapshot import Picture
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

CHUNK = 20_000
"""About so many items are written in one transaction, at most."""

ALIVE = (RunState.STARTING, RunState.OPEN, RunState.CLOSING)


def start_due(rt: Runtime) -> int:
    """Begin the runs whose day has come, write their snapshots, and return how many runs were opened."""
    with reading(rt.sessions) as tx:
        due = tx.scalars(
            select(ReviewCampaign.id).where(
                ReviewCampaign.state == CampaignState.ACTIVE, ReviewCampaign.next_start <= rt.clock().date()
            )
        ).all()
    for campaign_id in due:
        with transaction(rt.sessions) as tx:
            campaign = tx.get_one(ReviewCampaign, campaign_id, with_for_update=True)
            if campaign.next_start is not None and campaign.next_start <= rt.clock().date():
                begin(tx, rt, campaign, by=SYSTEM)
    with reading(rt.sessions) as tx:
        starting = tx.scalars(select(ReviewRun.id).where(ReviewRun.state == RunState.STARTING)).all()
    for run_id in starting:
        fill(rt, run_id)
    return len(starting)


def begin(tx: Session, rt: Runtime, campaign: ReviewCampaign, *, by: Actor) -> ReviewRun | None:
    """Begin a campaign's next run, unless one is under way; the settings of now are its own from then on."""
    runs = select(ReviewRun).where(ReviewRun.campaign_id == campaign.id).order_by(ReviewRun.number.desc()).limit(1)
    before = tx.scalars(runs).first()
    if before is not None and before.state in ALIVE:
        return None
    at, plan = rt.clock(), campaign.plan
    run = ReviewRun(
        campaign_id=campaign.id,
        tenant_id=campaign.tenant_id,
        number=campaign.runs + 1,
        body=plan_to_data(plan),
        seed=secrets.randbelow(2**31),
        previous_id=before.id if before else None,
        started_at=at,
        closes_at=at + timedelta(days=plan.days),
    )
    count = tx.scalar(holdings(tx, plan, campaign.tenant_id, Keepers()).counted()) or 0
    while count / run.chunks > CHUNK:
        run.chunks *= 16
    tx.add(run)
    campaign.runs += 1
    campaign.next_start = following(campaign.first_start, plan.every, after=at.date())
    if campaign.next_start is None:
        campaign.state = CampaignState.OVER
    details = {"campaign": campaign.id, "number": run.number, "settings": run.body}
    tx.add(event("review.begin", run.subject, by=by, at=at, account=Account(why=plan.name, details=details)))
    tx.flush()
    return run


def fill(rt: Runtime, run_id: str, *, parts: int | None = None) -> None:
    """Write what is left of a run's snapshot, or so many parts of it, and open the run after the last."""
    with reading(rt.sessions) as tx:
        run = tx.get_one(ReviewRun, run_id)
        picture = picture_of(tx, run, run.plan, creator_of(tx, run))
    chunk: int | None = picture.run.chunk
    written = 0
    while chunk is not None and written != parts:
        chunk = _write_chunk(rt, picture, chunk)
        written += 1


def picture_of(tx: Session, run: ReviewRun, plan: ReviewPlan, creator: PersonRef) -> Picture:
    """Return what a run's snapshot is taken by, under its own settings or others."""
    keepers = Keepers(
        owners=_owners(tx, run.tenant_id, plan.scope_ids if plan.scope is ScopeKind.PACKAGES else None)
        if ReviewerKind.OWNERS in plan.reviewers
        else (),
        named=tuple(posting.key_of(each.ref) for each in plan.named if _is_active(tx, each.ref)),
        creator=posting.key_of(creator) if _is_active(tx, creator) else "",
    )
    sign_ins = tx.get(MirrorState, (run.tenant_id, MirrorKind.SIGN_INS))
    return Picture(
        run=run,
        plan=plan,
        holdings=holdings(tx, plan, run.tenant_id, keepers),
        policy=foreseeing.policy_of(tx, run.tenant_id),
        sign_ins=sign_ins is not None and sign_ins.synced_at is not None and sign_ins.failed_at is None,
    )


def _write_chunk(rt: Runtime, picture: Picture, chunk: int) -> int | None:
    """Write one part and return the number of the next one, or None after the last."""
    with transaction(rt.sessions) as tx:
        run = tx.get_one(ReviewRun, picture.run.id, with_for_update=True)
        if run.state is not RunState.STARTING:
            return None
        if run.chunk != chunk:
            return run.chunk
        tx.execute(snapshot.write(picture, _part(picture.holdings.subject, chunk, run.chunks)))
        run.chunk += 1
        if run.chunk < run.chunks:
            return run.chunk
        _open(tx, rt, run)
    rt.waker.wake("mail")
    return None


def _part(subject: ColumnElement[str], number: int, parts: int) -> ColumnElement[bool]:
    """Ids are random digits of base 16: their first ones cut them into parts of about the same size."""
    digits = len(f"{parts - 1:x}") if parts > 1 else 0
    if not digits:
        return subject >= ""
    low, high = f"{number:0{digits}x}", f"{number + 1:0{digits}x}"
    return subject >= low if number + 1 == parts else and_(subject >= low, subject < high)


def _open(tx: Session, rt: Runtime, run: ReviewRun) -> None:
    at = rt.clock()
    tallying.count(tx, run.id)
    run.state, run.opened_at = RunState.OPEN, at
    run.closes_at = at + timedelta(days=run.plan.days)
    total = tx.scalar(select(func.sum(ReviewTally.total)).where(ReviewTally.run_id == run.id)) or 0
    details = {"items": int(total), "closes": run.closes_at.isoformat(), "seed": run.seed}
    tx.add(event("review.open", run.subject, by=SYSTEM, at=at, account=Account(details=details)))


def _owners(tx: Session, tenant_id: str, package_ids: tuple[str, ...] | None) -> tuple[tuple[str, str, str], ...]:
    """Return the first two active owners of each package; those of its catalog follow its own."""
    query = select(AccessPackage).where(AccessPackage.tenant_id == tenant_id)
    if package_ids is None:
        query = query.where(AccessPackage.state != PackageState.DRAFT)
    else:
        query = query.where(AccessPackage.id.in_(package_ids))
    found = []
    for package in tx.scalars(query.order_by(AccessPackage.id)):
        catalog = tx.get(Catalog, package.catalog_id) if package.catalog_id else None
        parties = [package.owner, *(owner.party for owner in (catalog.owners if catalog else ()))]
        people = (person for each in parties for person, _ in finding.party(tx, tenant_id, each, ""))
        first, second, *_ = [*dict.fromkeys(posting.key_of(person.ref) for person in people), "", ""]
        if first:
            found.append((package.id, first, second))
    return tuple(found)


def creator_of(tx: Session, run: ReviewRun) -> PersonRef:
    """Return who made the campaign of a run."""
    return posting.ref_of(tx.get_one(ReviewCampaign, run.campaign_id).creator)


def _is_active(tx: Session, ref: PersonRef) -> bool:
    wanted = finding.employees_of(ref.tenant_id).with_only_columns(func.count())
    return bool(tx.scalar(wanted.where(Person.object_id == ref.object_id)))
