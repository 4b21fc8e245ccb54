"""The answer of the rules to one request: which rule decides, and why."""

from dataclasses import dataclass

from selfservice.model.rules.clause import Clause
from selfservice.model.rules.outcome import Outcome
from selfservice.model.rules.rule import Rule


@dataclass(frozen=True, kw_only=True)
class ClauseVerdict:
    """A clause, the values that were found, and whether it holds."""

    clause: Clause
    found: tuple[str, ...]
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The first rule that holds, with each of its clauses; no rule where none does (then the package's approvers
    decide).
    """

    rule: Rule | None
    outcome: Outcome
    clauses: tuple[ClauseVerdict, ...] = ()
