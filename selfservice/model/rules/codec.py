"""Rules as plain data: one spelling for the database, for the text that people keep, and for the workshop's form."""

from collections.abc import Iterable, Mapping
from typing import cast

from selfservice.model.refusal import Refused
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.domains import NotADomain, normalise_pattern
from selfservice.model.rules.facts import ANSWER_PREFIX, EVERYTHING, NUMBERS, Attribute
from selfservice.model.rules.outcome import (
    DEFAULT_DAYS_TO_ANSWER,
    MOST_STAGES,
    Approver,
    ApproverKind,
    Automatic,
    Deny,
    Outcome,
    Stages,
    StageSpec,
)

BY_ID = frozenset({ApproverKind.PERSON, ApproverKind.GROUP})
MOST_DAYS = 365
LONGEST_REASON = 500


class RuleUnreadable(Refused):
    """A rule cannot be understood; the cause names the place in it."""


def clauses_to_data(clauses: Iterable[Clause]) -> list[dict[str, object]]:
    """Return clauses as plain data, such as `{"attribute": "days", "atMost": 30}`."""
    return [
        {
            "attribute": str(clause.attribute),
            clause.operator.value: clause.number if _is_compared(clause.operator) else list(clause.values),
        }
        for clause in clauses
    ]


def clauses_from_data(data: object, *, where: str = "when") -> tuple[Clause, ...]:
    """Read clauses, or refuse with the place of the mistake."""
    return tuple(_clause(each, f"{where}[{number}]") for number, each in enumerate(_list(data, where), 1))


