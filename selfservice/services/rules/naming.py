"""Naming: what the ids in rules and facts are called, so that people can read them."""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from selfservice.model.application import Application
from selfservice.model.catalog import Catalog
from selfservice.model.group import Group
from selfservice.model.organization import ConnectedOrganization
from selfservice.model.package import AccessPackage
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.facts import RuleFacts
from selfservice.services.runtime import Runtime

MOST_AT_ONCE = 500

NAMED: tuple[tuple[InstrumentedAttribute[str], InstrumentedAttribute[str]], ...] = (
    (AccessPackage.id, AccessPackage.name),
    (Catalog.id, Catalog.name),
    (ConnectedOrganization.id, ConnectedOrganization.name),
    (Group.object_id, Group.display_name),
    (Application.object_id, Application.display_name),
)


def names_of(tx: Session, rt: Runtime, ids: Iterable[str]) -> Mapping[str, str]:
    """Return the names of those ids that are known: packages, catalogs, organizations, groups, resources, tenants."""
    wanted = sorted({each for each in ids if each})
    names = {tenant.tenant_id: tenant.name for tenant in rt.settings.tenants.values() if tenant.tenant_id in wanted}
    for start in range(0, len(wanted), MOST_AT_ONCE):
        some = wanted[start : start + MOST_AT_ONCE]
        for key, name in NAMED:
            names.update((row[0], row[1]) for row in tx.execute(select(key, name).where(key.in_(some))))
    return names


def ids_of_clauses(clauses: Iterable[Clause]) -> Iterator[str]:
    """Yield the values of clauses; those that are ids have names."""
    for clause in clauses:
        yield from clause.values


def ids_of_facts(facts: RuleFacts) -> Iterator[str]:
    """Yield the ids among the facts of a request."""
    yield from (facts.resource_tenant, facts.package, facts.catalog, facts.home_tenant, facts.organization)
    yield from facts.resources
    yield from facts.groups
