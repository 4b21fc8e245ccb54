"""A small OData filter language: text in, a tree of conditions out."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from selfservice.simulator.graph.errors import refuse

Literal: TypeAlias = str | bool | int | None


@dataclass(frozen=True)
class Compare:
    """Compare a property with a value: eq, ne, ge, le, startswith or endswith."""

    path: str
    operator: str
    value: Literal


@dataclass(frozen=True)
class In:
    """Ask whether a property has one of some values."""

    path: str
    values: tuple[Literal, ...]


@dataclass(frozen=True)
class AnyOf:
    """Ask whether any element of a list meets a condition."""

    path: str
    variable: str
    condition: "Node"


@dataclass(frozen=True)
class Not:
    """Turn a condition round."""

    condition: "Node"


@dataclass(frozen=True)
class Both:
    """Ask for all of some conditions."""

    conditions: tuple["Node", ...]


@dataclass(frozen=True)
class Either:
    """Ask for one of some conditions."""

    conditions: tuple["Node", ...]


Node: TypeAlias = Compare | In | AnyOf | Not | Both | Either

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<mark>[(),])"
    r"|(?P<word>[^\s(),']+))"
)
_FUNCTIONS = ("startswith", "endswith", "contains")
_OPERATORS = ("eq", "ne", "ge", "le", "gt", "lt")


def parse(text: str) -> Node:
    """Read a filter; raise a Graph error for what is not one."""
    reader = _Reader(text)
    node = reader.either()
    if reader.peek():
        raise refuse("filter-syntax", reason=f"unexpected '{reader.peek()}'")
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        position, text = 0, text.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise refuse("filter-syntax", reason="there is an unterminated string literal")
            self._tokens.append(found.group().strip())
            position = found.end()
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token.lower() != expected):
            raise refuse("filter-syntax", reason=f"'{expected or 'more'}' expected")
        self._at += 1
        return token

    def either(self) -> Node:
        nodes = [self.both()]
        while self.peek().lower() == "or":
            self.take()
            nodes.append(self.both())
        return nodes[0] if len(nodes) == 1 else Either(tuple(nodes))

    def both(self) -> Node:
        nodes = [self.single()]
        while self.peek().lower() == "and":
            self.take()
            nodes.append(self.single())
        return nodes[0] if len(nodes) == 1 else Both(tuple(nodes))

    def single(self) -> Node:
        token = self.peek()
        if token.lower() == "not":
            self.take()
            return Not(self.single())
        if token == "(":
            self.take()
            node = self.either()
            self.take(")")
            return node
        return self.condition()

    def condition(self) -> Node:
        name = self.take()
        if self.peek() == "(":
            return self.function(name)
        operator = self.take().lower()
        if operator == "in":
            return In(name, self.values())
        if operator not in _OPERATORS:
            raise refuse("filter-syntax", reason=f"unknown operator '{operator}'")
        return Compare(name, operator, self.literal())

    def function(self, name: str) -> Node:
        self.take("(")
        if name.lower().endswith("/any"):
            return self.any_of(name[: -len("/any")])
        if name.lower() not in _FUNCTIONS:
            raise refuse("filter-syntax", reason=f"unknown function '{name}'")
        path = self.take()
        self.take(",")
        value = self.literal()
        self.take(")")
        if self.peek().lower() == "eq":
            self.take()
            self.take("true")
        return Compare(path, name.lower(), value)

    def any_of(self, path: str) -> Node:
        # `o:o eq 'x'` is read as one word up to the first space.
        first = self.take()
        variable, colon, rest = first.partition(":")
        if not colon:
            raise refuse("filter-syntax", reason="a range variable is missing")
        if rest:
            self._at -= 1
            self._tokens[self._at] = rest
        node = self.either()
        self.take(")")
        return AnyOf(path, variable, node)

    def values(self) -> tuple[Literal, ...]:
        self.take("(")
        values = [self.literal()]
        while self.peek() == ",":
            self.take()
            values.append(self.literal())
        self.take(")")
        return tuple(values)

    def literal(self) -> Literal:
        token = self.take()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        fixed: dict[str, Literal] = {"true": True, "false": False, "null": None}
        if token.lower() in fixed:
            return fixed[token.lower()]
        return int(token) if token.isdigit() else token
