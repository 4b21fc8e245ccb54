"""Writing rules as text: YAML that a person likes to read, with each rule's note as the comment above it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import yaml

from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.codec import BY_ID, outcome_to_data
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.outcome import ApproverKind, Automatic, Deny, Outcome
from selfservice.model.rules.rule import Band
from selfservice.services.rules.text_facts import facts_to_data
from selfservice.services.rules.text_values import (
    NAMED,
    PERSON,
    TENANT,
    Naming,
    WrittenBook,
    WrittenExample,
    WrittenRule,
)

WIDTH = 110
HEADER = (
    "Approver rules of {tenant}. They are read from top to bottom: the first rule that holds decides.",
    "A comment above a rule is its note and is kept; docs/rules.md says how everything here is read.",
)
SECTIONS = {Band.FIRST: "first", Band.PACKAGE: "packages", Band.CATALOG: "catalogs", Band.LAST: "last"}
COMPARED = {Operator.AT_MOST: "at most", Operator.AT_LEAST: "at least"}


def write_book(book: WrittenBook, naming: Naming) -> str:
    """Return the file that says what the book says."""
    writer = Writer(naming)
    lines = [f"# {line.format(tenant=book.tenant)}" for line in HEADER]
    lines += ["", *_dump({"tenant": book.tenant})]
    if book.rules:
        lines += ["", "rules:", *_indented(writer.rules(book.rules))]
    if book.examples:
        lines += ["", "examples:", *_indented(writer.examples(book.examples))]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Writer:
    """Writes values with the names that the file spells ids with."""

    naming: Naming

    def rules(self, rules: Sequence[WrittenRule]) -> Iterator[str]:
        """Yield the lines of all rules, under whose they are."""
        for band, of_band in groupby(rules, key=lambda rule: rule.band):
            yield f"{SECTIONS[band]}:"
            for scope_id, of_scope in groupby(of_band, key=lambda rule: rule.scope_id):
                inner = list(self._list(self._rule(rule) for rule in of_scope))
                if scope_id:
                    kind = Attribute.PACKAGE if band is Band.PACKAGE else Attribute.CATALOG
                    name = _dump({self.naming.name(kind, scope_id): None})[0].removesuffix(" null")
                    inner = [name, *_indented(inner)]
                yield from _indented(inner)

    def examples(self, examples: Iterable[WrittenExample]) -> Iterator[str]:
        """Yield the lines of all examples."""
        yield from self._list(("", self._example(example)) for example in examples)

    def clause(self, clause: Clause) -> dict[str, object]:
        """Return a clause as the file spells it: `days: at most 30`, `not department: [Legal]`."""
        name = str(clause.attribute)
        if clause.operator in COMPARED:
            return {name: f"{COMPARED[clause.operator]} {clause.number}"}
        key = f"not {name}" if clause.operator is Operator.NONE_OF else name
        values = [self.spelt(name, value) for value in clause.values]
        stands_alone = len(values) == 1 and not values[0].startswith(tuple(COMPARED.values()))
        return {key: values[0] if stands_alone else values}

    def outcome(self, outcome: Outcome) -> object:
        """Return an outcome as the file spells it."""
        if isinstance(outcome, Automatic):
            return "automatic"
        data = outcome_to_data(outcome)
        return data if isinstance(outcome, Deny) else {"stages": self._approvers_named(data["stages"])}

    def spelt(self, attribute: str, value: str) -> str:
        """Return a clause's value as the file spells it."""
        return self.naming.name(attribute, value) if attribute in NAMED else value

    def _approvers_named(self, data: object) -> object:
        """Replace ids by names, wherever a stage names a person or a group."""
        if isinstance(data, list):
            return [self._approvers_named(each) for each in data]
        if not isinstance(data, dict):
            return data
        kind = next((kind for kind in BY_ID if kind.value in data), None)
        if kind is None:
            return {key: self._approvers_named(value) for key, value in data.items()}
        tenant_id = str(data["tenant"])
        what = PERSON if kind is ApproverKind.PERSON else Attribute.GROUP
        named = {
            kind.value: self.naming.name(what, str(data[kind.value]), tenant_id=tenant_id),
            "tenant": self.naming.name(TENANT, tenant_id),
        }
        return {**named, "quiet": True} if data.get("quiet") else named

    def _rule(self, rule: WrittenRule) -> tuple[str, dict[str, object]]:
        data: dict[str, object] = {"name": rule.name}
        if not rule.enabled:
            data["enabled"] = False
        if rule.clauses:
            data["when"] = [self.clause(clause) for clause in rule.clauses]
        data["then"] = self.outcome(rule.outcome)
        return rule.note, data

    def _example(self, example: WrittenExample) -> dict[str, object]:
        return {
            "name": example.name,
            "facts": facts_to_data(example.facts, self.naming),
            "then": self.outcome(example.expected),
        }

    def _list(self, items: Iterable[tuple[str, Mapping[str, object]]]) -> Iterator[str]:
        for note, data in items:
            yield from (f"# {line}".rstrip() for line in note.splitlines())
            yield from _dump([data])


class Dumper(yaml.SafeDumper):
    """Writes named values one to a line, and short lists of words in one."""


def _write_mapping(dumper: Dumper, data: dict[str, object]) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=False)


def _write_list(dumper: Dumper, data: list[object]) -> yaml.Node:
    is_plain = not any(isinstance(each, dict | list) for each in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=is_plain)


Dumper.add_representer(dict, _write_mapping)
Dumper.add_representer(list, _write_list)


def _dump(data: object) -> list[str]:
    text = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return str(text).splitlines()


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" if line else line for line in lines]
