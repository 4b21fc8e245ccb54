"""The rule workshop: the book of a resource tenant, one rule, and a replay, as whoever may look at them sees them."""

from selfservice.model.actor import Actor
from selfservice.model.refusal import NotFound
from selfservice.model.rulebook import RuleBook, RuleReplay
from selfservice.model.rules.codec import clauses_to_data, outcome_to_data
from selfservice.model.rules.rule import BAND_NAMES
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rule_rows import ReplayPage, RuleBookPage, RuleEditPage
from selfservice.services.overview.rules_choices import approver_groups, approver_people, options_of
from selfservice.services.overview.rules_lists import (
    change_row,
    rule_rows,
    version_rows,
    versions_of,
    waiting_changes,
)
from selfservice.services.overview.rules_replayed import page_of
from selfservice.services.overview.rules_sight import desk_to_see, empty_rule, rule_to_see, sees_all
from selfservice.services.overview.rules_spoken import example_row, ids_of_edits, ids_of_examples, ids_of_rules
from selfservice.services.rules.checking import Reach
from selfservice.services.rules.edits import edits_from_data
from selfservice.services.rules.keeping import keeping_of, scopes_of
from selfservice.services.rules.living import Living
from selfservice.services.rules.naming import ids_of_clauses, names_of
from selfservice.services.rules.stuck import stuck_packages, stuck_requests
from selfservice.services.rules.trying import try_examples
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

LONGEST_SEARCH = 100


def book_page(rt: Runtime, by: Actor) -> RuleBookPage:
    """Return the rules of the actor's tenant: all of them for who oversees it, else those that they keep."""
    with reading(rt.sessions) as tx:
        desk = desk_to_see(tx, rt, by)
        sees, keeping, living = sees_all(desk, by), desk.keeping, Living(tx)
        rules = [rule for rule in desk.rules if sees or keeping.may_edit(rule.band, rule.scope_id)]
        examples = [each for each in desk.examples if sees or keeping.may_edit_scope(each.scope_id)]
        changes = waiting_changes(desk, by)
        ids = {*ids_of_rules(rules), *ids_of_examples(examples)}
        ids.update(each for change in changes for each in ids_of_edits(edits_from_data(change.edits)))
        names = names_of(tx, rt, ids)
        book = tx.get(RuleBook, by.tenant_id)
        stuck = stuck_packages(tx, rt, by.tenant_id, desk.index, living)
        waiting = stuck_requests(tx, rt, by.tenant_id) if sees else ()
        return RuleBookPage(
            tenant=mark_of(rt.settings, by.tenant_id),
            serial=book.serial if book else 0,
            second_person=book.second_person if book else False,
            can_administer=keeping.administers,
            rules=rule_rows(desk, rules, names, living),
            changes=tuple(change_row(desk, change, names, by) for change in changes),
            examples=tuple(example_row(each, names, keeping) for each in try_examples(examples, desk.index)),
            scopes=scopes_of(tx, keeping),
            stuck_packages=tuple(each.name for each in stuck if sees or each.id in keeping.packages),
            stuck_requests=tuple((each.request_id, each.title) for each in waiting),
        )


def edit_page(
    rt: Runtime, by: Actor, rule_id: str | None = None, *, scope_id: str = "", search: str = ""
) -> RuleEditPage:
    """Return a rule, or an empty one for this package or catalog, with all that its form offers."""
    words = " ".join(search.split())[:LONGEST_SEARCH]
    with reading(rt.sessions) as tx:
        desk = desk_to_see(tx, rt, by)
        rule = rule_to_see(desk, rule_id, by) if rule_id else empty_rule(desk, scope_id)
        book = tx.get(RuleBook, by.tenant_id)
        reach = Reach(tx=tx, rt=rt, tenant_id=by.tenant_id, band=rule.band, scope_id=rule.scope_id)
        return RuleEditPage(
            tenant=mark_of(rt.settings, by.tenant_id),
            serial=book.serial if book else 0,
            rule_id=rule_id or None,
            name=rule.name,
            note=rule.note,
            band=BAND_NAMES[rule.band],
            scope_id=rule.scope_id,
            position=rule.position,
            enabled=rule.enabled,
            when=tuple(clauses_to_data(rule.clauses)),
            then=outcome_to_data(rule.outcome),
            options=options_of(reach, sorted(set(ids_of_clauses(rule.clauses)))),
            people=approver_people(reach, desk.keeping, rule.outcome, words),
            groups=approver_groups(reach, desk.keeping, rule.outcome, words),
            scopes=scopes_of(tx, desk.keeping),
            versions=version_rows(tx, rt, versions_of(tx, rule_id)) if rule_id else (),
            can_edit=desk.keeping.may_edit(rule.band, rule.scope_id),
            search=words,
        )


def replay_page(rt: Runtime, by: Actor, replay_id: str) -> ReplayPage:
    """Return a replay, to whoever asked for it and to the tenant's admins."""
    with reading(rt.sessions) as tx:
        replay = tx.get(RuleReplay, replay_id)
        if replay is None:
            raise NotFound
        is_mine = by.is_(replay.asked_by_tenant_id, replay.asked_by_object_id)
        if not is_mine and not keeping_of(tx, rt, replay.tenant_id, by=by).administers:
            raise NotFound
        return page_of(replay, at=rt.clock())
