"""What pages of reviews are given: campaigns and their runs, and what one reviewer looks at."""

from dataclasses import dataclass
from datetime import date, datetime

from selfservice.model.review import Verdict
from selfservice.model.review_plan import ReviewPlan
from selfservice.services.overview.rows import TenantMark, Tone


@dataclass(frozen=True, kw_only=True)
class ReviewTask:
    """A run in which somebody reviews: one line for the first page, and for the list of reviews."""

    run_id: str
    name: str
    tenant: TenantMark
    closes_at: datetime
    closes_in_days: int
    total: int
    open: int
    on_behalf_of: str = ""


@dataclass(frozen=True, kw_only=True)
class FlagRow:
    """One mark: why an access needs a look. `key` is what a list is filtered by; `count` how many of the list have
    it.
    """

    key: str
    words: str
    tone: Tone
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class ReviewItemRow:
    """One guest, or one access, to be reviewed. `basis` goes back with the answer: it says what was looked at.

    `verdict` is the answer so far, or None; `why_not` says why the reader cannot answer, or is empty; `sampled`: it has
    no mark, and is looked at as a spot check. `state_words` say what became of it ("rolled over", "blocked until ...").
    """

    item_id: str
    basis: str
    guest_id: str
    guest_name: str
    guest_address: str
    company: str
    holds: tuple[str, ...]
    ends_on: date | None
    last_sign_in: str
    recommendation: Verdict
    recommendation_words: str
    flags: tuple[FlagRow, ...] = ()
    sampled: bool = False
    verdict: Verdict | None = None
    verdict_words: str = ""
    why: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    reviewer_name: str = ""
    reviewer_because: str = ""
    state_words: str = ""
    tone: Tone
    can_decide: bool = False
    can_take_back: bool = False
    why_not: str = ""
    changed: bool = False


@dataclass(frozen=True, kw_only=True)
class ReviewItemPage:
    """One item by itself, for whoever is asked to take a removal back."""

    task: ReviewTask
    item: ReviewItemRow
    is_reviewer: bool


@dataclass(frozen=True, kw_only=True)
class ReviewPage:
    """What one reviewer looks at: what needs an answer first, a page at a time. `rolled` is how many need no look."""

    task: ReviewTask
    instructions: str
    items: tuple[ReviewItemRow, ...]
    filters: tuple[FlagRow, ...]
    chosen: str
    next_after: str | None
    decided: int
    rolled: int
    is_open: bool
    no_answer_words: str


@dataclass(frozen=True, kw_only=True)
class ReviewerRow:
    """How far one reviewer is. `pace_words` say how fast, where that is striking ("40 decided in 6 s")."""

    name: str
    total: int
    open: int
    kept: int
    removed: int
    unsure: int
    rolled: int
    last_at: datetime | None = None
    pace_words: str = ""
    is_striking: bool = False
    is_gone: bool = False


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """One run of a campaign, with how far it is. `left` are those about whom nobody could answer."""

    run_id: str
    number: int
    state_words: str
    tone: Tone
    started_at: datetime | None
    closes_at: datetime
    closed_at: datetime | None
    total: int
    open: int
    kept: int
    removed: int
    unsure: int
    rolled: int
    left: int
    reviewers: int
    can_close: bool = False
    can_export: bool = False


@dataclass(frozen=True, kw_only=True)
class CampaignRow:
    """A campaign in a list."""

    campaign_id: str
    name: str
    tenant: TenantMark
    scope_words: str
    every_words: str
    state_words: str
    tone: Tone
    next_start: date | None
    created_by: str
    latest: RunRow | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignPage:
    """A campaign with its settings in words, its runs (the newest first), and who reviews in the newest."""

    row: CampaignRow
    plan: ReviewPlan
    settings: tuple[tuple[str, str], ...]
    runs: tuple[RunRow, ...]
    reviewers: tuple[ReviewerRow, ...]
    more_reviewers: int
    left: tuple[ReviewItemRow, ...] = ()
    can_start: bool = False
    can_stop: bool = False


@dataclass(frozen=True, kw_only=True)
class PreviewRow:
    """Who would review how many. `name` is empty for those nobody could review."""

    name: str
    because: str
    total: int


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a run would hold if it began now."""

    items: int
    to_look_at: int
    rolled: int
    reviewers: int
    unassigned: int
    rows: tuple[PreviewRow, ...]


@dataclass(frozen=True, kw_only=True)
class ScopeChoice:
    """Something that a campaign may be about: a package or a connected organization, by id and name."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class CampaignChoices:
    """What somebody may make a campaign about. `whole_tenant`: also about all guests, and about single ones."""

    tenant: TenantMark
    whole_tenant: bool
    packages: tuple[ScopeChoice, ...]
    partners: tuple[ScopeChoice, ...]


@dataclass(frozen=True, kw_only=True)
class StillNeededPage:
    """What a guest sees who follows the link of their mail. `answered`: they have said that they need it."""

    guest_name: str
    holds: tuple[str, ...]
    tenant: TenantMark
    reason: str
    lands_on: date
    answered: bool
    is_over: bool
