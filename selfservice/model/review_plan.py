"""What a review campaign is told: whose access is reviewed, by whom, how often, and what happens without an answer."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from selfservice.model.actor import PersonRef
from selfservice.model.refusal import Refused


class ScopeKind(StrEnum):
    """What a campaign is about. Of packages each access is reviewed; otherwise each guest, with all that they hold."""

    GUESTS = "guests"
    PACKAGES = "packages"
    TENANT = "tenant"
    PARTNERS = "partners"


class ReviewerKind(StrEnum):
    """Who reviews."""

    SPONSORS = "sponsors"
    OWNERS = "owners"
    NAMED = "named"
    GUEST = "guest"


class Every(StrEnum):
    """How often a campaign runs."""

    ONCE = "once"
    MONTH = "monthly"
    QUARTER = "quarterly"
    HALF_YEAR = "halfYearly"
    YEAR = "yearly"


MONTHS: Mapping[Every, int] = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}


class NoAnswer(StrEnum):
    """What happens to an access about which nobody answered until the end."""

    KEEP = "keep"
    REMOVE = "remove"
    RECOMMENDATION = "recommendation"


@dataclass(frozen=True, kw_only=True)
class NamedReviewer:
    """A person who is named in a campaign."""

    ref: PersonRef
    name: str


@dataclass(frozen=True, kw_only=True)
class ReviewPlan:
    """The settings of a campaign. `reviewers` are asked in this order: the first who is there, and may, reviews.

    `scope_ids` are of packages, guests or connected organizations, by the kind of scope; none for a tenant.
    `by_exception`: what has no mark rolls over, but for `sample_percent` of it that are looked at all the same.
    `spare_own`: nobody reviews what they granted themself (nobody ever reviews their own guest object, unless the guest
    is the reviewer by the plan). `escalate_days` before the end whoever has not begun is passed over; 0 for never.
    `landing_days`: how long a removal can be taken back before it is final.
    """

    name: str
    scope: ScopeKind
    scope_ids: tuple[str, ...] = ()
    reviewers: tuple[ReviewerKind, ...] = (ReviewerKind.SPONSORS, ReviewerKind.OWNERS)
    named: tuple[NamedReviewer, ...] = ()
    every: Every = Every.ONCE
    days: int = 14
    no_answer: NoAnswer = NoAnswer.RECOMMENDATION
    remind_days: tuple[int, ...] = (7, 1)
    escalate_days: int = 3
    landing_days: int = 14
    by_exception: bool = True
    sample_percent: int = 10
    spare_own: bool = True


LIMITS: Mapping[str, tuple[int, int]] = {
    "days": (1, 90),
    "escalate_days": (0, 89),
    "landing_days": (0, 30),
    "sample_percent": (0, 100),
}
MOST_IN_SCOPE = 200
MOST_NAMED = 5
MOST_DAYS_A_MONTH = 28
LONGEST_NAME = 120


class PlanRefused(Refused):
    """The settings of a campaign do not fit together; the cause names the place."""


def checked(plan: ReviewPlan) -> ReviewPlan:
    """Return the plan with its lists in order, or refuse what no campaign can have."""
    if not plan.name.strip() or len(plan.name.strip()) > LONGEST_NAME:
        raise _refused(f"A name of at most {LONGEST_NAME} characters is needed.")
    if (plan.scope is ScopeKind.TENANT) is bool(plan.scope_ids) or len(plan.scope_ids) > MOST_IN_SCOPE:
        raise _refused(f"Choose from one to {MOST_IN_SCOPE} {plan.scope.value}, or the whole tenant.")
    if not plan.reviewers or len(set(plan.reviewers)) != len(plan.reviewers):
        raise _refused("Say who reviews, each kind once.")
    if (ReviewerKind.NAMED in plan.reviewers) is not bool(plan.named) or len(plan.named) > MOST_NAMED:
        raise _refused(f"Name from one to {MOST_NAMED} people where named people review, and nobody else.")
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(plan, name) <= most:
            raise _refused(f"{name.replace('_', ' ').capitalize()}: a number from {least} to {most} is needed.")
    _ensure_days_fit(plan)
    remind = tuple(sorted(set(plan.remind_days), reverse=True))
    return replace(plan, name=plan.name.strip(), scope_ids=tuple(dict.fromkeys(plan.scope_ids)), remind_days=remind)


def _ensure_days_fit(plan: ReviewPlan) -> None:
    if plan.every is Every.MONTH and plan.days > MOST_DAYS_A_MONTH:
        raise _refused(f"A monthly run may last at most {MOST_DAYS_A_MONTH} days.")
    if plan.escalate_days >= plan.days or any(not 0 < days < plan.days for days in plan.remind_days):
        raise _refused("Reminders, and passing over, must lie within the days of a run.")


def plan_to_data(plan: ReviewPlan) -> dict[str, object]:
    """Return the plan as plain data."""
    return {
        "name": plan.name,
        "scope": plan.scope.value,
        "scope_ids": list(plan.scope_ids),
        "reviewers": [kind.value for kind in plan.reviewers],
        "named": [[each.ref.tenant_id, each.ref.object_id, each.name] for each in plan.named],
        "every": plan.every.value,
        "no_answer": plan.no_answer.value,
        "remind_days": list(plan.remind_days),
        "by_exception": plan.by_exception,
        "spare_own": plan.spare_own,
        **{name: getattr(plan, name) for name in LIMITS},
    }


def plan_from_data(data: Mapping[str, object]) -> ReviewPlan:
    """Read a plan as `plan_to_data` wrote it."""
    return ReviewPlan(
        name=str(data["name"]),
        scope=ScopeKind(str(data["scope"])),
        scope_ids=tuple(map(str, _list(data["scope_ids"]))),
        reviewers=tuple(ReviewerKind(str(each)) for each in _list(data["reviewers"])),
        named=tuple(_named(each) for each in _list(data["named"])),
        every=Every(str(data["every"])),
        no_answer=NoAnswer(str(data["no_answer"])),
        remind_days=tuple(int(str(each)) for each in _list(data["remind_days"])),
        by_exception=bool(data["by_exception"]),
        spare_own=bool(data["spare_own"]),
        **{name: int(str(data[name])) for name in LIMITS},
    )


def following(first: date, every: Every, *, after: date) -> date | None:
    """Return the next day after this one on which a run begins, or None where there is none.

    Counted from the first day, so that a campaign of the 31st comes back to the 31st after a short month.
    """
    if first > after:
        return first
    if every is Every.ONCE:
        return None
    passed = (after.year - first.year) * 12 + after.month - first.month
    number = passed // MONTHS[every]
    day = _later(first, MONTHS[every] * number)
    return day if day > after else _later(first, MONTHS[every] * (number + 1))


def _later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def _named(data: object) -> NamedReviewer:
    tenant_id, object_id, name = map(str, _list(data))
    return NamedReviewer(ref=PersonRef(tenant_id=tenant_id, object_id=object_id), name=name)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise PlanRefused("The settings of this campaign cannot be read.", owner="Whoever runs Selfservice")
    return value


def _refused(cause: str) -> PlanRefused:
    return PlanRefused(cause, next_step="Correct this and try again.", owner="You")
