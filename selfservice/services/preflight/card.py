"""The card that a person reads before they ask."""

from dataclasses import dataclass
from datetime import date

from selfservice.model.crossing.finding import Finding, Level, worst
from selfservice.model.refusal import Refused


@dataclass(frozen=True, kw_only=True)
class PreflightLine:
    """One thing that will happen, or will go wrong. `ready_text` is what can be sent to `ready_for`, an admin."""

    level: Level
    text: str
    owner: str = ""
    next_step: str = ""
    ready_text: str = ""
    ready_for: str = ""


@dataclass(frozen=True, kw_only=True)
class PreflightStage:
    """Who decides in one stage, `quorum` of them; within how many days, and who is asked as well after a silence.

    `usual_hours` is how long these people usually let others wait; None where too little is known of them.
    """

    number: int
    names: tuple[str, ...]
    reasons: tuple[str, ...]
    quorum: int
    days_to_answer: int
    usual_hours: float | None = None
    escalate_after_days: int | None = None
    alternates: tuple[str, ...] = ()
    justification_required: bool = False


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What will happen, the worst first; who decides, in which order; and the latest end date.

    `missing` is what the form still lacks; `advice` the smallest changes that would help; `is_checking` says that a
    directory has been asked about the guest's domain and the answer will come.
    """

    lines: tuple[PreflightLine, ...]
    latest_end: date
    stages: tuple[PreflightStage, ...] = ()
    is_automatic: bool = False
    rule_name: str = ""
    tightened: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_checking: bool = False

    @property
    def level(self) -> Level:
        """Green, amber or red: the worst of the lines."""
        return worst(line.level for line in self.lines)

    @property
    def approver_names(self) -> tuple[str, ...]:
        """Who decides first."""
        return self.stages[0].names if self.stages else ()


def well(text: str) -> PreflightLine:
    """Return a line about something that will go well."""
    return PreflightLine(level=Level.OK, text=text)


def note(text: str, *, owner: str = "", next_step: str = "") -> PreflightLine:
    """Return a line about something that should be known."""
    return PreflightLine(level=Level.NOTE, text=text, owner=owner, next_step=next_step)


def stop(refusal: Refused) -> PreflightLine:
    """Return a line about what would refuse the request."""
    return PreflightLine(level=Level.STOP, text=refusal.cause, owner=refusal.owner, next_step=refusal.next_step)


def line_of(finding: Finding) -> PreflightLine:
    """Return a line about what the settings of a tenant mean."""
    remedy = finding.remedy
    return PreflightLine(
        level=finding.level,
        text=finding.text,
        owner=finding.owner,
        next_step=finding.next_step,
        ready_text=remedy.text if remedy else "",
        ready_for=remedy.tenant if remedy else "",
    )


def day(value: date) -> str:
    """Write a date: 1 Mar 2027."""
    return f"{value.day} {value:%b %Y}"
