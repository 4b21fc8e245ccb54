"""The lifecycle of guests: a tenant's settings for it, and what is due for a guest by them. Pure: facts and a moment go
in, what happens and when comes out; the worker, the guest's page, the report and the documentation ask the same rules.

The defaults match Microsoft's guest lifecycle policies
(https://learn.microsoft.com/entra/id-governance/guest-lifecycle-policies).
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from selfservice.model.act import ActKind
from selfservice.model.base import Base, Guid, Json, UtcDateTime
from selfservice.model.directory import UserType
from selfservice.model.guest import ActCause, GuestStanding
from selfservice.model.lifecycle_limits import LIMITS, days_of, schedule_of, unreadable

RESTORABLE_DAYS = 30
"""How long Entra keeps a deleted user. Source: https://learn.microsoft.com/graph/api/user-delete"""


class Mode(StrEnum):
    """Whether a tenant's guests are really blocked and deleted, or it is only said what would happen."""

    REPORT = "report"
    ENFORCE = "enforce"


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """How a resource tenant looks after its guests; days throughout, and 0 switches a rule off where that is sensible.

    `warn_days`: how long before an access ends its people are warned. `remind_days`: after so many days an invitation
    that was not accepted is sent again. `unredeemed_days`: then its guest is cleaned up. `inactive_days`: without a
    successful sign-in for so long a guest is blocked. `grace_days`: how long the sponsors are warned before both.
    `delete_days`: how long a blocked guest waits to be deleted. `undo_days`: how long a leaver's block is undone by one
    click. `answer_days`: how long somebody who is asked to take guests over has, before the next one is asked.
    `adopt_days`: until when a guest who was found is taken in, unless another day is said. `brake_percent`: before more
    of the tenant's guests than this are blocked or deleted in one day, an admin is asked. `enforced_at`: since when it
    is done and not only reported; nobody writes it.
    """

    mode: Mode = Mode.REPORT
    warn_days: tuple[int, ...] = (14, 1)
    remind_days: tuple[int, ...] = (3, 10, 20)
    unredeemed_days: int = 30
    inactive_days: int = 90
    grace_days: int = 7
    delete_days: int = 30
    undo_days: int = 30
    answer_days: int = 5
    adopt_days: int = 90
    brake_percent: int = 10
    enforced_at: datetime | None = None


DEFAULT = Lifecycle()
WARNED = frozenset({ActCause.UNREDEEMED, ActCause.INACTIVE})
"""Causes of which the sponsors are warned before a guest is blocked: nobody decided these, so somebody still can."""

SETTINGS = frozenset(each.name for each in fields(Lifecycle)) - {"enforced_at"}


