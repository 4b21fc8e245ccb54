"""The rows of the rule workshop: rules, changes that wait for a second person, and the versions of a rule."""

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.rulebook import ApproverRule, ChangeState, RuleChange, RuleVersion
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.codec import clauses_from_data, outcome_from_data
from selfservice.model.rules.rule import Rule
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rule_rows import RuleListRow, VersionRow, WaitingChangeRow
from selfservice.services.overview.rule_words import clause_words, outcome_words
from selfservice.services.overview.rules_sight import sees_all
from selfservice.services.overview.rules_spoken import Known, edit_words, when_words, whose_words
from selfservice.services.rules.changing import Desk
from selfservice.services.rules.doubting import doubts
from selfservice.services.rules.editing import may_judge
from selfservice.services.rules.edits import edits_from_data
from selfservice.services.rules.living import Living
from selfservice.services.rules.naming import ids_of_clauses, names_of
from selfservice.services.runtime import Runtime


def rule_rows(desk: Desk, rules: Sequence[Rule], names: Mapping[str, str], living: Living) -> tuple[RuleListRow, ...]:
    """Return rules in reading order, each with what is odd about it."""
    tenant = mark_of(desk.rt.settings, desk.tenant_id)
    doubtful = doubts(desk.rules, {rule.id for rule in rules}, living)
    query = select(ApproverRule.id, ApproverRule.changed_by_name, ApproverRule.changed_at)
    changed = {row[0]: row for row in desk.tx.execute(query.where(ApproverRule.tenant_id == desk.tenant_id))}
    return tuple(
        RuleListRow(
            rule_id=rule.id,
            number=number,
            name=rule.name,
            whose=whose_words(rule.band, rule.scope_id, tenant.name, names),
            when=when_words(rule, names),
            then=outcome_words(rule.outcome),
            version=rule.version,
            enabled=rule.enabled,
            changed_by=changed[rule.id][1],
            changed_at=changed[rule.id][2],
            can_edit=desk.keeping.may_edit(rule.band, rule.scope_id),
            note=rule.note,
            findings=doubtful.get(rule.id, ()),
            position=rule.position,
            scope_id=rule.scope_id,
        )
        for number, rule in enumerate(rules, 1)
    )


def waiting_changes(desk: Desk, by: Actor) -> list[RuleChange]:
    """Return the changes that wait for a second person, as far as the actor may look at them."""
    waiting = desk.tx.scalars(
        select(RuleChange)
        .where(RuleChange.tenant_id == desk.tenant_id, RuleChange.state == ChangeState.WAITING)
        .order_by(RuleChange.proposed_at, RuleChange.id)
    )
    sees = sees_all(desk, by)
    return [each for each in waiting if sees or each.proposed_by == by.ref or may_judge(desk, each, by=by)]


def change_row(desk: Desk, change: RuleChange, names: Mapping[str, str], by: Actor) -> WaitingChangeRow:
    """Return a change that waits, in words, and what the actor may do about it."""
    known = Known(
        tenant_name=mark_of(desk.rt.settings, desk.tenant_id).name,
        names=names,
        rules={rule.id: rule for rule in desk.rules},
        examples={example.id: example for example in desk.examples},
    )
    return WaitingChangeRow(
        change_id=change.id,
        proposed_by=change.proposed_by_name,
        proposed_at=change.proposed_at,
        why=change.why,
        edits=tuple(edit_words(edit, known) for edit in edits_from_data(change.edits)),
        can_agree=may_judge(desk, change, by=by),
        can_withdraw=change.proposed_by == by.ref,
    )


def versions_of(tx: Session, rule_id: str) -> Sequence[RuleVersion]:
    """Return every version of a rule, the newest first."""
    query = select(RuleVersion).where(RuleVersion.rule_id == rule_id).order_by(RuleVersion.version.desc())
    return tx.scalars(query).all()


def version_rows(tx: Session, rt: Runtime, versions: Sequence[RuleVersion]) -> tuple[VersionRow, ...]:
    """Return versions as rows, in words."""
    clauses = {each.version: clauses_from_data(each.body["when"]) for each in versions}
    names = names_of(tx, rt, ids_of_clauses(clause for some in clauses.values() for clause in some))
    return tuple(_version_row(each, clauses[each.version], names) for each in versions)


def _version_row(version: RuleVersion, clauses: tuple[Clause, ...], names: Mapping[str, str]) -> VersionRow:
    return VersionRow(
        version=version.version,
        changed_by=version.changed_by_name,
        changed_at=version.changed_at,
        why=version.why,
        when=tuple(clause_words(clause, names) for clause in clauses),
        then=outcome_words(outcome_from_data(version.body["then"])),
        agreed_by=version.agreed_by_name or "",
        removed=version.removed,
        name=str(version.body["name"]),
        enabled=bool(version.body["enabled"]),
        position=int(cast("int", version.body["position"])),
    )
