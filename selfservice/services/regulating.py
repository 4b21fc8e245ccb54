"""Regulating: an admin says how a tenant looks after its guests, and whether it does so or only reports."""

from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import Actor
from selfservice.model.audit import Account, Subject, event
from selfservice.model.lifecycle import (
    DEFAULT,
    KeptLifecycle,
    Lifecycle,
    Mode,
    lifecycle_from_data,
    lifecycle_to_data,
)
from selfservice.model.refusal import NotAllowed, NotFound, Stale
from selfservice.services import authority
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import transaction


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """How many guests would be blocked and deleted, by what was reported, were it done."""

    blocks: int = 0
    deletions: int = 0


class NotConfirmed(NotAllowed):
    """To go from reporting to doing takes a confirmation by whoever has seen what that does."""


def regulate(
    rt: Runtime, tenant_id: str, settings: Lifecycle, *, by: Actor, seen: int, confirmed: Overdue | None = None
) -> None:
    """Let these settings hold; `seen` is the version that the admin has read (0 where there was none), `confirmed` what
    they were told would happen. Whatever is overdue then happens after the days of grace, never at once.
    """
    if not authority.administers(rt.settings, tenant_id, by=by):
        raise NotFound
    at, checked = rt.clock(), lifecycle_from_data(lifecycle_to_data(settings))
    with transaction(rt.sessions) as tx:
        kept = tx.get(KeptLifecycle, tenant_id, with_for_update=True)
        if (kept.version if kept else 0) != seen:
            raise Stale("Somebody else has changed this.", next_step="Read it again, then change it.", owner="You")
        if kept is None:
            kept = KeptLifecycle(tenant_id=tenant_id, version=0, body=lifecycle_to_data(DEFAULT), changed_at=at)
            tx.add(kept)
        before = replace(lifecycle_from_data(kept.body), enforced_at=kept.enforced_at)
        begins = checked.mode is Mode.ENFORCE and before.mode is Mode.REPORT
        if begins and confirmed != overdue(tx, tenant_id):
            raise NotConfirmed(
                "What would happen is not confirmed, or has changed since.",
                next_step="Read how many guests it concerns, then confirm.",
                owner="You",
            )
        kept.body, kept.version, kept.changed_at, kept.changed_by_name = (
            lifecycle_to_data(checked),
            kept.version + 1,
            at,
            by.name,
        )
        kept.enforced_at = at if begins else kept.enforced_at if checked.mode is Mode.ENFORCE else None
        account = Account(why=_why(before, checked), details={"before": lifecycle_to_data(before), "now": kept.body})
        subject = Subject(kind="tenant", id=tenant_id, tenant_id=tenant_id)
        tx.add(event("tenant.changeLifecycle", subject, by=by, at=at, account=account))


def overdue(tx: Session, tenant_id: str) -> Overdue:
    """Return what was reported and would still happen."""
    query = (
        select(GuestAct.kind, func.count(GuestAct.guest_id.distinct()))
        .where(GuestAct.tenant_id == tenant_id, GuestAct.state == ActState.REPORTED)
        .group_by(GuestAct.kind)
    )
    found = {row[0]: row[1] for row in tx.execute(query)}
    return Overdue(blocks=found.get(ActKind.BLOCK, 0), deletions=found.get(ActKind.DELETE, 0))


def _why(before: Lifecycle, now: Lifecycle) -> str:
    if before.mode is now.mode:
        return "the lifecycle settings were changed"
    return "guests are blocked and deleted from now on" if now.mode is Mode.ENFORCE else "it is only reported again"
