"""Whether a clause holds for the facts of a request: said once, for every router and every explanation."""

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import Attribute, RuleFacts
from selfservice.model.rules.folding import Seen
from selfservice.model.rules.verdict import ClauseVerdict


def judge(clause: Clause, facts: RuleFacts) -> ClauseVerdict:
    """Say whether the clause holds, and what was found."""
    return ClauseVerdict(clause=clause, found=facts.values(clause.attribute), holds=holds(clause, Seen(facts)))


def holds(clause: Clause, seen: Seen) -> bool:
    """Say whether the clause holds."""
    if clause.operator is Operator.ANY_OF:
        return not clause.wanted.isdisjoint(seen[clause.attribute])
    if clause.operator is Operator.NONE_OF:
        return clause.wanted.isdisjoint(seen[clause.attribute])
    number = seen.facts.number(Attribute(clause.attribute))
    return number <= clause.number if clause.operator is Operator.AT_MOST else number >= clause.number
