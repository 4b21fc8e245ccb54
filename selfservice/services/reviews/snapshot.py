"""The snapshot of a run as one statement: who reviews each subject, what is striking about it, whether it needs a look.

Everything is decided by the database, so that a million guests cost about what it costs to write a million rows.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    Subquery,
    and_,
    case,
    false,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from selfservice.model.base import states
from selfservice.model.directory import RedemptionState
from selfservice.model.guest import Guest, GuestOrigin, GuestStanding
from selfservice.model.lifecycle import Lifecycle
from selfservice.model.person import Person
from selfservice.model.review import CREATOR, LOOK, Flag, ItemState, ReviewItem, ReviewRun
from selfservice.model.review_plan import ReviewerKind, ReviewPlan
from selfservice.services.reviews.scope import Holdings, Text, Truth, is_active, key

NEAR = timedelta(days=30)
"""An access that ends within so long is said to end by itself."""

COLUMNS = (
    "run_id",
    "subject_id",
    "tenant_id",
    "guest_id",
    "assignment_id",
    "reviewer",
    "because",
    "flags",
    "sampled",
    "state",
    "basis",
    "address",
    "company",
)
SAMPLE_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What a snapshot is taken by; `plan` is the run's, or what is left of it. `sign_ins`: whether the tenant's licence
    tells of them.
    """

    run: ReviewRun
    plan: ReviewPlan
    holdings: Holdings
    policy: Lifecycle
    sign_ins: bool


def write(picture: Picture, only: Truth) -> Insert:
    """Return the statement that writes the items of the subjects to which a condition holds."""
    return insert(ReviewItem).from_select(list(COLUMNS), items(picture, only))


def items(picture: Picture, only: Truth) -> Select[str]:
    """Return the items of a run as they would be now."""
    # The offset keeps a database from working the marks out anew wherever they are used.
    seen = _seen(picture, only).offset(0).subquery("seen")
    run, plan = picture.run, picture.plan
    calm = seen.c.flags.bitwise_and(int(LOOK)) == 0
    sampled = and_(calm, _is_sampled(seen.c.subject_id, run.seed, plan.sample_percent))
    rolls = and_(calm, ~sampled) if plan.by_exception else false()
    kind = states(ItemState)
    return select(
        literal(run.id).label("run_id"),
        seen.c.subject_id,
        literal(run.tenant_id).label("tenant_id"),
        seen.c.guest_id,
        seen.c.assignment_id,
        func.coalesce(seen.c.reviewer, "").label("reviewer"),
        seen.c.because,
        seen.c.flags,
        (sampled if plan.by_exception else false()).label("sampled"),
        case((rolls, literal(ItemState.ROLLED, kind)), else_=literal(ItemState.OPEN, kind)).label("state"),
        seen.c.basis,
        seen.c.address,
        seen.c.company,
    )