def outcome_to_data(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as plain data: `{"deny": reason}`, `{"automatic": true}` or `{"stages": [...]}`."""
    if isinstance(outcome, Deny):
        return {"deny": outcome.reason}
    if isinstance(outcome, Automatic):
        return {"automatic": True}
    return {"stages": [stage_to_data(stage) for stage in outcome.stages]}


def outcome_from_data(data: object, *, where: str = "then") -> Outcome:
    """Read an outcome, or refuse with the place of the mistake."""
    given = _mapping(data, where)
    if set(given) == {"deny"}:
        reason = str(given["deny"]).strip()
        if not reason or len(reason) > LONGEST_REASON:
            raise _unreadable(f"{where}.deny", f"a reason of 1 to {LONGEST_REASON} characters is needed")
        return Deny(reason=reason)
    if given == {"automatic": True}:
        return Automatic()
    if set(given) != {"stages"}:
        raise _unreadable(where, "exactly one of `deny`, `automatic: true` and `stages` is needed")
    stages = _list(given["stages"], f"{where}.stages")
    if not 1 <= len(stages) <= MOST_STAGES:
        raise _unreadable(f"{where}.stages", f"there are one to {MOST_STAGES} stages")
    return _ensure_disinterested(
        Stages(stages=tuple(stage_from_data(each, where=f"{where}.stages[{n}]") for n, each in enumerate(stages, 1))),
        where,
    )


def stage_to_data(stage: StageSpec) -> dict[str, object]:
    """Return a stage as plain data; what has its usual value is left out."""
    data: dict[str, object] = {"approvers": _approvers_to_data(stage.approvers)}
    if stage.quorum != 1:
        data["quorum"] = stage.quorum
    if stage.justification_required:
        data["justificationRequired"] = True
    if stage.days_to_answer != DEFAULT_DAYS_TO_ANSWER:
        data["daysToAnswer"] = stage.days_to_answer
    if stage.escalate_after_days is not None:
        data["escalateAfterDays"] = stage.escalate_after_days
    if stage.alternates:
        data["alternates"] = _approvers_to_data(stage.alternates)
    if stage.fallback:
        data["fallback"] = _approvers_to_data(stage.fallback)
    return data


def stage_from_data(data: object, *, where: str = "stage") -> StageSpec:
    """Read a stage, or refuse with the place of the mistake."""
    given = _mapping(data, where)
    known = {
        "approvers",
        "quorum",
        "justificationRequired",
        "daysToAnswer",
        "escalateAfterDays",
        "alternates",
        "fallback",
    }
    if unknown := sorted(set(given) - known):
        raise _unreadable(where, f"`{unknown[0]}` is not known; known are {', '.join(sorted(known))}")
    days = _number(given.get("daysToAnswer", DEFAULT_DAYS_TO_ANSWER), f"{where}.daysToAnswer", 1, MOST_DAYS)
    escalate = given.get("escalateAfterDays")
    stage = StageSpec(
        approvers=_approvers(given.get("approvers", []), f"{where}.approvers"),
        quorum=_number(given.get("quorum", 1), f"{where}.quorum", 1, 50),
        justification_required=_yes_or_no(given.get("justificationRequired", False), f"{where}.justificationRequired"),
        days_to_answer=days,
        escalate_after_days=None if escalate is None else _number(escalate, f"{where}.escalateAfterDays", 1, days - 1),
        alternates=_approvers(given.get("alternates", []), f"{where}.alternates"),
        fallback=_approvers(given.get("fallback", []), f"{where}.fallback"),
    )
    if not stage.approvers:
        raise _unreadable(f"{where}.approvers", "at least one approver is needed")
    if (stage.escalate_after_days is None) == bool(stage.alternates):
        raise _unreadable(where, "`escalateAfterDays` and `alternates` belong together")
    return stage


def approver_from_data(data: object, *, where: str = "approver") -> Approver:
    """Read an approver: `manager`, or `{"person": id, "tenant": id, "name": name}`; `quiet: true` spares them mail."""
    if isinstance(data, str):
        data = {data: True}
    given = dict(_mapping(data, where))
    kinds = [kind for kind in ApproverKind if kind.value in given]
    if len(kinds) != 1:
        raise _unreadable(where, f"exactly one of {', '.join(ApproverKind)} is needed")
    kind, value = kinds[0], given.pop(kinds[0].value)
    quiet = _yes_or_no(given.pop("quiet", False), f"{where}.quiet")
    if kind not in BY_ID:
        if value is not True or given:
            raise _unreadable(where, f"`{kind}` stands alone")
        return Approver(kind=kind, quiet=quiet)
    tenant_id, name = str(given.pop("tenant", "")), str(given.pop("name", ""))
    if given or not tenant_id or not isinstance(value, str) or not value:
        raise _unreadable(where, f"a {kind} needs its object id, and its `tenant`; `name` is for readers")
    return Approver(kind=kind, tenant_id=tenant_id, object_id=value, name=name, quiet=quiet)


def approver_to_data(approver: Approver) -> str | dict[str, object]:
    """Return an approver as plain data."""
    if approver.kind in BY_ID:
        data: dict[str, object] = {
            approver.kind.value: approver.object_id,
            "tenant": approver.tenant_id,
            "name": approver.name,
        }
    elif not approver.quiet:
        return approver.kind.value
    else:
        data = {approver.kind.value: True}
    return {**data, "quiet": True} if approver.quiet else data


def _approvers(data: object, where: str) -> tuple[Approver, ...]:
    return tuple(approver_from_data(each, where=f"{where}[{n}]") for n, each in enumerate(_list(data, where), 1))


def _approvers_to_data(approvers: Iterable[Approver]) -> list[object]:
    return [approver_to_data(approver) for approver in approvers]


def _clause(data: object, where: str) -> Clause:
    given = dict(_mapping(data, where))
    attribute = str(given.pop("attribute", ""))
    if not attribute.startswith(ANSWER_PREFIX) and attribute not in set(Attribute):
        raise _unreadable(where, f"`{attribute}` is nothing that a rule may ask; known are {', '.join(Attribute)}")
    if len(given) != 1 or next(iter(given)) not in set(Operator):
        raise _unreadable(where, f"exactly one of {', '.join(Operator)} is needed")
    name, value = next(iter(given.items()))
    operator = Operator(name)
    if _is_compared(operator):
        if attribute not in NUMBERS:
            raise _unreadable(where, f"`{attribute}` is not a number")
        return Clause(attribute=attribute, operator=operator, number=_number(value, where, 0, 100_000))
    values = tuple(str(each).strip() for each in _list(value, where))
    if not values or not all(values):
        raise _unreadable(where, "at least one value is needed, and none may be empty")
    for value in values:
        _ensure_possible(attribute, value, where)
    return Clause(attribute=attribute, operator=operator, values=values)


def _ensure_possible(attribute: str, value: str, where: str) -> None:
    """Refuse a value that is never found: a rule with a slip of the pen would wait for it silently."""
    possible = EVERYTHING.get(attribute)
    if possible and value.casefold() not in possible:
        raise _unreadable(where, f"`{value}` is none of {', '.join(sorted(possible))}")
    if attribute in NUMBERS and not value.isdecimal():
        raise _unreadable(where, f"`{value}` is not a number")
    if attribute == Attribute.GUEST_DOMAIN:
        try:
            normalise_pattern(value)
        except NotADomain as refusal:
            raise _unreadable(where, f"`{value}` is no domain, and not `*.` and a domain") from refusal


def _ensure_disinterested(outcome: Stages, where: str) -> Stages:
    """Refuse an outcome that the sponsor alone would decide: they answer for the guest."""
    if all(approver.kind is ApproverKind.SPONSOR for stage in outcome.stages for approver in stage.approvers):
        raise _unreadable(where, "the sponsor may agree in a stage of their own, but somebody else must decide too")
    return outcome


def _is_compared(operator: Operator) -> bool:
    return operator in (Operator.AT_MOST, Operator.AT_LEAST)


def _mapping(data: object, where: str) -> Mapping[str, object]:
    if not isinstance(data, Mapping) or not all(isinstance(key, str) for key in data):
        raise _unreadable(where, "a list of named values is needed")
    return cast("Mapping[str, object]", data)


def _list(data: object, where: str) -> list[object]:
    if not isinstance(data, list | tuple):
        raise _unreadable(where, "a list is needed")
    return list(data)


def _number(data: object, where: str, least: int, most: int) -> int:
    if isinstance(data, bool) or not isinstance(data, int) or not least <= data <= most:
        raise _unreadable(where, f"a whole number from {least} to {most} is needed")
    return data


def _yes_or_no(data: object, where: str) -> bool:
    if not isinstance(data, bool):
        raise _unreadable(where, "true or false is needed")
    return data


def _unreadable(where: str, problem: str) -> RuleUnreadable:
    return RuleUnreadable(f"{where}: {problem}.", next_step="Correct this place and try again.", owner="You")
