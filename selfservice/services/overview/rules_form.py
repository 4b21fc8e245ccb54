"""One rule as its form shows it, with all that can be chosen, and every version that it had."""

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.catalog import Catalog
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound
from selfservice.model.rulebook import RuleBook, RuleVersion
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.codec import clauses_from_data, clauses_to_data, outcome_from_data, outcome_to_data
from selfservice.model.rules.outcome import BY_PACKAGE
from selfservice.model.rules.rule import BAND_NAMES, Band, Rule
from selfservice.services import authority
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rule_rows import RuleEditPage, VersionRow
from selfservice.services.overview.rule_words import clause_words, outcome_words
from selfservice.services.overview.rules import desk_to_see
from selfservice.services.overview.rules_choices import approver_groups, approver_people, options_of
from selfservice.services.rules.changing import Desk
from selfservice.services.rules.checking import Reach
from selfservice.services.rules.keeping import scopes_of
from selfservice.services.rules.naming import ids_of_clauses, names_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

LONGEST_SEARCH = 100


def edit_page(
    rt: Runtime, by: Actor, rule_id: str | None = None, *, scope_id: str = "", search: str = ""
) -> RuleEditPage:
    """Return a rule, or an empty one for this package or catalog, with all that its form offers."""
    words = " ".join(search.split())[:LONGEST_SEARCH]
    with reading(rt.sessions) as tx:
        desk = desk_to_see(tx, rt, by)
        rule = _known(desk, rule_id, by) if rule_id else _empty(desk, scope_id)
        versions = _versions(tx, rule_id) if rule_id else ()
        book = tx.get(RuleBook, by.tenant_id)
        reach = Reach(tx=tx, rt=rt, tenant_id=by.tenant_id, band=rule.band, scope_id=rule.scope_id)
        return RuleEditPage(
            tenant=mark_of(rt.settings, by.tenant_id),
            serial=book.serial if book else 0,
            rule_id=rule_id,
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
            versions=_version_rows(tx, rt, versions),
            can_edit=desk.keeping.may_edit(rule.band, rule.scope_id),
            search=words,
        )


def _known(desk: Desk, rule_id: str, by: Actor) -> Rule:
    rule = next((each for each in desk.rules if each.id == rule_id), None)
    sees_all = authority.oversees(desk.rt.settings, desk.tenant_id, by=by)
    if rule is None or not (sees_all or desk.keeping.may_edit(rule.band, rule.scope_id)):
        raise NotFound
    return rule


def _empty(desk: Desk, scope_id: str) -> Rule:
    band = _band_of(desk, scope_id)
    desk.keeping.ensure(band, scope_id)
    together = [rule for rule in desk.rules if (rule.band, rule.scope_id) == (band, scope_id)]
    return Rule(
        id="",
        tenant_id=desk.tenant_id,
        name="",
        clauses=(),
        outcome=BY_PACKAGE,
        band=band,
        scope_id=scope_id,
        position=len(together) + 1,
    )


def _band_of(desk: Desk, scope_id: str) -> Band:
    if not scope_id:
        return Band.LAST
    package, catalog = desk.tx.get(AccessPackage, scope_id), desk.tx.get(Catalog, scope_id)
    if package is not None and package.tenant_id == desk.tenant_id:
        return Band.PACKAGE
    if catalog is not None and catalog.tenant_id == desk.tenant_id:
        return Band.CATALOG
    raise NotFound


def _versions(tx: Session, rule_id: str) -> Sequence[RuleVersion]:
    query = select(RuleVersion).where(RuleVersion.rule_id == rule_id).order_by(RuleVersion.version.desc())
    return tx.scalars(query).all()


def _version_rows(tx: Session, rt: Runtime, versions: Sequence[RuleVersion]) -> tuple[VersionRow, ...]:
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
