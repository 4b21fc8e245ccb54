"""An approver rule: where it applies, what it asks, and what comes of it. The first rule that holds decides."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache

from selfservice.model.rules.clause import Clause
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.outcome import Outcome


class Band(IntEnum):
    """Whose rule it is, in the order in which rules are read.

    A tenant's admins have the first word and the last; between them the owners of a package come before those of its
    catalog.
    """

    FIRST = 1
    PACKAGE = 2
    CATALOG = 3
    LAST = 4


BAND_NAMES = {Band.FIRST: "first", Band.PACKAGE: "package", Band.CATALOG: "catalog", Band.LAST: "last"}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One version of a rule. `scope_id` is the package or catalog whose owners keep it, or nothing for an admin's."""

    id: str
    tenant_id: str
    name: str
    clauses: tuple[Clause, ...]
    outcome: Outcome
    version: int = 1
    band: Band = Band.LAST
    scope_id: str = ""
    position: int = 0
    note: str = ""
    enabled: bool = True

    @cached_property
    def order(self) -> tuple[int, int, str]:
        """Where the rule comes: band, position, and id where two stand at the same position."""
        return (self.band, self.position, self.id)

    @cached_property
    def all_clauses(self) -> tuple[Clause, ...]:
        """The clauses that follow from whose rule it is, and its own."""
        implied = [_implied(Attribute.RESOURCE_TENANT, self.tenant_id)]
        if self.band is Band.PACKAGE:
            implied.append(_implied(Attribute.PACKAGE, self.scope_id))
        if self.band is Band.CATALOG:
            implied.append(_implied(Attribute.CATALOG, self.scope_id))
        return (*implied, *self.clauses)


@lru_cache(maxsize=4096)
def _implied(attribute: Attribute, value: str) -> Clause:
    """Return a clause that many rules share."""
    return Clause(attribute=attribute, values=(value,))
