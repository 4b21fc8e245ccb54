"""Explaining: the answer of the rules to one request, as it is shown before and kept with it."""

from sqlalchemy.orm import Session

from selfservice.model.package import AccessPackage
from selfservice.model.questions import QuestionKind
from selfservice.model.routing import Route, Why
from selfservice.model.rules.counsel import Advice, counsel, near_misses
from selfservice.model.rules.facts import ANSWER_PREFIX, RuleFacts
from selfservice.model.rules.strictness import longest_days
from selfservice.model.rules.verdict import Verdict
from selfservice.services import questioning, tagging
from selfservice.services.rules.naming import ids_of_clauses, ids_of_facts, names_of
from selfservice.services.runtime import Runtime


def why_of(tx: Session, rt: Runtime, package: AccessPackage, facts: RuleFacts, route: Route) -> Why:
    """Return which rule decides and why, what came before it, and what would have helped."""
    index = rt.books.index_of(tx, package.tenant_id)
    misses = tuple(
        Verdict(rule=miss.rule, outcome=miss.rule.outcome, clauses=miss.clauses) for miss in near_misses(index, facts)
    )
    clauses = [judged.clause for verdict in (route.verdict, *misses) for judged in verdict.clauses]
    return Why(
        facts=facts,
        verdict=route.verdict,
        tightened=route.tightened,
        misses=misses,
        advice=advice_of(tx, rt, package, facts, route),
        names=names_of(tx, rt, [*ids_of_facts(facts), *ids_of_clauses(clauses)]),
    )


def advice_of(tx: Session, rt: Runtime, package: AccessPackage, facts: RuleFacts, route: Route) -> tuple[str, ...]:
    """Return the smallest changes that would help, of those that the package allows."""
    tightenings = tagging.tightenings_of(tx, package)
    longest = longest_days(tightenings, package.max_days)
    index = rt.books.index_of(tx, package.tenant_id)
    found = counsel(index, facts, route.verdict, tightenings=tightenings)
    return tuple(advice.sentence for advice in found if _is_possible(advice, package, longest))


def _is_possible(advice: Advice, package: AccessPackage, longest: int) -> bool:
    door = package.for_self if advice.facts.for_self else package.for_others
    return door and 0 < advice.facts.days <= longest and _can_be_answered(advice, package)


def _can_be_answered(advice: Advice, package: AccessPackage) -> bool:
    asked = {question.key: question for question in questioning.questions_of(package)}
    for change in advice.changes:
        if change.attribute.startswith(ANSWER_PREFIX):
            question = asked.get(change.attribute.removeprefix(ANSWER_PREFIX))
            choices = {choice.value for choice in question.choices} if question else set()
            if question is None or (question.kind is QuestionKind.CHOICE and change.value not in choices):
                return False
    return True
