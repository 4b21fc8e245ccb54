"""How a tenant looks after its guests: its settings, what it would do or has done, and what Entra does by itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, tuple_

from selfservice.model.act import ActKind, ActState, GuestAct
from selfservice.model.actor import Actor, Role
from selfservice.model.guest import Guest
from selfservice.model.lifecycle import DEFAULT, GuestFacts, KeptLifecycle, Lifecycle
from selfservice.model.mirror import TenantPolicy
from selfservice.model.refusal import NotFound
from selfservice.services import authority, foreseeing
from selfservice.services.caring_words import CAUSES
from selfservice.services.overview import paging
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rows import Page, TenantMark
from selfservice.services.regulating import Overdue, overdue
from selfservice.services.runtime import Runtime
from selfservice.services.telling_time import day
from selfservice.store.transaction import reading

REPORTED_VERBS: Mapping[ActKind, str] = {ActKind.BLOCK: "would be blocked", ActKind.DELETE: "would be deleted"}


@dataclass(frozen=True, kw_only=True)
class LifecyclePage:
    """The settings of a tenant; `version` is 0 while nobody has written any."""

    tenant: TenantMark
    is_resource: bool
    settings: Lifecycle
    version: int
    changed_by: str
    changed_at: datetime | None
    overdue: Overdue
    braked_because: str
    entra: tuple[str, ...]
    may_edit: bool


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """Something that would happen to a guest."""

    guest_id: str
    name: str
    address: str
    words: str
    because: str
    since: datetime


def lifecycle_page(rt: Runtime, by: Actor) -> LifecyclePage:
    """Return how the actor's tenant looks after its guests."""
    sees = authority.oversees(rt.settings, by.tenant_id, by=by)
    with reading(rt.sessions) as tx:
        kept = tx.get(KeptLifecycle, by.tenant_id) if sees else None
        policy = tx.get(TenantPolicy, by.tenant_id) if sees else None
        return LifecyclePage(
            tenant=mark_of(rt.settings, by.tenant_id),
            is_resource=sees,
            settings=foreseeing.policy_of(tx, by.tenant_id) if sees else DEFAULT,
            version=kept.version if kept else 0,
            changed_by=kept.changed_by_name if kept else "",
            changed_at=kept.changed_at if kept else None,
            overdue=overdue(tx, by.tenant_id) if sees else Overdue(),
            braked_because=kept.brake_cause if kept and kept.braked_at else "",
            entra=tuple(_policy_words(policy.guest_lifecycle)) if policy else (),
            may_edit=sees and Role.ADMIN in by.roles,
        )


def report(rt: Runtime, by: Actor, after: str | None = None) -> Page[ReportRow]:
    """Return what would happen to guests of the actor's tenant, the longest due first."""
    if not authority.oversees(rt.settings, by.tenant_id, by=by):
        raise NotFound
    query = (
        select(GuestAct, Guest)
        .join(Guest, Guest.id == GuestAct.guest_id)
        .where(GuestAct.tenant_id == by.tenant_id, GuestAct.state == ActState.REPORTED)
        .order_by(GuestAct.at, GuestAct.id)
    )
    if (start := paging.read_moment(after)) is not None:
        query = query.where(tuple_(GuestAct.at, GuestAct.id) > start)
    with reading(rt.sessions) as tx:
        shown, last = paging.cut(tx.execute(query.limit(paging.PER_PAGE + 1)).all())
    rows = tuple(
        ReportRow(
            guest_id=guest.id,
            name=guest.name,
            address=guest.address,
            words=REPORTED_VERBS.get(act.kind, act.kind.value),
            because=CAUSES[act.cause],
            since=act.at,
        )
        for act, guest in shown
    )
    return Page(rows=rows, next_after=paging.after_moment(last[0].at, last[0].id) if last else None)


def entra_words(facts: GuestFacts, kept: Iterable[Mapping[str, object]], tenant: str) -> str:
    """Say when Entra itself will disable a guest by the policies of the tenant, or nothing."""
    days = sorted(_entra_days(facts, kept))
    return f"Entra will disable this guest on {day(days[0])} by a policy of {tenant} itself." if days else ""


def _entra_days(facts: GuestFacts, kept: Iterable[Mapping[str, object]]) -> Iterator[date]:
    seen = max((each for each in (facts.redeemed_at, facts.last_sign_in_at) if each is not None), default=None)
    for policy in kept:
        for kind, allowed, grace in _rules(policy):
            unredeemed = "redeem" in kind or "redemption" in kind
            since = facts.ensured_at if unredeemed and facts.redeemed_at is None else None
            if "inactiv" in kind and seen is not None and facts.sign_in_known:
                since = seen
            if since is not None:
                yield (since + timedelta(days=allowed + grace)).date()


def _policy_words(kept: Iterable[Mapping[str, object]]) -> Iterator[str]:
    for policy in kept:
        for kind, allowed, grace in _rules(policy):
            name = policy.get("display_name", "")
            yield f"{name}: {_spelt(kind)} for {allowed} days, then disabled after {grace} more"


def _rules(policy: Mapping[str, object]) -> Iterator[tuple[str, int, int]]:
    """Yield the rules of a policy that is on and counts days: what it is about, how long, and the days of grace."""
    rules = policy.get("rules")
    if not policy.get("enabled") or not isinstance(rules, list):
        return
    for rule in rules:
        days, grace = rule.get("days"), rule.get("grace_days") or policy.get("grace_days") or 0
        if isinstance(days, int) and isinstance(grace, int):
            yield str(rule.get("kind", "")).casefold(), days, grace


def _spelt(kind: str) -> str:
    if "redeem" in kind or "redemption" in kind:
        return "an invitation not accepted"
    return "no sign-in" if "inactiv" in kind else kind
