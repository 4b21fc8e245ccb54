"""Displacing: whoever took a rule out of the way of a request has changed who decides about it, as if they had written
the rule that decides now (S15).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from selfservice.model.actor import PersonRef
from selfservice.model.request import AccessRequest
from selfservice.model.rulebook import ApproverRule, RuleVersion
from selfservice.model.rules.codec import clauses_from_data, outcome_from_data
from selfservice.model.rules.facts import RuleFacts, facts_from_json
from selfservice.model.rules.holding import judge
from selfservice.model.rules.rule import Band, Rule


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which changes count: those from `since` on, and before the request was asked for, at `until`."""

    since: datetime
    until: datetime


def displacers(tx: Session, facts: RuleFacts, decides: Rule | None, window: Window) -> frozenset[PersonRef]:
    """Return who, alone, changed, moved or removed a rule that held for these facts before the one that decides now."""
    return frozenset(
        person
        for person, before in _changed_away(tx, facts, window)
        if _comes_before(before, decides) and before.enabled and _holds(before, facts)
    )


def displacers_of(tx: Session, request: AccessRequest, *, since: datetime) -> frozenset[PersonRef]:
    """Return them for a stored request, by the facts and the rule that were kept with it."""
    kept = cast("Mapping[str, object] | None", request.why.get("facts"))
    if not kept:
        return frozenset()
    version = tx.get(RuleVersion, (request.rule_id, request.rule_version)) if request.rule_id else None
    decides = None if version is None else _rule(version.rule_id, version.tenant_id, version.body)
    return displacers(tx, facts_from_json(kept), decides, Window(since=since, until=request.submitted_at))


def _changed_away(tx: Session, facts: RuleFacts, window: Window) -> Iterator[tuple[PersonRef, Rule]]:
    """Yield each change that counts: who made it, and the rule as it was before."""
    after, before = aliased(RuleVersion), aliased(RuleVersion)
    rows = tx.execute(
        select(after, before)
        .join(before, (before.rule_id == after.rule_id) & (before.version == after.version - 1))
        .join(ApproverRule, ApproverRule.id == after.rule_id)
        .where(
            ApproverRule.tenant_id == facts.resource_tenant,
            ApproverRule.changed_at >= window.since,
            after.changed_at >= window.since,
            after.changed_at <= window.until,
            after.agreed_by_object_id.is_(None),
        )
    )
    for changed, known in rows:
        # A rule that made room for others has no version of its own: one that was removed says where it stood last.
        place = {"position": changed.body["position"]} if changed.removed else {}
        yield changed.changed_by, _rule(known.rule_id, known.tenant_id, {**known.body, **place})


def _comes_before(rule: Rule, decides: Rule | None) -> bool:
    return decides is None or (rule.id != decides.id and (rule.band, rule.position) <= (decides.band, decides.position))


def _holds(rule: Rule, facts: RuleFacts) -> bool:
    return all(judge(clause, facts).holds for clause in rule.all_clauses)


def _rule(rule_id: str, tenant_id: str, body: Mapping[str, object]) -> Rule:
    return Rule(
        id=rule_id,
        tenant_id=tenant_id,
        name=str(body["name"]),
        band=Band(cast("int", body["band"])),
        scope_id=str(body["scope"]),
        position=cast("int", body["position"]),
        enabled=bool(body["enabled"]),
        clauses=clauses_from_data(body["when"]),
        outcome=outcome_from_data(body["then"]),
    )
