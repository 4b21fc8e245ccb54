"""A clause of a rule: one attribute, one comparison. All clauses of a rule must hold."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from selfservice.model.rules.folding import wanted_tokens


class Operator(StrEnum):
    """How a clause compares. `noneOf` holds too where there is no value at all; `anyOf` does not."""

    ANY_OF = "anyOf"
    NONE_OF = "noneOf"
    AT_MOST = "atMost"
    AT_LEAST = "atLeast"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One comparison. `attribute` is an `Attribute`, or `answer:` and a question's key.

    `values` are for `anyOf` and `noneOf`: compared without regard to case; `Finance/*` is Finance and every department
    beneath it; `*.partner.example` is every subdomain of partner.example and not itself (a wildcard holds only where it
    is written). `number` is for `atMost` and `atLeast`.
    """

    attribute: str
    operator: Operator = Operator.ANY_OF
    values: tuple[str, ...] = ()
    number: int = 0

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The values as they are compared."""
        return wanted_tokens(self.attribute, self.values)
