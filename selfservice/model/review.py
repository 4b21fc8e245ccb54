"""A review: a campaign runs once or again and again; each run asks about every guest, or every access, in its scope.

The items of a run are a snapshot: who reviews, what is striking, and what there was to see (`basis`). An answer holds
for what was seen.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import IntFlag, StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.audit import Subject
from selfservice.model.base import Base, Guid, Id, Json, UtcDateTime, Versioned, new_id, states
from selfservice.model.refusal import Refused
from selfservice.model.review_plan import ReviewPlan, plan_from_data

CREATOR = "creator"
"""Why somebody reviews where the plan found nobody: they made the campaign."""


class Verdict(StrEnum):
    """What a reviewer answers."""

    KEEP = "keep"
    REMOVE = "remove"
    UNSURE = "unsure"


class Flag(IntFlag):
    """What is striking about an item."""

    NEW = 1
    CHANGED = 2
    LEAVER = 4
    EMPLOYER = 8
    INACTIVE = 16
    UNREDEEMED = 32
    BLOCKED = 64
    NO_SPONSOR = 128
    NEAR_END = 256


LOOK = Flag.NEW | Flag.CHANGED | Flag.LEAVER | Flag.EMPLOYER | Flag.INACTIVE | Flag.UNREDEEMED | Flag.NO_SPONSOR
"""What needs a look. An access that ends soon ends by itself, and a block is known."""

AGAINST = Flag.LEAVER | Flag.EMPLOYER | Flag.INACTIVE | Flag.UNREDEEMED
"""For what we recommend to remove."""


def recommended(flags: Flag) -> Verdict:
    """Return what we recommend."""
    return Verdict.REMOVE if flags & AGAINST else Verdict.KEEP


class ItemState(StrEnum):
    """Where an item stands. While the run is open: `open`, `rolledOver` (no look needed), or as it was answered.

    After it closed: `kept`, `removed` (to be done), `landing` (done in a way that can be taken back), `gone`,
    `takenBack`, `over` (it had ended by itself), or `left`: nobody was there to answer, and it is kept only until
    somebody does.
    """

    OPEN = "open"
    ROLLED = "rolledOver"
    KEPT = "kept"
    REMOVED = "removed"
    UNSURE = "unsure"
    LANDING = "landing"
    GONE = "gone"
    TAKEN_BACK = "takenBack"
    OVER = "over"
    LEFT = "left"


ANSWERED: Mapping[Verdict, ItemState] = {
    Verdict.KEEP: ItemState.KEPT,
    Verdict.REMOVE: ItemState.REMOVED,
    Verdict.UNSURE: ItemState.UNSURE,
}
UNANSWERED = (ItemState.OPEN, ItemState.UNSURE)
"""What has no answer yet: not to be sure is none."""

ANSWERABLE = frozenset({*UNANSWERED, ItemState.ROLLED, ItemState.KEPT, ItemState.REMOVED})
"""What may be answered, or answered anew, while a run is open."""


class CampaignState(StrEnum):
    """Whether a campaign runs again."""

    ACTIVE = "active"
    OVER = "over"


class RunState(StrEnum):
    """Where a run stands: its items are being written, it can be answered, its removals are being done, they can still
    be taken back, or all is final.
    """

    STARTING = "starting"
    OPEN = "open"
    CLOSING = "closing"
    LANDING = "landing"
    DONE = "done"


class ReviewClosed(Refused):
    """The run is not open, or this item can be answered no more."""


class ReviewCampaign(Versioned, Base):
    """A campaign of one resource tenant. `runs` is how many have begun; `next_start` when the next one will."""

    __tablename__ = "review_campaign"
    __table_args__ = (Index(None, "tenant_id", "created_at"), Index(None, "state", "next_start"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    tenant_id: Mapped[str] = mapped_column(Guid)
    state: Mapped[CampaignState] = mapped_column(states(CampaignState), default=CampaignState.ACTIVE)
    body: Mapped[dict[str, object]] = mapped_column(Json)
    first_start: Mapped[date] = mapped_column(Date)
    next_start: Mapped[date | None] = mapped_column(Date)
    runs: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_tenant_id: Mapped[str] = mapped_column(Guid)
    created_by_object_id: Mapped[str] = mapped_column(Guid)
    created_by_name: Mapped[str] = mapped_column(String(256))

    @property
    def plan(self) -> ReviewPlan:
        """Its settings."""
        return plan_from_data(self.body)

    @property
    def creator(self) -> str:
        """The key of whoever made it."""
        return f"{self.created_by_tenant_id}/{self.created_by_object_id}"

    @property
    def subject(self) -> Subject:
        """What audit events about this campaign name."""
        return Subject(kind="review", id=self.id, tenant_id=self.tenant_id)


class ReviewRun(Base):
    """One run, by the settings as they were when it began. `chunk` of `chunks` parts of its snapshot are written;
    `seed` chooses the spot checks; `previous_id` is the run that it is compared with.
    """

    __tablename__ = "review_run"
    __table_args__ = (Index(None, "campaign_id", "number"), Index(None, "state", "closes_at"))

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("review_campaign.id"))
    tenant_id: Mapped[str] = mapped_column(Guid)
    number: Mapped[int]
    body: Mapped[dict[str, object]] = mapped_column(Json)
    state: Mapped[RunState] = mapped_column(states(RunState), default=RunState.STARTING)
    seed: Mapped[int]
    chunk: Mapped[int] = mapped_column(default=0)
    chunks: Mapped[int] = mapped_column(default=1)
    previous_id: Mapped[str | None] = mapped_column(Id, default=None)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    closed_because: Mapped[str] = mapped_column(String(500), default="")
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def plan(self) -> ReviewPlan:
        """The settings that it runs by."""
        return plan_from_data(self.body)

    @property
    def subject(self) -> Subject:
        """What audit events about this run name."""
        return Subject(kind="reviewRun", id=self.id, tenant_id=self.tenant_id)


class ReviewItem(Base):
    """One guest, or one access, of a run. `reviewer` is the key of whoever is asked (`tenant/object`), or empty where
    there is nobody; `because` is the kind of reviewer that they are.
    """

    __tablename__ = "review_item"
    # No foreign keys: the ids are copied from the rows they name, which are never removed, and a check of each would
    # cost as much as the snapshot.
    __table_args__ = (Index(None, "run_id", "state", "reviewer"),)

    run_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Guid)
    guest_id: Mapped[str] = mapped_column(Id)
    assignment_id: Mapped[str | None] = mapped_column(Id, default=None)
    reviewer: Mapped[str] = mapped_column(String(73))
    because: Mapped[str] = mapped_column(String(20))
    flags: Mapped[int]
    sampled: Mapped[bool]
    state: Mapped[ItemState] = mapped_column(states(ItemState))
    basis: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(320))
    company: Mapped[str] = mapped_column(String(256))
    verdict: Mapped[Verdict | None] = mapped_column(states(Verdict), default=None)
    why: Mapped[str | None] = mapped_column(Text, default=None)
    decided_by: Mapped[str | None] = mapped_column(String(73), default=None)
    decided_by_name: Mapped[str | None] = mapped_column(String(256), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    act_id: Mapped[str | None] = mapped_column(Id, default=None)
    lands_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    needed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)

    @property
    def marks(self) -> Flag:
        """What is striking about it."""
        return Flag(self.flags)

    @property
    def subject(self) -> Subject:
        """What audit events about the answer name: the access, or the guest."""
        if self.assignment_id is not None:
            return Subject(kind="assignment", id=self.assignment_id, tenant_id=self.tenant_id)
        return Subject(kind="guest", id=self.guest_id, tenant_id=self.tenant_id)


class ReviewBulk(Base):
    """Answers that are about to be given in one go: shown with their number and names first, then given once."""

    __tablename__ = "review_bulk"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default_factory=new_id)
    run_id: Mapped[str] = mapped_column(ForeignKey("review_run.id"), index=True)
    person: Mapped[str] = mapped_column(String(73))
    verdict: Mapped[Verdict] = mapped_column(states(Verdict))
    items: Mapped[list[list[str]]] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
