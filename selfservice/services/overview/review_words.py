"""Words of reviews: marks, states, recommendations, and the settings of a campaign."""

from collections.abc import Mapping
from datetime import date, datetime

from selfservice.model.review import AGAINST, Flag, ItemState, ReviewItem, ReviewRun, RunState
from selfservice.model.review_plan import Every, NoAnswer, ReviewerKind, ReviewPlan, ScopeKind
from selfservice.model.review_tally import ReviewTally
from selfservice.services.overview.rows import Tone

FLAGS: Mapping[Flag, tuple[str, Tone]] = {
    Flag.LEAVER: ("Their account at home has ended", Tone.BAD),
    Flag.EMPLOYER: ("Their company or the domain of their address has changed", Tone.BAD),
    Flag.INACTIVE: ("Has not signed in for a long time", Tone.WAITING),
    Flag.UNREDEEMED: ("Has never accepted the invitation", Tone.WAITING),
    Flag.NO_SPONSOR: ("Their sponsor is gone, or may not review it", Tone.WAITING),
    Flag.NEW: ("New since the last review", Tone.MOVING),
    Flag.CHANGED: ("Changed since the last review", Tone.MOVING),
    Flag.BLOCKED: ("Is blocked", Tone.ENDED),
    Flag.NEAR_END: ("Ends by itself within 30 days", Tone.ENDED),
}
KEYS: Mapping[str, Flag] = {(flag.name or "").lower(): flag for flag in FLAGS}

STATES: Mapping[ItemState, tuple[str, Tone]] = {
    ItemState.OPEN: ("waits for an answer", Tone.WAITING),
    ItemState.ROLLED: ("nothing has changed: kept without a look", Tone.ENDED),
    ItemState.KEPT: ("keep access", Tone.GOOD),
    ItemState.REMOVED: ("remove access", Tone.BAD),
    ItemState.UNSURE: ("not sure", Tone.WAITING),
    ItemState.LANDING: ("being removed", Tone.WAITING),
    ItemState.GONE: ("removed", Tone.BAD),
    ItemState.TAKEN_BACK: ("removal taken back", Tone.GOOD),
    ItemState.OVER: ("had ended by itself", Tone.ENDED),
    ItemState.LEFT: ("nobody was there to answer", Tone.WAITING),
}

RUNS: Mapping[RunState, tuple[str, Tone]] = {
    RunState.STARTING: ("is being prepared", Tone.WAITING),
    RunState.OPEN: ("open", Tone.WAITING),
    RunState.CLOSING: ("closed, removals begin", Tone.WAITING),
    RunState.LANDING: ("closed, removals can still be taken back", Tone.WAITING),
    RunState.DONE: ("done", Tone.GOOD),
}

BECAUSE: Mapping[str, str] = {
    ReviewerKind.SPONSORS.value: "sponsor of the guest",
    ReviewerKind.OWNERS.value: "owner of the access package",
    ReviewerKind.NAMED.value: "named in the campaign",
    ReviewerKind.GUEST.value: "the guest themself",
    "creator": "made the campaign",
    "": "nobody could be found",
}
SCOPES: Mapping[ScopeKind, str] = {
    ScopeKind.GUESTS: "chosen guests",
    ScopeKind.PACKAGES: "access packages",
    ScopeKind.TENANT: "all guests",
    ScopeKind.PARTNERS: "guests of partners",
}
EVERY: Mapping[Every, str] = {
    Every.ONCE: "once",
    Every.MONTH: "every month",
    Every.QUARTER: "every three months",
    Every.HALF_YEAR: "every six months",
    Every.YEAR: "every year",
}
NO_ANSWER: Mapping[NoAnswer, str] = {
    NoAnswer.KEEP: "Without an answer access is kept.",
    NoAnswer.REMOVE: "Without an answer access is removed.",
    NoAnswer.RECOMMENDATION: "Without an answer our recommendation is followed.",
}


def recommendation_of(marks: Flag) -> str:
    """Say what we recommend, and why."""
    against = [words for flag, (words, _) in FLAGS.items() if flag & AGAINST and flag in marks]
    if against:
        return f"We recommend to remove: {'; '.join(each[0].lower() + each[1:] for each in against)}."
    return "We recommend to keep: nothing speaks against it."


def state_of(item: ReviewItem) -> tuple[str, Tone]:
    """Say where an item stands."""
    words, tone = STATES[item.state]
    if item.state is ItemState.LANDING and item.lands_at is not None:
        needed = ", the guest says that they still need it" if item.needed_at else ""
        return f"{words}; can be taken back until {day(item.lands_at.date())}{needed}", tone
    if item.state is ItemState.KEPT and item.decided_at is None:
        return "kept: nobody answered", tone
    if item.state is ItemState.REMOVED and item.decided_at is None:
        return "to be removed: nobody answered", tone
    return words, tone


def sign_in_of(at: datetime | None, known: bool) -> str:
    """Say when a guest last signed in."""
    if at is not None:
        return day(at.date())
    return "never" if known else "not known"


def pace_of(tally: ReviewTally) -> str:
    """Say how fast the fastest answers came, where that is striking."""
    if not tally.is_striking:
        return ""
    seconds = tally.most_seconds or 0
    return f"{tally.most_count} decided in {seconds} s" if seconds else f"{tally.most_count} decided at once"


def settings_of(plan: ReviewPlan) -> tuple[tuple[str, str], ...]:
    """Return the settings of a campaign in words."""
    names = ", ".join(each.name for each in plan.named)
    reviewers = [BECAUSE[kind] + (f" ({names})" if kind is ReviewerKind.NAMED else "") for kind in plan.reviewers]
    look = f"only what is striking, and {plan.sample_percent} % of the rest as a spot check"
    return (
        ("About", SCOPES[plan.scope]),
        ("Reviewers, in this order", ", then ".join(reviewers)),
        ("How often", EVERY[plan.every]),
        ("Open for", f"{plan.days} days"),
        ("Needs a look", look if plan.by_exception else "everything"),
        ("Without an answer", NO_ANSWER[plan.no_answer]),
        ("Reminders", ", ".join(f"{days} days before" for days in plan.remind_days) or "none"),
        ("Passed on", f"{plan.escalate_days} days before the end" if plan.escalate_days else "never"),
        ("A removal can be taken back for", f"{plan.landing_days} days"),
        ("What somebody granted", "others review it" if plan.spare_own else "they may review it"),
    )


def run_words(run: ReviewRun) -> tuple[str, Tone]:
    """Say where a run stands."""
    return RUNS[run.state]


def day(when: date) -> str:
    """Return a date in words, such as 1 Mar 2027."""
    return f"{when.day} {when:%b %Y}"
