"""Rules as text: what a file says, as values; and the names that it spells ids with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from selfservice.model.refusal import Refused
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.facts import Attribute, RuleFacts
from selfservice.model.rules.outcome import Outcome
from selfservice.model.rules.rule import Band, Rule

WITH_ID = re.compile(r"(.*) \(([^()]+)\)")
"""A name that is not enough, with the id in brackets."""

TENANT, PERSON = "tenant", "person"
"""Kinds of names besides the attributes that hold ids."""

NAMED = frozenset(
    {
        Attribute.RESOURCE_TENANT,
        Attribute.HOME_TENANT,
        Attribute.PACKAGE,
        Attribute.CATALOG,
        Attribute.RESOURCE,
        Attribute.GROUP,
        Attribute.ORGANIZATION,
    }
)
"""Attributes whose values are ids, which a file spells as names."""


class TextUnreadable(Refused):
    """A file of rules cannot be understood; the cause names the line."""


class Naming(Protocol):
    """How a file spells ids. `kind` is an attribute that holds ids, `tenant` or `person`."""

    def name(self, kind: str, value: str, *, tenant_id: str = "") -> str:
        """Return how an id is spelt: its name where nothing else has it, else the name and the id in brackets."""

    def value(self, kind: str, spelt: str, *, tenant_id: str = "") -> str:
        """Return the id that is spelt so, or refuse where nothing or several things fit."""

    def follows(self, package_id: str) -> Mapping[str, object]:
        """Return the facts that follow from the package, by the names of `RuleFacts`."""


class PlainNaming:
    """Spells every id as it is: for files that stand alone, where names are all there is."""

    def name(self, kind: str, value: str, *, tenant_id: str = "") -> str:
        """Return the id."""
        return value

    def value(self, kind: str, spelt: str, *, tenant_id: str = "") -> str:
        """Return what is written."""
        return spelt

    def follows(self, package_id: str) -> Mapping[str, object]:
        """Say that nothing is known of packages."""
        return {}


@dataclass(frozen=True, kw_only=True)
class WrittenRule:
    """A rule as a file says it; `line` is where. Its place follows from the order of the file."""

    name: str
    clauses: tuple[Clause, ...]
    outcome: Outcome
    band: Band = Band.LAST
    scope_id: str = ""
    note: str = ""
    enabled: bool = True
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class WrittenExample:
    """An example that must stay true, as a file says it."""

    name: str
    facts: RuleFacts
    expected: Outcome
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class WrittenBook:
    """A file of rules, and of the examples that guard them."""

    tenant: str
    rules: tuple[WrittenRule, ...]
    examples: tuple[WrittenExample, ...] = ()

    def as_rules(self, tenant_id: str) -> tuple[Rule, ...]:
        """Return the rules as the router reads them, each placed where the file has it."""
        places: dict[tuple[Band, str], int] = {}
        rules = []
        for number, written in enumerate(self.rules):
            key = (written.band, written.scope_id)
            places[key] = places.get(key, -1) + 1
            rules.append(
                Rule(
                    id=f"{number:06}",
                    tenant_id=tenant_id,
                    name=written.name,
                    clauses=written.clauses,
                    outcome=written.outcome,
                    band=written.band,
                    scope_id=written.scope_id,
                    position=places[key],
                    note=written.note,
                    enabled=written.enabled,
                )
            )
        return tuple(rules)
