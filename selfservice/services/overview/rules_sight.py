"""Which rules somebody may look at: all of their tenant's for who oversees it, else those that they keep."""

from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.catalog import Catalog
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound
from selfservice.model.rules.outcome import BY_PACKAGE
from selfservice.model.rules.rule import Band, Rule
from selfservice.services import authority
from selfservice.services.rules.changing import Desk
from selfservice.services.rules.keeping import keeping_of
from selfservice.services.rules.trying import examples_of
from selfservice.services.runtime import Runtime


def desk_to_see(tx: Session, rt: Runtime, by: Actor) -> Desk:
    """Return the rules of the actor's tenant, or refuse whoever neither keeps any nor oversees the tenant."""
    keeping = keeping_of(tx, rt, by.tenant_id, by=by)
    if not keeping.keeps_anything and not authority.oversees(rt.settings, by.tenant_id, by=by):
        raise NotFound
    index = rt.books.index_of(tx, by.tenant_id)
    return Desk(tx=tx, rt=rt, keeping=keeping, index=index, examples=examples_of(tx, by.tenant_id))


def sees_all(desk: Desk, by: Actor) -> bool:
    """Say whether the actor may look at every rule of the tenant."""
    return desk.keeping.administers or authority.oversees(desk.rt.settings, desk.tenant_id, by=by)


def rule_to_see(desk: Desk, rule_id: str, by: Actor) -> Rule:
    """Return a rule that the actor may look at."""
    rule = next((each for each in desk.rules if each.id == rule_id), None)
    if rule is None or not (sees_all(desk, by) or desk.keeping.may_edit(rule.band, rule.scope_id)):
        raise NotFound
    return rule


def empty_rule(desk: Desk, scope_id: str) -> Rule:
    """Return a rule that somebody begins to write for this package or catalog, or for the tenant."""
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
