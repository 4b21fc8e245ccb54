"""The rule book of a resource tenant, as its keepers and those who oversee the tenant see it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.refusal import NotFound
from selfservice.model.rulebook import ApproverRule, ChangeState, RuleBook, RuleChange
from selfservice.model.rules.rule import Rule
from selfservice.services import authority
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rule_rows import RuleBookPage, RuleListRow, WaitingChangeRow
from selfservice.services.overview.rule_words import outcome_words
from selfservice.services.overview.rules_spoken import (
    Known,
    edit_words,
    example_row,
    ids_of_edits,
    ids_of_examples,
    ids_of_rules,
    when_words,
    whose_words,
)
from selfservice.services.rules.changing import Desk
from selfservice.services.rules.doubting import doubts
from selfservice.services.rules.editing import may_judge
from selfservice.services.rules.edits import edits_from_data
from selfservice.services.rules.examples import examples_of, try_examples
from selfservice.services.rules.keeping import keeping_of, scopes_of
from selfservice.services.rules.living import Living
from selfservice.services.rules.naming import names_of
from selfservice.services.rules.stuck import stuck_packages, stuck_requests
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading


def book_page(rt: Runtime, by: Actor) -> RuleBookPage:
    """Return the rules of the actor's tenant: all of them for who oversees it, else those that they keep."""
    with reading(rt.sessions) as tx:
        desk = desk_to_see(tx, rt, by)
        sees_all = desk.keeping.administers or authority.oversees(rt.settings, by.tenant_id, by=by)
        rules = [rule for rule in desk.rules if sees_all or desk.keeping.may_edit(rule.band, rule.scope_id)]
        examples = [each for each in desk.examples if sees_all or desk.keeping.may_edit_scope(each.scope_id)]
        changes = _waiting(tx, desk, by, sees_all=sees_all)
        ids = {*ids_of_rules(rules), *ids_of_examples(examples)}
        ids.update(each for change in changes for each in ids_of_edits(edits_from_data(change.edits)))
        names = names_of(tx, rt, ids)
        living = Living(tx)
        book = tx.get(RuleBook, by.tenant_id)
        stuck = stuck_packages(tx, rt, by.tenant_id, desk.index, living)
        return RuleBookPage(
            tenant=mark_of(rt.settings, by.tenant_id),
            serial=book.serial if book else 0,
            second_person=book.second_person if book else False,
            can_administer=desk.keeping.administers,
            rules=_rows(desk, rules, names, living),
            changes=tuple(_change_row(desk, change, names, by) for change in changes),
            examples=tuple(example_row(each, names, desk.keeping) for each in try_examples(examples, desk.index)),
            scopes=scopes_of(tx, desk.keeping),
            stuck_packages=tuple(each.name for each in stuck if sees_all or each.id in desk.keeping.packages),
            stuck_requests=tuple(
                (each.request_id, each.title) for each in (stuck_requests(tx, rt, by.tenant_id) if sees_all else ())
            ),
        )


def desk_to_see(tx: Session, rt: Runtime, by: Actor) -> Desk:
    """Return the rules of the actor's tenant, or refuse whoever neither keeps any nor oversees the tenant."""
    keeping = keeping_of(tx, rt, by.tenant_id, by=by)
    if not keeping.keeps_anything and not authority.oversees(rt.settings, by.tenant_id, by=by):
        raise NotFound
    index = rt.books.index_of(tx, by.tenant_id)
    return Desk(tx=tx, rt=rt, keeping=keeping, index=index, examples=examples_of(tx, by.tenant_id))


def _rows(desk: Desk, rules: Sequence[Rule], names: Mapping[str, str], living: Living) -> tuple[RuleListRow, ...]:
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
        )
        for number, rule in enumerate(rules, 1)
    )


def _waiting(tx: Session, desk: Desk, by: Actor, *, sees_all: bool) -> list[RuleChange]:
    waiting = tx.scalars(
        select(RuleChange)
        .where(RuleChange.tenant_id == desk.tenant_id, RuleChange.state == ChangeState.WAITING)
        .order_by(RuleChange.proposed_at, RuleChange.id)
    )
    return [each for each in waiting if sees_all or each.proposed_by == by.ref or may_judge(desk, each, by=by)]


def _change_row(desk: Desk, change: RuleChange, names: Mapping[str, str], by: Actor) -> WaitingChangeRow:
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
