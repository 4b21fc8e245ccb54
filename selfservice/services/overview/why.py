"""Why a request goes its way, in words: the answer of the rules as it was kept when somebody asked."""

from collections.abc import Mapping
from typing import cast

from selfservice.model.request import AccessRequest
from selfservice.model.rules.codec import clauses_from_data, outcome_from_data
from selfservice.model.rules.facts import facts_from_json
from selfservice.model.rules.rule import Band
from selfservice.services.overview import rule_words
from selfservice.services.overview.stage_rows import ClauseRow, RuleRead, WhyRow

WHOSE = {
    Band.FIRST: "a rule of the tenant's admins",
    Band.PACKAGE: "a rule of the access package's owners",
    Band.CATALOG: "a rule of the catalog's owners",
    Band.LAST: "a rule of the tenant's admins, read last",
}
Kept = Mapping[str, object]


def why_of(request: AccessRequest) -> WhyRow | None:
    """Return why a request goes its way; None where nothing was kept, before there were rules."""
    kept: Kept = request.why
    if not kept:
        return None
    names = cast("Mapping[str, str]", kept.get("names", {}))
    return WhyRow(
        rule=_rule(kept, names, holds=True),
        outcome=_outcome(kept),
        facts=rule_words.facts_words(facts_from_json(cast("Kept", kept["facts"])), names),
        tightened=_texts(kept.get("tightened")),
        misses=tuple(
            row for miss in cast("list[Kept]", kept.get("misses", [])) if (row := _rule(miss, names, holds=False))
        ),
        advice=_texts(kept.get("advice")),
    )


def _rule(judged: Kept, names: Mapping[str, str], *, holds: bool) -> RuleRead | None:
    rule = cast("Kept", judged.get("rule") or {})
    if not rule:
        return None
    return RuleRead(
        rule_id=str(rule["id"]),
        name=str(rule["name"]),
        version=int(str(rule["version"])),
        whose=WHOSE[Band(int(str(rule["band"])))],
        clauses=tuple(_clause(each, names) for each in cast("list[Kept]", judged.get("clauses", []))),
        outcome=_outcome(judged),
        holds=holds,
    )


def _clause(judged: Kept, names: Mapping[str, str]) -> ClauseRow:
    said = {name: value for name, value in judged.items() if name not in ("found", "holds")}
    (clause,) = clauses_from_data([said])
    found = _texts(judged.get("found"))
    return ClauseRow(
        words=rule_words.clause_words(clause, names),
        found=rule_words.found_words(clause.attribute, found, names),
        holds=bool(judged.get("holds")),
    )


def _outcome(judged: Kept) -> str:
    return rule_words.outcome_words(outcome_from_data(judged["outcome"]))


def _texts(kept: object) -> tuple[str, ...]:
    return tuple(str(each) for each in cast("list[object]", kept or []))
