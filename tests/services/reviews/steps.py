"""Guests who hold something, campaigns about them, and a clock that moves: steps that tests of reviews share."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from selfservice.model.actor import Actor, PersonRef
from selfservice.model.approval import ApprovalStage, Decision, Outcome, StageState
from selfservice.model.assignment import Assignment
from selfservice.model.audit import AuditEvent
from selfservice.model.directory import RedemptionState, UserType
from selfservice.model.guest import Guest, GuestOrigin
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.person import Person
from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.review import ReviewItem, ReviewRun, Verdict
from selfservice.model.review_plan import ReviewPlan, ScopeKind
from selfservice.model.review_tally import ReviewTally
from selfservice.services.posting import key_of
from selfservice.services.reviews import campaigning, deciding, tending
from selfservice.services.reviews.deciding import Answer
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, CONTOSO, DEE, HandClock, World

DAY = timedelta(days=1)
WHOLE = ReviewPlan(name="All guests", scope=ScopeKind.TENANT, spare_own=True)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A guest with one access."""

    guest_id: str
    assignment_id: str
    number: int


@dataclass
class Ward:
    """A world whose guests a test puts there."""

    world: World
    held: list[Held] = field(default_factory=list)

    def forward(self, by: timedelta) -> None:
        assert isinstance(self.world.rt.clock, HandClock)
        self.world.rt.clock.forward(by)


def seat(
    ward: Ward,
    *,
    sponsor: Actor = ANN,
    granted_by: Actor | None = None,
    home: PersonRef | None = None,
    redeemed: bool = True,
    ends_in: int = 200,
    **person: object,
) -> Held:
    """Put a guest of Contoso there who accepted long ago, signs in often, and holds Expenses."""
    number, rt = len(ward.held) + 1, ward.world.rt
    at, guest = rt.clock(), _guest(number, rt.clock(), home, redeemed=redeemed)
    facts: dict[str, object] = {
        "tenant_id": CONTOSO,
        "object_id": guest.object_id,
        "display_name": guest.display_name,
        "mail": guest.address,
        "mail_key": guest.address,
        "user_type": UserType.GUEST,
        "redemption_state": RedemptionState.ACCEPTED,
        "last_sign_in_at": at - DAY,
    }
    request = _request(ward, guest, sponsor, at)
    assignment = _assignment(request, guest, sponsor, at, ends_in)
    with transaction(rt.sessions) as tx:
        tx.add_all([guest, Person(**(facts | person)), request])  # type: ignore[arg-type]
        tx.flush()
        if granted_by is not None:
            tx.add(_stage(request, granted_by, at))
        tx.add(assignment)
    held = Held(guest_id=guest.id, assignment_id=assignment.id, number=number)
    ward.held.append(held)
    return held


def _guest(number: int, at: datetime, home: PersonRef | None, *, redeemed: bool) -> Guest:
    address = f"guest{number}@partner.example"
    return Guest(
        tenant_id=CONTOSO,
        object_id=f"99000000-0000-4000-8000-{number:012d}",
        origin=GuestOrigin.INVITED,
        address=address,
        address_key=address,
        display_name=f"Guest {number}",
        home_tenant_id=home.tenant_id if home else None,
        home_object_id=home.object_id if home else None,
        ensured_at=at - 300 * DAY,
        redeemed_at=at - 299 * DAY if redeemed else None,
        managed=True,
    )


def _assignment(request: AccessRequest, guest: Guest, sponsor: Actor, at: datetime, ends_in: int) -> Assignment:
    return Assignment(
        tenant_id=CONTOSO,
        package_id=request.package_id,
        package_name=request.package_name,
        request_id=request.id,
        guest_id=guest.id,
        sponsor_tenant_id=sponsor.tenant_id,
        sponsor_object_id=sponsor.object_id,
        sponsor_name=sponsor.name,
        starts_at=at - 300 * DAY,
        ends_on=at.date() + ends_in * DAY,
    )


