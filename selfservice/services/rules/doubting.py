"""Doubting: what is odd about a rule, said before somebody finds out by waiting."""

from collections.abc import Collection, Mapping, Sequence

from selfservice.model.rules.rule import Rule
from selfservice.services.rules.living import Living

NOBODY = "Nobody who could decide is left in one of its stages."


def doubts(rules: Sequence[Rule], shown: Collection[str], living: Living) -> Mapping[str, tuple[str, ...]]:
    """Return what is odd about the rules that are shown, by rule; one that is not shown is not named."""
    return {
        rule.id: (NOBODY,)
        for rule in rules
        if rule.id in shown and rule.enabled and living.is_stuck(rule.outcome, None)
    }
