"""What a rule asks of one attribute with all its clauses, and whether that implies what another rule asks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.facts import EVERYTHING, NUMBERS
from selfservice.model.rules.folding import MANY_VALUED, covers

ENDLESS = 1_000_000_000


@dataclass
class Limits:
    """What is asked of one attribute: each set in `needed` holds a token that is found, `excluded` none."""

    attribute: str
    needed: list[frozenset[str]] = field(default_factory=list)
    excluded: frozenset[str] = frozenset()
    least: int = -ENDLESS
    most: int = ENDLESS

    def __post_init__(self) -> None:
        if self.attribute in EVERYTHING:
            self.needed.append(EVERYTHING[self.attribute])

    def add(self, clause: Clause) -> None:
        """Ask for what a clause asks for, too."""
        if clause.operator is Operator.ANY_OF:
            self.needed.append(clause.wanted)
        elif clause.operator is Operator.NONE_OF:
            self.excluded |= clause.wanted
        elif clause.operator is Operator.AT_MOST:
            self.most = min(self.most, clause.number)
        else:
            self.least = max(self.least, clause.number)

    @property
    def is_impossible(self) -> bool:
        """Whether no request can meet these limits."""
        left = [self._left(tokens) for tokens in self.needed]
        if self.least > self.most or not all(left):
            return True
        if self.attribute in NUMBERS:
            return any(not any(self.least <= number <= self.most for number in _numbers(tokens)) for tokens in left)
        if self.attribute in MANY_VALUED:
            return False
        return any(not self._meet(one, other) for at, one in enumerate(left) for other in left[:at])

    def imply(self, clause: Clause) -> bool:
        """Say whether whatever meets these limits meets the clause. A no may also mean that it is not known."""
        return _IMPLICATIONS[clause.operator](self, clause)

    def imply_any_of(self, clause: Clause) -> bool:
        """Say whether one of the clause's values is always found."""
        return any(all(self._covered(token, clause.wanted) for token in self._left(tokens)) for tokens in self.needed)

    def imply_none_of(self, clause: Clause) -> bool:
        """Say whether none of the clause's values is ever found."""
        return all(self._covered(token, self.excluded) or self._is_elsewhere(token) for token in clause.wanted)

    def imply_at_most(self, clause: Clause) -> bool:
        """Say whether the number is never higher."""
        return self.most <= clause.number or self._all_numbers(lambda number: number <= clause.number)

    def imply_at_least(self, clause: Clause) -> bool:
        """Say whether the number is never lower."""
        return self.least >= clause.number or self._all_numbers(lambda number: number >= clause.number)

    def _left(self, tokens: frozenset[str]) -> frozenset[str]:
        if not self.excluded:
            return tokens
        return frozenset(token for token in tokens if not self._covered(token, self.excluded))

    def _covered(self, token: str, wanted: frozenset[str]) -> bool:
        return not wanted.isdisjoint(covers(self.attribute, token))

    def _meet(self, tokens: frozenset[str], others: frozenset[str]) -> bool:
        """Say whether one value can be in both: of two wildcards that do, one is beneath the other."""
        return any(self._covered(token, others) for token in tokens) or any(
            self._covered(token, tokens) for token in others
        )

    def _is_elsewhere(self, token: str) -> bool:
        if self.attribute in MANY_VALUED:
            return False
        return any(not self._meet(self._left(tokens), frozenset({token})) for tokens in self.needed)

    def _all_numbers(self, test: Callable[[int], bool]) -> bool:
        return any(all(test(number) for number in _numbers(self._left(tokens))) for tokens in self.needed)


_IMPLICATIONS: Mapping[Operator, Callable[[Limits, Clause], bool]] = {
    Operator.ANY_OF: Limits.imply_any_of,
    Operator.NONE_OF: Limits.imply_none_of,
    Operator.AT_MOST: Limits.imply_at_most,
    Operator.AT_LEAST: Limits.imply_at_least,
}


def limits_of(clauses: Iterable[Clause]) -> dict[str, Limits]:
    """Return what clauses ask together, by attribute."""
    limits: dict[str, Limits] = {}
    for clause in clauses:
        attribute = str(clause.attribute)
        limits.setdefault(attribute, Limits(attribute)).add(clause)
    return limits


def _numbers(tokens: frozenset[str]) -> list[int]:
    """Return the numbers that are written as numbers are found; no other is ever found."""
    return [int(token) for token in tokens if token.isdecimal() and str(int(token)) == token]
