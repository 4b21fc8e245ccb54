"""Drift of the tenant that an admin or auditor oversees: the list, its counts, and what a spreadsheet is given."""

from collections.abc import Iterator

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from selfservice.config.settings import Settings
from selfservice.model.actor import Actor, ActorKind
from selfservice.model.drift import DriftCheck, DriftFinding, DriftKind, DriftState, Severity
from selfservice.model.lifecycle import Mode
from selfservice.services import authority, drifting, foreseeing
from selfservice.services.overview import paging
from selfservice.services.overview.drift_rows import CheckRow, DriftList, DriftRow, KindCount
from selfservice.services.overview.drift_words import KINDS, SEVERITIES, STATES
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rows import Page, Tone
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

MOST_COUNTED = 100
LASTING = (DriftState.OPEN, DriftState.MENDING, DriftState.ACCEPTED)
SHOWN = {
    "open": (DriftState.OPEN, DriftState.MENDING),
    "accepted": (DriftState.ACCEPTED,),
    "gone": (DriftState.CLOSED,),
}
COLUMNS = ("tenant", "what", "how bad", "state", "who", "role", "likely cause", "since", "found", "seen last")


def drift_list(rt: Runtime, by: Actor, after: str | None = None, *, kind: str = "", state: str = "open") -> DriftList:
    """Return what differs at the tenant that the actor oversees, the worst first."""
    tenant_id = by.tenant_id
    query = _findings(rt.settings, by).where(DriftFinding.state.in_(SHOWN.get(state, SHOWN["open"])))
    if kind in tuple(DriftKind):
        query = query.where(DriftFinding.kind == kind)
    with reading(rt.sessions) as tx:
        shown, last = paging.cut(tx.scalars(_after(query, after).limit(paging.PER_PAGE + 1)).all())
        rows = tuple(row_of(rt.settings, finding) for finding in shown)
        kinds = tuple(_kinds(tx, rt.settings, by))
        check = _check(tx, rt, tenant_id)
        enforces = foreseeing.policy_of(tx, tenant_id).mode is Mode.ENFORCE
    next_after = paging.after_day(last.severity, last.found_on, last.id) if last else None
    return DriftList(
        tenant=mark_of(rt.settings, tenant_id),
        rows=Page(rows=rows, next_after=next_after),
        kinds=kinds,
        check=check if authority.oversees(rt.settings, tenant_id, by=by) else CheckRow(),
        enforces=enforces,
        may_change=authority.administers(rt.settings, tenant_id, by=by),
    )


def drift_count(tx: Session, settings: Settings, by: Actor) -> int:
    """Return how many bad findings wait for the actor; beyond a hundred nobody counts."""
    if by.kind is not ActorKind.PERSON or not authority.oversees(settings, by.tenant_id, by=by):
        return 0
    bad = (
        select(DriftFinding.id)
        .where(DriftFinding.tenant_id == by.tenant_id, DriftFinding.state == DriftState.OPEN)
        .where(DriftFinding.severity == Severity.BAD)
        .limit(MOST_COUNTED)
    )
    return tx.scalar(select(func.count()).select_from(bad.subquery())) or 0


def drift_export(rt: Runtime, by: Actor) -> Iterator[tuple[str, ...]]:
    """Yield every finding that is not closed as a line of text values, the worst first, a page at a time."""
    yield COLUMNS
    after: str | None = None
    while True:
        query = _after(_findings(rt.settings, by).where(DriftFinding.state.in_(LASTING)), after)
        with reading(rt.sessions) as tx:
            found = tx.scalars(query.limit(500)).all()
        yield from (_line(row_of(rt.settings, finding)) for finding in found)
        if len(found) < 500:
            return
        after = paging.after_day(found[-1].severity, found[-1].found_on, found[-1].id)


def row_of(settings: Settings, finding: DriftFinding) -> DriftRow:
    """Return a finding as a row."""
    words, tone = STATES[finding.state]
    if finding.state is DriftState.OPEN and finding.severity == Severity.BAD:
        tone = Tone.BAD
    return DriftRow(
        id=finding.id,
        kind=finding.kind,
        kind_words=KINDS[finding.kind],
        tenant=mark_of(settings, finding.tenant_id),
        name=finding.name,
        label=finding.label,
        cause=finding.cause,
        state=finding.state,
        state_words=words,
        tone=tone,
        severity_words=SEVERITIES[finding.severity],
        since=finding.since,
        found_at=finding.found_at,
        seen_at=finding.seen_at,
    )


def _line(row: DriftRow) -> tuple[str, ...]:
    times = tuple(each.strftime("%Y-%m-%d %H:%M") for each in (row.since, row.found_at, row.seen_at))
    what = (row.tenant.name, row.kind_words, row.severity_words, row.state_words, row.name, row.label, row.cause)
    return (*what, *times)


def _findings(settings: Settings, by: Actor) -> Select[DriftFinding]:
    order = (DriftFinding.severity, DriftFinding.found_on.desc(), DriftFinding.id)
    mine = authority.oversees(settings, by.tenant_id, by=by)
    return select(DriftFinding).where(DriftFinding.tenant_id == (by.tenant_id if mine else "")).order_by(*order)


def _after(query: Select[DriftFinding], after: str | None) -> Select[DriftFinding]:
    start = paging.read_day(after)
    if start is None:
        return query
    severity, day, last = start
    same = DriftFinding.severity == severity
    return query.where(
        or_(
            DriftFinding.severity > severity,
            and_(same, DriftFinding.found_on < day),
            and_(same, DriftFinding.found_on == day, DriftFinding.id > last),
        )
    )


def _kinds(tx: Session, settings: Settings, by: Actor) -> Iterator[KindCount]:
    mine = _findings(settings, by).where(DriftFinding.state.in_(SHOWN["open"])).order_by(None)
    counted = dict(
        tx.execute(
            mine.with_only_columns(DriftFinding.kind, func.count(DriftFinding.id)).group_by(DriftFinding.kind)
        ).all()
    )
    for kind, words in KINDS.items():
        if kind in counted:
            yield KindCount(kind=kind, words=words, number=counted[kind])


def _check(tx: Session, rt: Runtime, tenant_id: str) -> CheckRow:
    check = tx.get(DriftCheck, tenant_id)
    if check is None:
        return CheckRow()
    doing = check.doing
    if not doing and check.asked_at is not None:
        waits = drifting.is_waiting(tx, check, at=rt.clock())
        doing = "the directory is being read anew" if waits else "about to be compared"
    return CheckRow(
        doing=doing,
        compared_at=check.compared_at,
        due_at=check.due_at,
        took_seconds=check.took_ms / 1000,
        left_out=check.left_out,
    )