def lifecycle_to_data(kept: Lifecycle) -> dict[str, object]:
    """Return the settings as plain data."""
    values = {name: value for name, value in asdict(kept).items() if name in SETTINGS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def lifecycle_from_data(data: Mapping[str, object]) -> Lifecycle:
    """Read settings; what is not there has its default. Refuses with the place of the mistake."""
    if unknown := sorted(set(data) - SETTINGS):
        raise unreadable(unknown[0], "nothing of this name is known")
    values: dict[str, object] = {}
    if "mode" in data:
        if data["mode"] not in tuple(Mode):
            raise unreadable("mode", "`report` or `enforce` is needed")
        values["mode"] = Mode(str(data["mode"]))
    values |= {name: days_of(data[name], name) for name in LIMITS if name in data}
    values |= {name: schedule_of(data[name], name) for name in ("warn_days", "remind_days") if name in data}
    return Lifecycle(**values)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class GuestFacts:
    """What the rules need to know of a guest. `ends` are the ends of the accesses that run, and the day until which the
    guest was taken in; `access_over_at` is when the last of them was over, or None where there never was one.

    `runs`: an access is still there, even past its day, so nothing is over. `warned_at` and `warned_cause`: when the
    sponsors were warned, and of what. `last_sign_in_at` is the last successful one; `sign_in_known` is False where the
    tenant's licence does not say.
    `is_leaver`: their account at home is disabled or gone.
    """

    managed: bool
    user_type: UserType | None
    standing: GuestStanding
    standing_since: datetime | None = None
    standing_cause: ActCause | None = None
    ensured_at: datetime
    redeemed_at: datetime | None = None
    last_sign_in_at: datetime | None = None
    sign_in_known: bool = False
    ends: tuple[date, ...] = ()
    access_over_at: datetime | None = None
    runs: bool = False
    warned_at: datetime | None = None
    warned_cause: ActCause | None = None
    is_leaver: bool = False


@dataclass(frozen=True, kw_only=True)
class Coming:
    """Something that happens to a guest at a moment, unless something changes until then."""

    kind: ActKind
    cause: ActCause
    at: datetime


def why_untouched(facts: GuestFacts) -> str:
    """Say why this guest is never blocked or deleted by us, or nothing where they may be."""
    if facts.user_type is None:
        return "was not seen in the directory yet"
    if facts.user_type is not UserType.GUEST:
        return "is treated as a member there, and members are never changed"
    if not facts.managed:
        return "was not invited or taken in by Selfservice"
    if facts.standing is GuestStanding.GONE:
        return "is not in the directory any more"
    return ""


def coming(facts: GuestFacts, policy: Lifecycle) -> Coming | None:
    """Return what happens next to the guest object, and when: blocked, or deleted; None where nothing will."""
    if why_untouched(facts):
        return None
    if facts.standing is GuestStanding.ACTIVE:
        blocks = (_not_before(each, facts, policy) for each in _blocks(facts, policy))
        return min(blocks, key=lambda each: each.at, default=None)
    if facts.standing is GuestStanding.BLOCKED and facts.standing_since and facts.standing_cause in DELETED_AFTER:
        if facts.ends and facts.standing_cause is ActCause.ACCESS_ENDED:
            return None
        at = facts.standing_since + timedelta(days=policy.delete_days)
        return _not_before(Coming(kind=ActKind.DELETE, cause=facts.standing_cause, at=at), facts, policy)
    return None


DELETED_AFTER = frozenset(
    {ActCause.ACCESS_ENDED, ActCause.UNREDEEMED, ActCause.INACTIVE, ActCause.LEAVER, ActCause.REVIEW}
)
"""Blocks after which a guest is deleted. One by hand stays what it is: somebody decided it, and may have a reason."""


def due(facts: GuestFacts, policy: Lifecycle, *, at: datetime) -> Coming | None:
    """Return what is to be done to the guest object now, or None."""
    next_ = coming(facts, policy)
    if next_ is None or next_.at > at:
        return None
    if next_.kind is ActKind.BLOCK and next_.cause is ActCause.ACCESS_ENDED and facts.runs:
        return None
    unwarned = warned_from(next_, policy) is not None and facts.warned_cause is not next_.cause
    return None if unwarned and policy.mode is Mode.ENFORCE else next_


def warned_from(next_: Coming, policy: Lifecycle) -> datetime | None:
    """Return from when on the sponsors are warned of what happens next, or None where nobody need be warned."""
    if next_.kind is ActKind.BLOCK and next_.cause in WARNED:
        return next_.at - timedelta(days=policy.grace_days)
    return None


def restorable_until(facts: GuestFacts) -> datetime | None:
    """Return until when a deleted guest can be brought back, or None for one who is not deleted."""
    if facts.standing is not GuestStanding.DELETED or facts.standing_since is None:
        return None
    return facts.standing_since + timedelta(days=RESTORABLE_DAYS)


def end_of(day: date) -> datetime:
    """Return the moment at which a day is over, UTC: an access lasts until the end of its last day."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)


def warning_due(ends_on: date, warned_days: int | None, policy: Lifecycle, *, today: date) -> int | None:
    """Return which warning (in days before the end) is to be given today, or None; a missed one is not made up for by
    two at once.
    """
    left = (ends_on - today).days
    reached = [days for days in policy.warn_days if left <= days]
    if left < 0 or not reached:
        return None
    nearest = min(reached)
    return nearest if warned_days is None or nearest < warned_days else None


def _not_before(next_: Coming, facts: GuestFacts, policy: Lifecycle) -> Coming:
    """Return the same no earlier than may be: a warning gives the days of grace, and so does the day on which a tenant
    began to do what it only reported; and what somebody undid is not done again as long as it could be undone.
    """
    grace, earliest = timedelta(days=policy.grace_days), [next_.at]
    if facts.warned_at is not None and facts.warned_cause is next_.cause and warned_from(next_, policy) is not None:
        earliest.append(facts.warned_at + grace)
    if policy.enforced_at is not None and next_.at <= policy.enforced_at and next_.cause is not ActCause.LEAVER:
        earliest.append(policy.enforced_at + grace)
    if facts.standing_cause is ActCause.UNDONE and facts.standing_since is not None:
        earliest.append(facts.standing_since + timedelta(days=policy.undo_days))
    return replace(next_, at=max(earliest))


def _blocks(facts: GuestFacts, policy: Lifecycle) -> Iterator[Coming]:
    grace = timedelta(days=policy.grace_days)
    # What somebody undid stays undone however long they are away: a person decided it. Leaving anew is noticed anew.
    if facts.is_leaver and facts.standing_cause is not ActCause.UNDONE:
        yield Coming(kind=ActKind.BLOCK, cause=ActCause.LEAVER, at=datetime.min.replace(tzinfo=UTC))
    if facts.ends:
        yield Coming(kind=ActKind.BLOCK, cause=ActCause.ACCESS_ENDED, at=end_of(max(facts.ends)))
    elif facts.access_over_at is not None:
        yield Coming(kind=ActKind.BLOCK, cause=ActCause.ACCESS_ENDED, at=facts.access_over_at)
    if facts.redeemed_at is None:
        if policy.unredeemed_days:
            at = facts.ensured_at + timedelta(days=policy.unredeemed_days)
            yield Coming(kind=ActKind.BLOCK, cause=ActCause.UNREDEEMED, at=at + grace)
    elif policy.inactive_days and facts.sign_in_known:
        seen = max(each for each in (facts.redeemed_at, facts.last_sign_in_at) if each is not None)
        at = seen + timedelta(days=policy.inactive_days)
        yield Coming(kind=ActKind.BLOCK, cause=ActCause.INACTIVE, at=at + grace)


class KeptLifecycle(Base):
    """The lifecycle settings of a resource tenant. A tenant without a row only reports.

    `braked_at`: acts have stopped until an admin lets them go on; `released_on` is the day for which they did.
    """

    __tablename__ = "lifecycle_policy"

    tenant_id: Mapped[str] = mapped_column(Guid, primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    body: Mapped[dict[str, object]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_name: Mapped[str] = mapped_column(String(256), default="")
    enforced_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    braked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    brake_cause: Mapped[str] = mapped_column(String(500), default="")
    released_on: Mapped[date | None] = mapped_column(Date, default=None)
