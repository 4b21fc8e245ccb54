"""Draws docs/lifecycle.svg: what happens to a guest and when, asked of the product's own rules with their defaults."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from html import escape
from itertools import pairwise
from pathlib import Path

from selfservice.model.act import ActKind
from selfservice.model.directory import UserType
from selfservice.model.guest import ActCause, GuestStanding
from selfservice.model.lifecycle import (
    DEFAULT,
    Coming,
    GuestFacts,
    coming,
    end_of,
    restorable_until,
    warned_from,
    warning_due,
)

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "lifecycle.svg"
DAY_0 = datetime(2027, 1, 1, tzinfo=UTC)
ACCESS_DAYS = 60
LEFT, TOP, WIDTH, LANE = 30, 96, 1040, 150
ROWS = (-16, 28, -34, 46)
"""Where words may stand, above and below the line, the first that is free."""
LOOK = """
svg{font:14px system-ui,sans-serif;background:#fbfaf7;color:#1c2326}
text{fill:currentColor}.muted{fill:#5a6468}.title{font-weight:600}
.there{stroke:#0b6170;stroke-width:6}.off{stroke:#8f1d1d;stroke-width:6;stroke-dasharray:6 6}
circle{fill:#fbfaf7;stroke:#0b6170;stroke-width:3}.bad{stroke:#8f1d1d}.wait{stroke:#7a4b00}
@media (prefers-color-scheme:dark){svg{background:#12181a;color:#e6ebe9}.muted{fill:#9aa6a8}
.there{stroke:#7fd3dc}.off{stroke:#ffb4ab}circle{fill:#12181a;stroke:#7fd3dc}.bad{stroke:#ffb4ab}.wait{stroke:#ffd58a}}
"""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something that happens on a day. `tone` is how it is drawn."""

    day: int
    words: str
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One way that a guest's life may go."""

    title: str
    note: str
    marks: tuple[Mark, ...]


def lanes() -> tuple[Lane, ...]:
    """Return the lives that are drawn, their days as the rules say them."""
    return (_ends(), _never_accepted(), _inactive(), _leaver())


def _ends() -> Lane:
    last = (DAY_0 + timedelta(days=ACCESS_DAYS)).date()
    facts = _guest(redeemed_at=DAY_0 + timedelta(days=1), ends=(last,))
    asked = [Mark(day=0, words="asked, agreed, invited"), Mark(day=4, words="accepted")]
    warned = [Mark(day=(day - DAY_0.date()).days, words="warned", tone="wait") for day in _warnings(last)]
    return Lane(
        title="An access ends",
        note=f"here after {ACCESS_DAYS} days; extended, or left to end, by one click",
        marks=(*asked, *warned, *_off(facts, "access gone, sign-in blocked")),
    )


def _never_accepted() -> Lane:
    facts = _guest()
    reminders = [Mark(day=day, words="a fresh link", tone="wait") for day in DEFAULT.remind_days]
    return Lane(
        title="An invitation is never accepted",
        note="the sponsor is warned before anything is done",
        marks=(Mark(day=0, words="invited"), *reminders, *_warned(facts), *_off(facts, "blocked")),
    )


def _inactive() -> Lane:
    facts = _guest(redeemed_at=DAY_0, sign_in_known=True, last_sign_in_at=DAY_0)
    return Lane(
        title="A guest signs in no more",
        note="the last successful sign-in counts, where the tenant's licence tells it",
        marks=(Mark(day=0, words="last sign-in"), *_warned(facts), *_off(facts, "blocked")),
    )


def _leaver() -> Lane:
    facts = _guest(redeemed_at=DAY_0, is_leaver=True)
    if _next(facts, ActKind.BLOCK).at > DAY_0:
        raise ValueError("a leaver is not blocked at once any more: draw them anew")
    blocked = replace(facts, standing=GuestStanding.BLOCKED, standing_since=DAY_0, standing_cause=ActCause.LEAVER)
    return Lane(
        title="An employee leaves at home",
        note="blocked in every resource tenant as soon as the mirror sees it",
        marks=(
            Mark(day=0, words=f"left; blocked, undone by one click for {DEFAULT.undo_days} days", tone="bad"),
            *_gone(blocked),
        ),
    )


def _guest(**facts: object) -> GuestFacts:
    known: dict[str, object] = {
        "managed": True,
        "user_type": UserType.GUEST,
        "standing": GuestStanding.ACTIVE,
        "ensured_at": DAY_0,
    }
    return GuestFacts(**{**known, **facts})  # type: ignore[arg-type]


def _warnings(last: date) -> Iterator[date]:
    warned: int | None = None
    for number in range(ACCESS_DAYS + 1):
        day = (DAY_0 + timedelta(days=number)).date()
        due = warning_due(last, warned, DEFAULT, today=day)
        if due is not None:
            warned = due
            yield day


def _warned(facts: GuestFacts) -> Iterator[Mark]:
    since = warned_from(_next(facts, ActKind.BLOCK), DEFAULT)
    if since is not None:
        yield Mark(day=_day(since), words="sponsors warned", tone="wait")


def _off(facts: GuestFacts, words: str) -> Iterator[Mark]:
    """A block, and what follows from it."""
    block = _next(facts, ActKind.BLOCK)
    yield Mark(day=_day(block.at), words=words, tone="bad")
    ended = {"ends": (), "access_over_at": end_of(max(facts.ends))} if facts.ends else {}
    blocked = replace(
        facts,
        standing=GuestStanding.BLOCKED,
        standing_since=block.at,
        standing_cause=block.cause,
        **ended,  # type: ignore[arg-type]
    )
    yield from _gone(blocked)


def _gone(blocked: GuestFacts) -> Iterator[Mark]:
    delete = _next(blocked, ActKind.DELETE)
    yield Mark(day=_day(delete.at), words="deleted, can be restored", tone="bad")
    until = restorable_until(replace(blocked, standing=GuestStanding.DELETED, standing_since=delete.at))
    if until is not None:
        yield Mark(day=_day(until), words="gone")


def _next(facts: GuestFacts, kind: ActKind) -> Coming:
    found = coming(facts, DEFAULT)
    if found is None or found.kind is not kind:
        raise ValueError(f"the rules know no {kind} here any more: draw it anew")
    return found


def _day(at: datetime) -> int:
    return (at - DAY_0).days


def draw(drawn: Sequence[Lane]) -> str:
    """Return the picture as SVG."""
    longest = max(mark.day for lane in drawn for mark in lane.marks)
    height = TOP + LANE * len(drawn)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 2 * LEFT + 60} {height}" role="img"'
        ' aria-labelledby="title">',
        f"<style>{LOOK.strip()}</style>",
        '<title id="title">What happens to a guest, and after how many days</title>',
        f'<text class="title" x="{LEFT}" y="34" font-size="20">The life of a guest</text>',
        f'<text class="muted" x="{LEFT}" y="58">Days by the defaults of the settings; a tenant that was newly connected'
        " only reports what would happen.</text>",
    ]
    for number, lane in enumerate(drawn):
        parts += _lane(lane, TOP + LANE * number, WIDTH / longest)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _lane(lane: Lane, top: int, scale: float) -> Iterator[str]:
    middle = top + 76
    places = [(LEFT + 8 + mark.day * scale, mark) for mark in lane.marks]
    yield f'<text class="title" x="{LEFT}" y="{top}">{escape(lane.title)}</text>'
    yield f'<text class="muted" x="{LEFT}" y="{top + 18}">{escape(lane.note)}</text>'
    for (start, mark), (end, _) in pairwise(places):
        kind = "off" if mark.tone == "bad" or "blocked" in lane.marks[0].words else "there"
        yield f'<line class="{kind}" x1="{start:.0f}" y1="{middle}" x2="{end:.0f}" y2="{middle}"/>'
    floors = [0.0] * len(ROWS)
    for place, mark in places:
        yield f'<circle class="{mark.tone}" cx="{place:.0f}" cy="{middle}" r="7"><title>day {mark.day}</title></circle>'
        words = f"{mark.day}: {mark.words}"
        row = next((n for n, end in enumerate(floors) if end <= place), 1)
        floors[row] = place + 7.4 * len(words)
        yield f'<text x="{place - 6:.0f}" y="{middle + ROWS[row]}">{escape(words)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw(lanes()), "utf-8")
