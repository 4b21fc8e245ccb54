"""Rules that can never decide: they contradict themselves, or an earlier rule takes everything that they would.

Every finding is certain. Not everything is found: a rule that several others cover only together is not, nor is one
whose cover hides behind very many rules of the same kind.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.entry import rank
from selfservice.model.rules.facts import EVERYTHING, Attribute
from selfservice.model.rules.folding import covers
from selfservice.model.rules.limits import Limits, limits_of
from selfservice.model.rules.rule import Rule
from selfservice.model.rules.scanning import in_order

MOST_COMPARED = 200
"""With how many earlier rules one rule is compared."""

Shelf = tuple[str, str, str]


class FindingKind(StrEnum):
    """Why a rule never decides."""

    CONTRADICTION = "contradiction"
    SHADOWED = "shadowed"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule that never decides; `because_of` is the earlier rule that shadows it, or nothing where it contradicts
    itself.
    """

    rule_id: str
    kind: FindingKind
    because_of: str = ""


def findings_of(rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """Return the rules that never decide, in their order."""
    return tuple(_findings(in_order(rules)))


def _findings(rules: Iterable[Rule]) -> Iterator[Finding]:
    """Compare each rule with those that came before. A rule stands on the shelf of one of its clauses: what it covers
    meets that clause, and so looks on that shelf.
    """
    shelves: dict[Shelf, list[Rule]] = defaultdict(list)
    for rule in rules:
        if not rule.enabled:
            continue
        limits = limits_of(rule.all_clauses)
        if any(limit.is_impossible for limit in limits.values()):
            yield Finding(rule_id=rule.id, kind=FindingKind.CONTRADICTION)
            continue
        earlier = (each for shelf in _looks_on(rule, limits) for each in shelves.get(shelf, ()))
        for cover in islice(earlier, MOST_COMPARED):
            if _is_covered(limits, cover):
                yield Finding(rule_id=rule.id, kind=FindingKind.SHADOWED, because_of=cover.id)
                break
        else:
            for shelf in _stands_on(rule):
                shelves[shelf].append(rule)


def _stands_on(rule: Rule) -> list[Shelf]:
    tenant = rule.tenant_id.casefold()
    clause = min(filter(_tells_apart, rule.all_clauses), key=_breadth, default=None)
    if clause is None:
        return [(tenant, "", "")]
    return [(tenant, str(clause.attribute), token) for token in clause.wanted]


def _looks_on(rule: Rule, limits: dict[str, Limits]) -> Iterator[Shelf]:
    tenant = rule.tenant_id.casefold()
    yield (tenant, "", "")
    for attribute, limit in limits.items():
        for tokens in limit.needed:
            yield from ((tenant, attribute, token) for token in covers(attribute, min(tokens)))


def _tells_apart(clause: Clause) -> bool:
    return (
        clause.operator is Operator.ANY_OF
        and clause.attribute != Attribute.RESOURCE_TENANT
        and clause.attribute not in EVERYTHING
    )


def _breadth(clause: Clause) -> tuple[int, int]:
    return len(clause.wanted), -rank(clause.attribute)


def _is_covered(limits: dict[str, Limits], cover: Rule) -> bool:
    return all(
        (limits.get(clause.attribute) or Limits(str(clause.attribute))).imply(clause) for clause in cover.all_clauses
    )
