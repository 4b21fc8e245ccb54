"""One pass over one part of one tenant's mirror: where it stands, and how far it has come, kept in the row."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from selfservice.model.mirror import MirrorKind, MirrorSighting, MirrorState, interval
from selfservice.services.ports import Directory
from selfservice.services.runtime import WorkerRuntime
from selfservice.store.transaction import transaction


class LeaseLost(Exception):
    """Another worker mirrors this tenant now, or this one is stopping."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """Who reads what. `keep_lease` says whether we may go on; it is asked before every page."""

    rt: WorkerRuntime
    tenant_id: str
    kind: MirrorKind
    directory: Directory
    keep_lease: Callable[[], bool]


def begin(now: Pass) -> str | None:
    """Begin a round, or go on with the one under way; return the link to read next."""
    with transaction(now.rt.sessions) as tx:
        state = state_of(tx, now)
        if state.begin_round(at=now.rt.clock(), full_every=now.rt.settings.intervals.mirror_full):
            _forget_sightings(tx, now)
        return state.link


def go_on(now: Pass) -> None:
    """Stop quietly where the lease is lost."""
    if not now.keep_lease():
        raise LeaseLost


def turn_page(tx: Session, now: Pass, link: str | None) -> None:
    """Keep, in the transaction of the page, where the round goes on."""
    state_of(tx, now).link = link


def finish(tx: Session, now: Pass, link: str | None = None) -> None:
    """Say, in the transaction of the last page, that the round is complete."""
    state = state_of(tx, now)
    state.finish_round(link, at=now.rt.clock(), every=interval(now.kind, now.rt.settings.intervals.mirror))


def start_over(now: Pass) -> None:
    """Forget how far the round has come."""
    with transaction(now.rt.sessions) as tx:
        state_of(tx, now).start_over()


def state_of(tx: Session, now: Pass) -> MirrorState:
    """Return the row that says how far this part has come."""
    state = tx.get(MirrorState, (now.tenant_id, now.kind))
    if state is None:
        state = MirrorState(tenant_id=now.tenant_id, kind=now.kind)
        tx.add(state)
    return state


def _forget_sightings(tx: Session, now: Pass) -> None:
    if now.kind is not MirrorKind.MEMBERS:
        tx.execute(
            delete(MirrorSighting).where(MirrorSighting.tenant_id == now.tenant_id, MirrorSighting.kind == now.kind)
        )
