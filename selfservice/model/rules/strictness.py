"""What the tags of a package make stricter, and which of two outcomes is the stricter one. Tags make nothing milder."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from selfservice.model.refusal import Refused
from selfservice.model.rules.outcome import (
    BY_PACKAGE,
    ApproverKind,
    Automatic,
    Deny,
    Outcome,
    Stages,
    StageSpec,
)

ONE_PERSON = frozenset({ApproverKind.PERSON, ApproverKind.MANAGER, ApproverKind.MANAGERS_MANAGER, ApproverKind.SPONSOR})
MOST_QUORUM = 50
MOST_DAYS = 3650


class TagUnreadable(Refused):
    """What a tag asks for cannot be understood."""


@dataclass(frozen=True, kw_only=True)
class Tightening:
    """What a tag asks for. `needs_decision`: nothing is granted without anybody; then, and wherever people decide, a
    justification may be required and `least_quorum` people have to agree in every stage that names so many.
    """

    tag: str
    longest_days: int | None = None
    needs_decision: bool = False
    justification_required: bool = False
    least_quorum: int = 1


BUILT_IN_TAGS: Mapping[str, Tightening] = {
    each.tag: each
    for each in (
        Tightening(tag="sensitive", longest_days=90, needs_decision=True, justification_required=True, least_quorum=2),
        Tightening(tag="short-term", longest_days=30),
    )
}


def tightenings_of(tags: Iterable[str], own: Mapping[str, Tightening]) -> tuple[Tightening, ...]:
    """Return what these tags ask for; a tenant's own meaning of a tag replaces the built-in one."""
    known = {**BUILT_IN_TAGS, **own}
    return tuple(known[tag] for tag in sorted(set(tags)) if tag in known)


def longest_days(tightenings: Iterable[Tightening], package_days: int) -> int:
    """Return the longest access in days that the package and all of its tags allow."""
    return min([package_days, *(each.longest_days for each in tightenings if each.longest_days is not None)])


def tighten(outcome: Outcome, tightenings: Iterable[Tightening]) -> tuple[Outcome, tuple[str, ...]]:
    """Return the outcome as strict as every tag asks, and a sentence for each thing that tags made stricter."""
    asked = sorted(tightenings, key=lambda each: each.tag)
    said: list[str] = []
    if isinstance(outcome, Automatic) and (demanding := [each.tag for each in asked if each.needs_decision]):
        outcome = BY_PACKAGE
        said.append(f"{_tags(demanding)}: nothing is granted without a decision.")
    if isinstance(outcome, Stages):
        for step in (_justified, _agreed):
            outcome, sentence = step(outcome, asked)
            said.extend(sentence)
    return outcome, tuple(said)


def _justified(outcome: Stages, asked: Sequence[Tightening]) -> tuple[Stages, tuple[str, ...]]:
    demanding = [each.tag for each in asked if each.justification_required]
    if not demanding or all(stage.justification_required for stage in outcome.stages):
        return outcome, ()
    stages = tuple(replace(stage, justification_required=True) for stage in outcome.stages)
    return Stages(stages=stages), (f"{_tags(demanding)}: approvers give a justification.",)


def _agreed(outcome: Stages, asked: Sequence[Tightening]) -> tuple[Stages, tuple[str, ...]]:
    """Raise each quorum as far as the stage names people; where no stage names enough, the last one is raised though,
    so that nobody decides and everybody sees why.
    """
    least = max((each.least_quorum for each in asked), default=1)
    stages = [replace(stage, quorum=max(stage.quorum, min(least, _seats(stage)))) for stage in outcome.stages]
    if max(stage.quorum for stage in stages) < least:
        stages[-1] = replace(stages[-1], quorum=least)
    raised = Stages(stages=tuple(stages))
    if raised == outcome:
        return outcome, ()
    demanding = [each.tag for each in asked if each.least_quorum == least]
    return raised, (f"{_tags(demanding)}: at least {least} people agree.",)


def _seats(stage: StageSpec) -> int:
    """Return how many people a stage can have; a group, an owner or a package's approvers may be any number."""
    if all(approver.kind in ONE_PERSON for approver in stage.approvers):
        return len(set(stage.approvers))
    return MOST_QUORUM


def burden(outcome: Outcome) -> tuple[int, int, int]:
    """Return how much an outcome asks, to be compared: nothing, stages and the people in them, or a no."""
    if isinstance(outcome, Automatic):
        return (0, 0, 0)
    if isinstance(outcome, Deny):
        return (2, 0, 0)
    return (1, len(outcome.stages), sum(stage.quorum for stage in outcome.stages))


def at_least_as_strict(outcome: Outcome, than: Outcome) -> bool:
    """Say whether an outcome asks for everything that another asks for: a yes, stages one by one, a no."""
    if isinstance(than, Automatic) or isinstance(outcome, Deny):
        return True
    if isinstance(outcome, Automatic) or isinstance(than, Deny) or len(outcome.stages) < len(than.stages):
        return False
    return all(
        stage.quorum >= other.quorum and stage.justification_required >= other.justification_required
        for stage, other in zip(outcome.stages, than.stages, strict=False)
    )


def tightening_to_data(tightening: Tightening) -> dict[str, object]:
    """Return what a tag asks for as plain data; its name is kept beside it."""
    data: dict[str, object] = {
        "needsDecision": tightening.needs_decision,
        "justificationRequired": tightening.justification_required,
        "leastQuorum": tightening.least_quorum,
    }
    return data if tightening.longest_days is None else {**data, "longestDays": tightening.longest_days}


def tightening_from_data(tag: str, data: Mapping[str, object]) -> Tightening:
    """Read what a tag asks for, or refuse with what is wrong."""
    known = {"longestDays", "needsDecision", "justificationRequired", "leastQuorum"}
    if unknown := sorted(set(data) - known):
        raise _unreadable(tag, f"`{unknown[0]}` is not known; known are {', '.join(sorted(known))}")
    days, quorum = data.get("longestDays"), data.get("leastQuorum", 1)
    needs, justified = data.get("needsDecision", False), data.get("justificationRequired", False)
    if days is not None and not _is_number(days, 1, MOST_DAYS):
        raise _unreadable(tag, f"`longestDays` is a whole number from 1 to {MOST_DAYS}")
    if not _is_number(quorum, 1, MOST_QUORUM):
        raise _unreadable(tag, f"`leastQuorum` is a whole number from 1 to {MOST_QUORUM}")
    if not isinstance(needs, bool) or not isinstance(justified, bool):
        raise _unreadable(tag, "`needsDecision` and `justificationRequired` are true or false")
    return Tightening(
        tag=tag,
        longest_days=cast("int | None", days),
        needs_decision=needs,
        justification_required=justified,
        least_quorum=cast("int", quorum),
    )


def _is_number(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _unreadable(tag: str, problem: str) -> TagUnreadable:
    return TagUnreadable(f"tag {tag}: {problem}.", next_step="Correct this and try again.", owner="You")


def _tags(names: Sequence[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return f"Tag {quoted[0]}" if len(quoted) == 1 else f"Tags {', '.join(quoted[:-1])} and {quoted[-1]}"
