"""What pages show of the way of a request: its stages, who decides in them, the thread, and why it goes this way."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class StageStanding(StrEnum):
    """Where a stage stands, as pages show it."""

    LATER = "later"
    WAITING = "waiting"
    APPROVED = "approved"
    DENIED = "denied"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class VoteRow:
    """One decision in a stage. `on_behalf_of` is set where a delegate decided; a withdrawn one counts no more."""

    name: str
    approved: bool
    decided_at: datetime
    justification: str = ""
    on_behalf_of: str = ""
    ends_on: date | None = None
    withdrawn_because: str = ""
    is_withdrawn: bool = False


@dataclass(frozen=True, kw_only=True)
class AskedRow:
    """Somebody who is asked in a stage, or will be. `delegate` is who decides for them while they are away."""

    name: str
    because: str
    is_alternate: bool = False
    is_asked: bool = True
    has_decided: bool = False
    delegate: str = ""
    delegate_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class StageRow:
    """One stage. `usual_hours` is the median wait for these approvers' answers, where there is a history of five."""

    number: int
    standing: StageStanding
    asked: tuple[AskedRow, ...]
    votes: tuple[VoteRow, ...] = ()
    quorum: int = 1
    opened_at: datetime | None = None
    answer_by: datetime | None = None
    escalates_at: datetime | None = None
    escalated_at: datetime | None = None
    usual_hours: float | None = None
    justification_required: bool = False


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """One entry of the thread."""

    name: str
    text: str
    is_question: bool
    is_mine: bool
    written_at: datetime


@dataclass(frozen=True, kw_only=True)
class ContentChange:
    """What a request said when a page was loaded, and what it says now."""

    what: str
    before: str
    now: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class ClauseRow:
    """One clause of a rule in words, what was found, and whether it holds."""

    words: str
    found: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class RuleRead:
    """A rule that was read for a request: the one that held, or one before it that did not."""

    rule_id: str
    name: str
    version: int
    whose: str
    clauses: tuple[ClauseRow, ...]
    outcome: str = ""
    holds: bool = True


@dataclass(frozen=True, kw_only=True)
class WhyRow:
    """Why a request goes its way: the rule (none: the package's approvers), what tags made stricter, the rules that
    came before and did not hold, and the smallest changes that would have helped.
    """

    rule: RuleRead | None
    outcome: str
    facts: tuple[tuple[str, str], ...]
    tightened: tuple[str, ...] = ()
    misses: tuple[RuleRead, ...] = ()
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DelegationRow:
    """A window in which somebody decides for somebody else."""

    id: str
    delegator: str
    delegate: str
    starts_at: datetime
    ends_at: datetime
    reason: str
    is_running: bool
    is_over: bool
    is_mine: bool


@dataclass(frozen=True, kw_only=True)
class AwayPage:
    """My own delegations, those in which I decide for others, and how I want to be told of what waits."""

    mine: tuple[DelegationRow, ...]
    for_me: tuple[DelegationRow, ...]
    digest: bool
