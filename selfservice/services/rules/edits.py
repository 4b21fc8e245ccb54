"""Edits of a rule book as values, and as the plain data in which a proposed change is kept."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from selfservice.model.refusal import Refused
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.codec import clauses_from_data, clauses_to_data, outcome_from_data, outcome_to_data
from selfservice.model.rules.facts import RuleFacts, facts_from_json
from selfservice.model.rules.outcome import Outcome
from selfservice.model.rules.rule import BAND_NAMES, Band

BANDS = {name: band for band, name in BAND_NAMES.items()}


class EditUnreadable(Refused):
    """An edit of the rules cannot be understood."""


@dataclass(frozen=True, kw_only=True)
class RuleDraft:
    """What somebody writes into a rule. Positions begin at 1; none means where it is, or last if it is new."""

    name: str
    clauses: tuple[Clause, ...]
    outcome: Outcome
    band: Band = Band.LAST
    scope_id: str = ""
    note: str = ""
    enabled: bool = True
    position: int | None = None


@dataclass(frozen=True, kw_only=True)
class Put:
    """Write a rule: a new one, or a new version of one that there is."""

    rule_id: str | None
    draft: RuleDraft


@dataclass(frozen=True, kw_only=True)
class Remove:
    """Take a rule out of the book."""

    rule_id: str


@dataclass(frozen=True, kw_only=True)
class Move:
    """Read a rule earlier or later among those of the same keepers."""

    rule_id: str
    position: int


@dataclass(frozen=True, kw_only=True)
class ExampleDraft:
    """What must stay true: these facts have this outcome by the rules."""

    name: str
    facts: RuleFacts
    expected: Outcome
    scope_id: str = ""


@dataclass(frozen=True, kw_only=True)
class PutExample:
    """Write an example that must stay true."""

    example_id: str | None
    draft: ExampleDraft


@dataclass(frozen=True, kw_only=True)
class RemoveExample:
    """Let an example guard the rules no more."""

    example_id: str


@dataclass(frozen=True, kw_only=True)
class SecondPerson:
    """Say whether changes wait until somebody else has agreed."""

    on: bool


Edit = Put | Remove | Move | PutExample | RemoveExample | SecondPerson


def edits_to_data(edits: Iterable[Edit]) -> list[object]:
    """Return edits as plain data."""
    return [_edit_data(edit) for edit in edits]


def edits_from_data(data: Iterable[object]) -> tuple[Edit, ...]:
    """Read what `edits_to_data` wrote, or refuse with the place of the mistake."""
    return tuple(_read(each, f"edit {number}") for number, each in enumerate(data, 1))


def touched_rules(edits: Iterable[Edit]) -> Iterator[str]:
    """Yield the ids of the rules that there are and that these edits change."""
    for edit in edits:
        if isinstance(edit, Put | Remove | Move) and edit.rule_id is not None:
            yield edit.rule_id


def _edit_data(edit: Edit) -> dict[str, object]:
    match edit:
        case Put():
            return {"put": edit.rule_id, **_draft_data(edit.draft)}
        case Remove():
            return {"remove": edit.rule_id}
        case Move():
            return {"move": edit.rule_id, "position": edit.position}
        case PutExample():
            return {"putExample": edit.example_id, **_example_data(edit.draft)}
        case RemoveExample():
            return {"removeExample": edit.example_id}
        case SecondPerson():
            return {"secondPerson": edit.on}


def _draft_data(draft: RuleDraft) -> dict[str, object]:
    return {
        "band": BAND_NAMES[draft.band],
        "scope": draft.scope_id,
        "name": draft.name,
        "note": draft.note,
        "enabled": draft.enabled,
        "position": draft.position,
        "when": clauses_to_data(draft.clauses),
        "then": outcome_to_data(draft.outcome),
    }


def _example_data(draft: ExampleDraft) -> dict[str, object]:
    return {
        "name": draft.name,
        "scope": draft.scope_id,
        "facts": draft.facts.as_json(),
        "expected": outcome_to_data(draft.expected),
    }


@dataclass(frozen=True)
class _Given:
    """Named values, read one by one; the place is named where one has the wrong form."""

    values: Mapping[str, object] = field(default_factory=dict)
    where: str = ""

    def text(self, name: str) -> str:
        """Return a text; what is missing is empty."""
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise _unreadable(self.where, f"`{name}` is a text")
        return value

    def id(self, name: str) -> str | None:
        """Return an id, or None for something new."""
        return None if self.values[name] is None else self.text(name)

    def number(self, name: str) -> int | None:
        """Return a whole number, or None."""
        value = self.values.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise _unreadable(self.where, f"`{name}` is a whole number")
        return value

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        """Return a yes or no."""
        value = self.values.get(name, otherwise)
        if not isinstance(value, bool):
            raise _unreadable(self.where, f"`{name}` is true or false")
        return value


def _read(data: object, where: str) -> Edit:
    if not isinstance(data, Mapping):
        raise _unreadable(where, "a list of named values is needed")
    given = _Given(cast("Mapping[str, object]", data), where)
    if "put" in given.values:
        return Put(rule_id=given.id("put"), draft=_draft(given))
    if "putExample" in given.values:
        return PutExample(example_id=given.id("putExample"), draft=_example(given))
    if "move" in given.values:
        return Move(rule_id=given.text("move"), position=given.number("position") or 1)
    if "remove" in given.values:
        return Remove(rule_id=given.text("remove"))
    if "removeExample" in given.values:
        return RemoveExample(example_id=given.text("removeExample"))
    if "secondPerson" in given.values:
        return SecondPerson(on=given.flag("secondPerson"))
    raise _unreadable(where, "it is no edit that is known")


def _draft(given: _Given) -> RuleDraft:
    band = given.text("band") or BAND_NAMES[Band.LAST]
    if band not in BANDS:
        raise _unreadable(given.where, f"`band` is one of {', '.join(BANDS)}")
    return RuleDraft(
        band=BANDS[band],
        scope_id=given.text("scope"),
        name=given.text("name"),
        note=given.text("note"),
        enabled=given.flag("enabled", otherwise=True),
        position=given.number("position"),
        clauses=clauses_from_data(given.values.get("when", []), where=f"{given.where}.when"),
        outcome=outcome_from_data(given.values.get("then"), where=f"{given.where}.then"),
    )


def _example(given: _Given) -> ExampleDraft:
    facts = given.values.get("facts")
    if not isinstance(facts, Mapping):
        raise _unreadable(given.where, "`facts` are named values")
    return ExampleDraft(
        name=given.text("name"),
        scope_id=given.text("scope"),
        facts=facts_from_json(cast("Mapping[str, object]", facts)),
        expected=outcome_from_data(given.values.get("expected"), where=f"{given.where}.expected"),
    )


def _unreadable(where: str, problem: str) -> EditUnreadable:
    return EditUnreadable(f"{where}: {problem}.", next_step="Correct it and try again.", owner="You")
