"""Reading rules from text. Every mistake is refused with its line; nothing is guessed.

YAML is read with all values as text, so that `no` is a word and not a falsehood; a name that is written twice in one
mapping is refused.
"""

from collections.abc import Sequence
from typing import cast

import yaml

from selfservice.model.refusal import Refused
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.codec import BY_ID, clauses_from_data, outcome_from_data
from selfservice.model.rules.facts import Attribute
from selfservice.model.rules.outcome import ApproverKind, Outcome
from selfservice.model.rules.rule import Band
from selfservice.services.rules.text_facts import facts_from_data
from selfservice.services.rules.text_values import (
    NAMED,
    PERSON,
    TENANT,
    WITH_ID,
    Naming,
    TextUnreadable,
    WrittenBook,
    WrittenExample,
    WrittenRule,
)
from selfservice.services.rules.text_writing import COMPARED, SECTIONS

NUMBERS = frozenset({"quorum", "daysToAnswer", "escalateAfterDays"})
TRUTHS = {"true": True, "false": False}
WORDS = frozenset({"deny", "name"})
"""What stays text, whatever it looks like."""


def read_book(text: str, naming: Naming) -> WrittenBook:
    """Return what a file says, or refuse with `TextUnreadable`."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as mistake:
        mark = getattr(mistake, "problem_mark", None)
        raise _unreadable(mark.line if mark else 0, str(getattr(mistake, "problem", mistake))) from mistake
    return Reader(text, naming).book(root)


class Reader:
    """Reads one file; lines are counted from 1 in what people read."""

    def __init__(self, text: str, naming: Naming) -> None:
        self._lines, self._naming = text.splitlines(), naming

    def book(self, root: yaml.Node | None) -> WrittenBook:
        """Read the whole file."""
        sections = self._mapping(root, {"tenant", "rules", "examples"}) if root is not None else {}
        rules: list[WrittenRule] = []
        for name, node in self._mapping(sections.get("rules"), set(SECTIONS.values())).items():
            rules += self._section(Band(next(band for band in SECTIONS if SECTIONS[band] == name)), node)
        rules.sort(key=lambda rule: rule.band)
        return WrittenBook(
            tenant=str(self._plain(sections["tenant"])) if "tenant" in sections else "",
            rules=tuple(rules),
            examples=tuple(self._example(node) for node in self._sequence(sections.get("examples"))),
        )

    def _section(self, band: Band, node: yaml.Node) -> list[WrittenRule]:
        if band in (Band.FIRST, Band.LAST):
            return [self._rule(each, band, "") for each in self._sequence(node)]
        kind = Attribute.PACKAGE if band is Band.PACKAGE else Attribute.CATALOG
        rules: list[WrittenRule] = []
        for name, inner in self._mapping(node).items():
            scope_id = self._named(inner, kind, name)
            rules += [self._rule(each, band, scope_id) for each in self._sequence(inner)]
        return rules

    def _rule(self, node: yaml.Node, band: Band, scope_id: str) -> WrittenRule:
        given = self._mapping(node, {"name", "enabled", "when", "then"})
        if "name" not in given or "then" not in given:
            raise _unreadable(node.start_mark.line, "a rule needs a `name` and a `then`")
        return WrittenRule(
            name=str(self._plain(given["name"])).strip(),
            enabled=self._truth(given["enabled"]) if "enabled" in given else True,
            clauses=tuple(self._clause(each) for each in self._sequence(given.get("when"))),
            outcome=self._outcome(given["then"]),
            band=band,
            scope_id=scope_id,
            note=self._comment_above(node.start_mark.line),
            line=node.start_mark.line + 1,
        )

    def _example(self, node: yaml.Node) -> WrittenExample:
        given = self._mapping(node, {"name", "facts", "then"})
        if set(given) != {"name", "facts", "then"}:
            raise _unreadable(node.start_mark.line, "an example needs a `name`, its `facts` and a `then`")
        facts = cast("dict[str, object]", self._plain(given["facts"]))
        try:
            read = facts_from_data(facts, self._naming)
        except KeyError as unknown:
            raise _unreadable(given["facts"].start_mark.line, f"{unknown} is no fact") from unknown
        except (ValueError, AttributeError) as wrong:
            raise _unreadable(given["facts"].start_mark.line, str(wrong)) from wrong
        except Refused as refusal:
            raise _unreadable(given["facts"].start_mark.line, refusal.cause) from refusal
        return WrittenExample(
            name=str(self._plain(given["name"])).strip(),
            facts=read,
            expected=self._outcome(given["then"]),
            line=node.start_mark.line + 1,
        )

    def _clause(self, node: yaml.Node) -> Clause:
        given = self._mapping(node)
        if len(given) != 1:
            raise _unreadable(node.start_mark.line, "a condition asks about one thing: `- days: at most 30`")
        key, value = next(iter(given.items()))
        operator, attribute = Operator.ANY_OF, key
        if key.startswith("not "):
            operator, attribute = Operator.NONE_OF, key.removeprefix("not ").strip()
        data = self._compared(attribute, operator, value)
        try:
            return clauses_from_data([data], where=key)[0]
        except Refused as refusal:
            raise _unreadable(node.start_mark.line, refusal.cause) from refusal

    def _compared(self, attribute: str, operator: Operator, node: yaml.Node) -> dict[str, object]:
        written = self._plain(node)
        for compared, words in COMPARED.items():
            if isinstance(written, str) and written.startswith(f"{words} ") and operator is Operator.ANY_OF:
                number = written.removeprefix(words).strip()
                if not number.isdecimal():
                    raise _unreadable(node.start_mark.line, f"`{written}` needs a whole number")
                return {"attribute": attribute, compared.value: int(number)}
        values = written if isinstance(written, list) else [written]
        if attribute in NAMED:
            values = [self._named(node, attribute, str(value)) for value in values]
        return {"attribute": attribute, operator.value: [str(value) for value in values]}

    def _outcome(self, node: yaml.Node) -> Outcome:
        data = self._plain(node)
        if data == "automatic":
            data = {"automatic": True}
        try:
            return outcome_from_data(self._with_ids(data, node), where="then")
        except TextUnreadable:
            raise
        except Refused as refusal:
            raise _unreadable(node.start_mark.line, refusal.cause) from refusal

    def _with_ids(self, data: object, node: yaml.Node) -> object:
        """Replace names by ids wherever a stage names a person or a group, and words by numbers where they are."""
        if isinstance(data, list):
            return [self._with_ids(each, node) for each in data]
        if not isinstance(data, dict):
            return data
        kind = next((kind for kind in BY_ID if kind.value in data), None)
        if kind is None:
            return {key: _typed(key, self._with_ids(value, node)) for key, value in data.items()}
        tenant_id = self._named(node, TENANT, str(data.get("tenant", "")))
        what = PERSON if kind is ApproverKind.PERSON else Attribute.GROUP
        spelt = str(data[kind.value])
        return {
            **{key: _typed(key, value) for key, value in data.items()},
            kind.value: self._named(node, what, spelt, tenant_id=tenant_id),
            "tenant": tenant_id,
            "name": WITH_ID.sub(r"\1", spelt),
        }

    def _named(self, node: yaml.Node, kind: str, spelt: str, *, tenant_id: str = "") -> str:
        try:
            return self._naming.value(kind, spelt, tenant_id=tenant_id)
        except Refused as refusal:
            raise _unreadable(node.start_mark.line, refusal.cause) from refusal

    def _mapping(self, node: yaml.Node | None, known: set[str] | None = None) -> dict[str, yaml.Node]:
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise _unreadable(node.start_mark.line, "named values are needed here")
        given: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in given:
                raise _unreadable(key.start_mark.line, f"`{name}` is written twice")
            if known is not None and name not in known:
                raise _unreadable(key.start_mark.line, f"`{name}` is not known; known are {', '.join(sorted(known))}")
            given[name] = value
        return given

    def _sequence(self, node: yaml.Node | None) -> Sequence[yaml.Node]:
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return ()
        if not isinstance(node, yaml.SequenceNode):
            raise _unreadable(node.start_mark.line, "a list is needed here, each item after a dash")
        return cast("Sequence[yaml.Node]", node.value)

    def _plain(self, node: yaml.Node) -> object:
        if isinstance(node, yaml.MappingNode):
            return {key: self._plain(value) for key, value in self._mapping(node).items()}
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(each) for each in node.value]
        return str(node.value)

    def _truth(self, node: yaml.Node) -> bool:
        word = str(self._plain(node))
        if word not in TRUTHS:
            raise _unreadable(node.start_mark.line, "true or false is needed")
        return TRUTHS[word]

    def _comment_above(self, line: int) -> str:
        found: list[str] = []
        while line > 0 and self._lines[line - 1].lstrip().startswith("#"):
            line -= 1
            found.append(self._lines[line].strip().removeprefix("#").removeprefix(" "))
        return "\n".join(reversed(found))


def _typed(key: str, value: object) -> object:
    if not isinstance(value, str) or key in WORDS:
        return value
    if key in NUMBERS and value.isdecimal():
        return int(value)
    return TRUTHS.get(value, value)


def _unreadable(line: int, problem: str) -> TextUnreadable:
    return TextUnreadable(f"line {line + 1}: {problem.rstrip('.')}.", next_step="Correct this line.", owner="You")
