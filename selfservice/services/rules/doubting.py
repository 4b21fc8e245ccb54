"""Doubting: what is odd about a rule, said before somebody finds out by waiting."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from selfservice.model.rules.findings import Finding, findings_of
from selfservice.model.rules.rule import Rule
from selfservice.services.rules.living import Living

NOBODY = "Nobody who could decide is left in one of its stages."
CONTRADICTION = "It never decides: what it asks contradicts itself."


def doubts(rules: Sequence[Rule], shown: Collection[str], living: Living) -> Mapping[str, tuple[str, ...]]:
    """Return what is odd about the rules that are shown, by rule; one that is not shown is not named."""
    said: dict[str, list[str]] = defaultdict(list)
    names = {rule.id: rule.name for rule in rules if rule.id in shown}
    for finding in findings_of(rules):
        said[finding.rule_id].append(_words(finding, names))
    for rule in rules:
        if rule.id in shown and rule.enabled and living.is_stuck(rule.outcome, None):
            said[rule.id].append(NOBODY)
    return {rule_id: tuple(sentences) for rule_id, sentences in said.items() if rule_id in shown}


def _words(finding: Finding, names: Mapping[str, str]) -> str:
    if not finding.because_of:
        return CONTRADICTION
    cover = names.get(finding.because_of)
    return f"It never decides: {f'“{cover}”' if cover else 'another rule'} before it takes every such request."
