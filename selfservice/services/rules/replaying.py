"""Replaying: past requests are routed once more under changed rules, by the worker, to see what would differ.

A worker that dies leaves a replay as running; the next one that gets the lease begins it anew. Facts are those that
were kept with each request, and what the rules said then is taken from the version that decided.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.refusal import NotAllowed, NotFound, Refused
from selfservice.model.rulebook import ReplayState, RuleReplay
from selfservice.services import leasing
from selfservice.services.rules.changing import Desk, desk_of, prove
from selfservice.services.rules.edits import Edit, Put, edits_from_data, edits_to_data
from selfservice.services.rules.replayed import Comparison, count, pages
from selfservice.services.rules.rewriting import rewrite
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading, transaction

log = structlog.get_logger()

LEASE = "replay"
MOST_MONTHS = 24
DAYS_IN_A_MONTH = 31
KEPT_DAYS = 7
LONGEST = timedelta(hours=1)
UNFINISHED = (ReplayState.WAITING, ReplayState.RUNNING)


def ask_replay(rt: Runtime, tenant_id: str, edits: Sequence[Edit], *, by: Actor, months: int) -> str:
    """Ask the worker to route the requests of the last months under these changed rules, and return the replay's id."""
    at = rt.clock()
    with transaction(rt.sessions) as tx:
        desk = desk_of(tx, rt, tenant_id, by=by)
        proof = prove(desk, edits)
        _ensure_idle(tx, by)
        tx.execute(delete(RuleReplay).where(RuleReplay.asked_at < at - timedelta(days=KEPT_DAYS)))
        replay = RuleReplay(
            tenant_id=tenant_id,
            scope_id=_scope_of(desk, edits),
            edits=edits_to_data(proof.edits),
            since=at - timedelta(days=DAYS_IN_A_MONTH * min(max(months, 1), MOST_MONTHS)),
            asked_by_tenant_id=by.tenant_id,
            asked_by_object_id=by.object_id,
            asked_at=at,
        )
        tx.add(replay)
    rt.waker.wake(LEASE)
    return replay.id


def is_due(rt: Runtime) -> bool:
    """Say whether a replay waits, or was left behind, and nobody works at one."""
    with reading(rt.sessions) as tx:
        waits = tx.scalar(select(RuleReplay.id).where(RuleReplay.state.in_(UNFINISHED)).limit(1))
        return waits is not None and not leasing.is_held(tx, LEASE, at=rt.clock())


def work_due(rt: Runtime) -> None:
    """Work at every replay that waits, the oldest first, under one lease."""
    for_ = rt.settings.intervals.lease
    fence = leasing.claim(rt, LEASE, for_=for_)
    if fence is None:
        return
    try:
        while (replay_id := _next(rt)) is not None:
            if not _work(rt, replay_id, lambda: leasing.renew(rt, LEASE, fence, for_=for_)):
                return
    finally:
        leasing.release(rt, LEASE, fence)


def _ensure_idle(tx: Session, by: Actor) -> None:
    mine = select(RuleReplay.id).where(
        RuleReplay.state.in_(UNFINISHED),
        RuleReplay.asked_by_tenant_id == by.tenant_id,
        RuleReplay.asked_by_object_id == by.object_id,
    )
    if tx.scalar(mine.limit(1)) is not None:
        raise NotAllowed(
            "A replay that you asked for is still running.", next_step="Wait until it has ended.", owner="You"
        )


def _scope_of(desk: Desk, edits: Sequence[Edit]) -> str:
    """Return whose requests are looked at: all of the tenant for its admins, else those of the package or catalog."""
    if desk.keeping.administers:
        return ""
    known = {rule.id: rule.scope_id for rule in desk.rules}
    scopes = {edit.draft.scope_id for edit in edits if isinstance(edit, Put)}
    scopes |= {known[rule_id] for edit in edits if (rule_id := getattr(edit, "rule_id", None)) in known}
    if len(scopes) != 1:
        raise NotAllowed("One package or catalog is replayed at a time.", next_step="Replay each change.", owner="You")
    return scopes.pop()


def _next(rt: Runtime) -> str | None:
    with reading(rt.sessions) as tx:
        return tx.scalar(
            select(RuleReplay.id)
            .where(RuleReplay.state.in_(UNFINISHED))
            .order_by(RuleReplay.asked_at, RuleReplay.id)
            .limit(1)
        )


def _work(rt: Runtime, replay_id: str, keep_lease: Callable[[], bool]) -> bool:
    """Work at one replay; say whether the lease is still ours."""
    try:
        return _route_all(rt, replay_id, keep_lease)
    except SQLAlchemyError:
        raise  # the database is away: the replay is begun anew once it is back
    except Refused as refusal:
        _end(rt, replay_id, ReplayState.FAILED, failure=refusal.cause)
    except Exception:
        log.exception("replay failed", replay=replay_id)
        _end(rt, replay_id, ReplayState.FAILED, failure="Selfservice could not replay this change.")
    return True


def _route_all(rt: Runtime, replay_id: str, keep_lease: Callable[[], bool]) -> bool:
    with reading(rt.sessions) as tx:
        replay = tx.get_one(RuleReplay, replay_id)
        if rt.clock() - replay.asked_at > LONGEST:
            raise NotAllowed("It was begun more than an hour ago and has not ended.")
        index = rt.books.index_of(tx, replay.tenant_id)
        rewritten = rewrite(replay.tenant_id, index.rules, edits_from_data(replay.edits))
        changed = index.edited(rewritten.changed, dropped=rewritten.removed)
        total = count(tx, replay)
    comparison, done = Comparison(changed), 0
    _progress(rt, replay_id, done, total=total)
    for page in pages(rt, replay):
        with reading(rt.sessions) as tx:
            comparison.take(tx, page)
        done += len(page)
        if not keep_lease():
            return False
        _progress(rt, replay_id, done, result=comparison.result)
    _end(rt, replay_id, ReplayState.DONE, result=comparison.result)
    log.info("replayed", replay=replay_id, requests=done)
    return True


def _progress(
    rt: Runtime, replay_id: str, done: int, *, total: int | None = None, result: dict[str, object] | None = None
) -> None:
    with transaction(rt.sessions) as tx:
        replay = tx.get_one(RuleReplay, replay_id)
        replay.state, replay.done = ReplayState.RUNNING, done
        replay.total = replay.total if total is None else total
        replay.result = result or {}


def _end(
    rt: Runtime, replay_id: str, state: ReplayState, *, result: dict[str, object] | None = None, failure: str = ""
) -> None:
    with transaction(rt.sessions) as tx:
        replay = tx.get(RuleReplay, replay_id)
        if replay is None:
            raise NotFound
        replay.state, replay.failure, replay.finished_at = state, failure[:500], rt.clock()
        replay.result = result or {}
