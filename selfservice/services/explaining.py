"""Explaining: the answer of the rules to one request, as it is kept with it."""

from sqlalchemy.orm import Session

from selfservice.model.package import AccessPackage
from selfservice.model.routing import Route, Why
from selfservice.model.rules.facts import RuleFacts
from selfservice.services.rules.naming import ids_of_clauses, ids_of_facts, names_of
from selfservice.services.runtime import Runtime


def why_of(tx: Session, rt: Runtime, package: AccessPackage, facts: RuleFacts, route: Route) -> Why:
    """Return which rule decides and why, what came before it, and what would have helped."""
    clauses = [judged.clause for judged in route.verdict.clauses]
    return Why(
        facts=facts,
        verdict=route.verdict,
        tightened=route.tightened,
        names=names_of(tx, rt, [*ids_of_facts(facts), *ids_of_clauses(clauses)]),
    )