def _request(ward: Ward, guest: Guest, sponsor: Actor, at: datetime) -> AccessRequest:
    return AccessRequest(
        form_key=f"form-{guest.object_id}",
        tenant_id=CONTOSO,
        package_id=ward.world.expenses,
        package_name="Expenses",
        package_fingerprint="0" * 64,
        state=RequestState.DELIVERED,
        requestor_tenant_id=sponsor.tenant_id,
        requestor_object_id=sponsor.object_id,
        requestor_name=sponsor.name,
        requestor_mail="someone@fabrikam.example",
        for_self=False,
        guest_address=guest.address,
        guest_key=guest.address_key,
        guest_name=guest.display_name,
        sponsor_tenant_id=sponsor.tenant_id,
        sponsor_object_id=sponsor.object_id,
        sponsor_name=sponsor.name,
        justification="the close",
        ends_on=at.date() + 200 * DAY,
        submitted_at=at,
        changed_at=at,
    )


def _stage(request: AccessRequest, by: Actor, at: datetime) -> ApprovalStage:
    vote = Decision(
        tenant_id=by.tenant_id,
        object_id=by.object_id,
        name=by.name,
        outcome=Outcome.APPROVE,
        justification="fine",
        content_hash="0" * 64,
        decided_at=at,
        principal_tenant_id=by.tenant_id,
        principal_object_id=by.object_id,
    )
    stage = ApprovalStage(position=0, state=StageState.APPROVED, spec={}, decisions=[vote])
    request.stages.append(stage)
    return stage


def start(ward: Ward, plan: ReviewPlan = WHOLE, *, by: Actor = DEE, **changes: object) -> str:
    """Make a campaign that starts today, let the worker open its first run, and return the run's id."""
    rt = ward.world.rt
    plan = replace(plan, **changes)  # type: ignore[arg-type]
    campaign_id = campaigning.create(rt, plan, starts_on=rt.clock().date(), by=by)
    tending.tend(rt)
    with reading(rt.sessions) as tx:
        runs = select(ReviewRun.id).where(ReviewRun.campaign_id == campaign_id).order_by(ReviewRun.number.desc())
        return tx.scalars(runs).first() or ""


def tend(ward: Ward, *, after: timedelta = timedelta()) -> None:
    """Let time pass, and the worker do what is due."""
    ward.forward(after)
    tending.tend(ward.world.rt)


def item_of(ward: Ward, run_id: str, held: Held) -> ReviewItem:
    """Return the item of a guest, or of their access."""
    with reading(ward.world.rt.sessions) as tx:
        item = tx.get(ReviewItem, (run_id, held.guest_id)) or tx.get(ReviewItem, (run_id, held.assignment_id))
    assert item is not None
    return item


def answer(ward: Ward, run_id: str, held: Held, verdict: Verdict, *, by: Actor = ANN, why: str = "") -> None:
    """Let somebody answer by what the item says now."""
    item = item_of(ward, run_id, held)
    why = why or ("left the project" if verdict is Verdict.REMOVE else "")
    given = Answer(item_id=item.subject_id, basis=item.basis, verdict=verdict, why=why)
    deciding.decide(ward.world.rt, run_id, given, by=by)


def the_runs(ward: Ward) -> list[ReviewRun]:
    """Return all runs, the first one first."""
    with reading(ward.world.rt.sessions) as tx:
        return list(tx.scalars(select(ReviewRun).order_by(ReviewRun.started_at, ReviewRun.number)))


def run_of(ward: Ward, run_id: str) -> ReviewRun:
    with reading(ward.world.rt.sessions) as tx:
        return tx.get_one(ReviewRun, run_id)


def tally_of(ward: Ward, run_id: str, who: Actor) -> ReviewTally:
    with reading(ward.world.rt.sessions) as tx:
        return tx.get_one(ReviewTally, (run_id, key_of(who.ref)))


def mails(ward: Ward, kind: MailKind) -> list[OutboxMail]:
    with reading(ward.world.rt.sessions) as tx:
        return list(tx.scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.once_key)))


def events(ward: Ward, action: str) -> list[AuditEvent]:
    with reading(ward.world.rt.sessions) as tx:
        return list(tx.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.number)))


def assignment_of(ward: Ward, held: Held) -> Assignment:
    with reading(ward.world.rt.sessions) as tx:
        return tx.get_one(Assignment, held.assignment_id)


def change(ward: Ward, held: Held, *, ends_on: date) -> None:
    """Let the access get another end, as an extension would."""
    with transaction(ward.world.rt.sessions) as tx:
        tx.get_one(Assignment, held.assignment_id).ends_on = ends_on


def leave(ward: Ward, who: Actor) -> None:
    """Let somebody's account be disabled."""
    with transaction(ward.world.rt.sessions) as tx:
        tx.get_one(Person, (who.tenant_id, who.object_id)).enabled = False
