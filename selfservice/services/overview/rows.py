"""What pages are given about catalog, requests, decisions and guests: frozen rows, ready to be shown, with dates as
dates and no rule left to apply.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from selfservice.model.request import RequestState
from selfservice.services.overview.stage_rows import MessageRow, StageRow, WhyRow

T = TypeVar("T")


class Tone(StrEnum):
    """How a state is coloured."""

    WAITING = "waiting"
    GOOD = "good"
    BAD = "bad"
    MOVING = "moving"
    ENDED = "ended"


class Tense(StrEnum):
    """Whether a moment of a timeline has happened, is happening, or is to come."""

    PAST = "past"
    NOW = "now"
    FUTURE = "future"


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A page of a list; `next_after` is where the next one begins, if there is one."""

    rows: tuple[T, ...] = ()
    next_after: str | None = None


@dataclass(frozen=True, kw_only=True)
class TenantMark:
    """What stands for a tenant everywhere."""

    alias: str
    name: str
    mark: str
    tenant_id: str
    help_contact: str = ""


@dataclass(frozen=True, kw_only=True)
class RequestRow:
    """A request in a list. `relation`: what it has in common with the request that it is shown beside."""

    id: str
    package_name: str
    tenant: TenantMark
    home: TenantMark
    for_self: bool
    guest_address: str
    guest_name: str
    requestor_name: str
    sponsor_name: str
    ends_on: date
    justification: str
    message: str
    state: RequestState
    state_words: str
    tone: Tone
    submitted_at: datetime
    waiting_for: tuple[str, ...] = ()
    is_moving: bool = False
    relation: str = ""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One thing on a timeline. Where `day` is set, it ends the detail's sentence, or the title's where there is no
    detail.
    """

    tense: Tense
    title: str
    tone: Tone
    when: datetime | None = None
    day: date | None = None
    detail: str = ""
    who: str = ""
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why something did not work, whose turn it is, and what they can do. `request_id` is Graph's, for its support."""

    cause: str
    owner: str = ""
    next_step: str = ""
    request_id: str = ""
    can_retry: bool = False
    delivery_id: str = ""


class Redemption(StrEnum):
    """Where the invitation stands: nothing to say yet, none needed, mailed, accepted."""

    UNKNOWN = ""
    NOT_NEEDED = "notNeeded"
    PENDING = "pending"
    ACCEPTED = "accepted"


@dataclass(frozen=True, kw_only=True)
class RequestPage:
    """All about one request. `version` changes whenever something else here does."""

    row: RequestRow
    content_hash: str
    can_withdraw: bool
    can_decide: bool
    decided_by: str = ""
    decision_reason: str = ""
    timeline: tuple[Moment, ...] = ()
    failure: Failure | None = None
    redemption: Redemption = Redemption.UNKNOWN
    accepted_at: datetime | None = None
    launch_url: str = ""
    assignment_id: str = ""
    gives: tuple[str, ...] = ()
    version: str = ""
    stages: tuple[StageRow, ...] = ()
    thread: tuple[MessageRow, ...] = ()
    why: WhyRow | None = None
    can_remind: bool = False
    question_open: bool = False
    can_answer: bool = False
    answers: tuple[tuple[str, str], ...] = ()
    terms_version: int = 0


@dataclass(frozen=True, kw_only=True)
class GuestRow:
    """A guest who holds a package."""

    assignment_id: str
    request_id: str
    guest_name: str
    guest_address: str
    tenant: TenantMark
    package_name: str
    for_self: bool
    state: str
    state_words: str
    tone: Tone
    redemption: Redemption
    ends_on: date
    ends_in_days: int
    starts_at: datetime
    can_end: bool


@dataclass(frozen=True, kw_only=True)
class GuestPage:
    """All about one guest's hold of one package. `version` changes whenever something else here does. `guest_id` is set
    where the reader may look at all about the guest.
    """

    row: GuestRow
    home: TenantMark
    requestor_name: str
    sponsor_name: str
    justification: str
    gives: tuple[str, ...]
    ended_at: datetime | None = None
    end_reason: str = ""
    failure: Failure | None = None
    launch_url: str = ""
    timeline: tuple[Moment, ...] = ()
    version: str = ""
    guest_id: str = ""


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """A colleague, without their address."""

    tenant_id: str
    object_id: str
    name: str
    detail: str = ""