def bases(session: Session, holdings: Holdings, subject_ids: Collection[str]) -> dict[str, str]:
    """Return what there is to see about subjects now; one that is not there is over."""
    held = holdings.rows(holdings.subject.in_(subject_ids))
    return {row.subject_id: row.basis for row in session.execute(select(held.c.subject_id, held.c.basis))}


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What the statement looks at for each subject: the guest, their user object, the one at home, and last time."""

    held: Subquery
    guest: type[Guest]
    me: type[Person]
    home: type[Person]
    before: type[ReviewItem]

    @property
    def address(self) -> Text:
        """Their address by the directory, or the one that was approved."""
        return func.coalesce(self.me.mail_key, self.guest.address_key)

    @property
    def company(self) -> Text:
        """Their company by the directory."""
        return func.coalesce(self.me.company_name, "")


def _seen(picture: Picture, only: Truth) -> Select[str]:
    held = picture.holdings.rows(only)
    me, home, before = aliased(Person, name="me"), aliased(Person, name="home"), aliased(ReviewItem, name="before")
    guest = aliased(Guest, name="whom")
    of = Joined(held=held, guest=guest, me=me, home=home, before=before)
    chain = _chain(picture, of)
    query = select(
        held.c.subject_id,
        held.c.guest_id,
        held.c.assignment_id,
        held.c.basis,
        func.coalesce(*(who for _, who in chain), null()).label("reviewer"),
        case(*((who.is_not(None), literal(kind)) for kind, who in chain), else_=literal("")).label("because"),
        _flags(picture, of).label("flags"),
        of.address.label("address"),
        of.company.label("company"),
    )
    last_time = and_(before.run_id == (picture.run.previous_id or ""), before.subject_id == held.c.subject_id)
    return (
        query.select_from(held)
        .join(guest, guest.id == held.c.guest_id)
        .outerjoin(me, and_(me.tenant_id == guest.tenant_id, me.object_id == guest.object_id))
        .outerjoin(home, and_(home.tenant_id == guest.home_tenant_id, home.object_id == guest.home_object_id))
        .outerjoin(before, last_time)
    )


def _flags(picture: Picture, of: Joined) -> ColumnElement[int]:
    held, guest, me, home, before = of.held, of.guest, of.me, of.home, of.before
    asks_sponsors = ReviewerKind.SPONSORS in picture.plan.reviewers
    marks = (
        (Flag.NEW, before.run_id.is_(None)),
        (Flag.CHANGED, before.basis != held.c.basis),
        (Flag.LEAVER, and_(home.object_id.is_not(None), or_(~home.enabled, home.removed_at.is_not(None)))),
        (Flag.EMPLOYER, _moved(of)),
        (Flag.INACTIVE, _inactive(picture, guest, me)),
        (Flag.UNREDEEMED, _unredeemed(picture, guest, me)),
        (Flag.BLOCKED, or_(guest.standing == GuestStanding.BLOCKED, ~func.coalesce(me.enabled, literal(True)))),
        (Flag.NO_SPONSOR, held.c.sponsor.is_(None) if asks_sponsors else false()),
        (Flag.NEAR_END, held.c.ends_on <= (picture.run.started_at + NEAR).date()),
    )
    flags: ColumnElement[int] = literal_column("0")
    for flag, is_so in marks:
        flags = flags + case((is_so, literal_column(str(int(flag)))), else_=literal_column("0"))
    return flags


def _chain(picture: Picture, of: Joined) -> list[tuple[str, Text]]:
    """Return who could review, in the order of the plan, and last whoever made the campaign."""
    guest, access = of.guest, of.held.c.assignment_id
    by_kind: Mapping[ReviewerKind, Text] = {
        ReviewerKind.SPONSORS: of.held.c.sponsor,
        ReviewerKind.OWNERS: picture.holdings.owner(of.held.c.package_id, guest, access),
        ReviewerKind.NAMED: picture.holdings.named(guest, access),
        ReviewerKind.GUEST: _themself(guest, of.home),
    }
    chain = [(kind.value, by_kind[kind]) for kind in picture.plan.reviewers]
    creator = picture.holdings.keepers.creator
    if creator:
        me = literal(creator)
        own = or_(me == key(guest.tenant_id, guest.object_id), me == key(guest.home_tenant_id, guest.home_object_id))
        chain.append((CREATOR, case((~func.coalesce(own, literal(False)), me))))
    return chain


def _themself(guest: type[Guest], home: type[Person]) -> Text:
    return case((is_active(home), key(guest.home_tenant_id, guest.home_object_id)))


def _moved(of: Joined) -> ColumnElement[bool]:
    """Another domain than at the last review, or than the one that was approved; or another company."""
    before, address, company = of.before, of.address, of.company
    was = func.coalesce(before.address, of.guest.address_key)
    moved = and_(address != was, _domain(address) != _domain(was))
    return or_(moved, and_(before.company != "", company != "", before.company != company))


def _inactive(picture: Picture, guest: type[Guest], me: type[Person]) -> ColumnElement[bool]:
    if not picture.sign_ins or not picture.policy.inactive_days:
        return false()
    since = picture.run.started_at - timedelta(days=picture.policy.inactive_days)
    seen = func.coalesce(me.last_sign_in_at, guest.redeemed_at)
    return and_(guest.redeemed_at.is_not(None), guest.redeemed_at < since, seen < since)


def _unredeemed(picture: Picture, guest: type[Guest], me: type[Person]) -> ColumnElement[bool]:
    if not picture.policy.unredeemed_days:
        return false()
    since = picture.run.started_at - timedelta(days=picture.policy.unredeemed_days)
    accepted = func.coalesce(me.redemption_state, literal("")) == RedemptionState.ACCEPTED
    invited = and_(guest.origin == GuestOrigin.INVITED, guest.redeemed_at.is_(None))
    return and_(invited, guest.ensured_at < since, ~accepted)


def _domain(address: Text) -> Text:
    """What follows the last @: all other characters are trimmed off the end to find where it begins."""
    return func.substr(address, func.length(func.rtrim(address, func.replace(address, "@", ""))) + 1)


def _is_sampled(subject_id: ColumnElement[str], seed: int, percent: int) -> ColumnElement[bool]:
    """A spot check takes those whose id has, at a place that the seed says, digits of a range that the seed says.

    Ids are random, and nobody chooses their own, so that this is as good as drawing lots, and can be repeated.
    """
    if not percent:
        return false()
    every = 16**SAMPLE_DIGITS
    width = every * percent // 100
    first = (seed // 29) % (every - width + 1)
    digits = func.substr(subject_id, seed % 29 + 1, SAMPLE_DIGITS)
    low, high = (f"{number:0{SAMPLE_DIGITS}x}" for number in (first, first + width - 1))
    return and_(digits >= low, digits <= high)
