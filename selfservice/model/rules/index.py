"""The router: it finds the first rule that holds by look-ups, whose number does not grow with the number of rules.

Rules that look up the same attributes form a shape; a shape finds its rules by the tokens of these attributes together.
Each attribute of a request is looked up once, which says in which shapes a rule could still hold; only these are asked.
What is no look-up (exclusions, numbers, yes or no) is checked on the few rules that are found.

One lock: whoever routes sees the rules as they are before or after a change, never between.
"""

import threading
from collections.abc import Iterable

from selfservice.model.rules.entry import Entry, entry_of
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.folding import Read, Seen, tokens_reader
from selfservice.model.rules.outcome import BY_PACKAGE
from selfservice.model.rules.rule import Rule
from selfservice.model.rules.scanning import in_order
from selfservice.model.rules.shape import Known, Shape
from selfservice.model.rules.verdict import Verdict

Masks = dict[str, int]
Step = tuple[str, Read, Masks, int]


class RuleIndex:
    """Rules in order, found by what they ask."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._lock = threading.Lock()
        self._rules: dict[str, Rule] = {}
        self._entries: dict[str, Entry] = {}
        self._shapes: dict[tuple[str, ...], Shape] = {}
        self._by_bit: dict[int, Shape] = {}
        self._masks: dict[str, Masks] = {}
        self._uses: dict[tuple[str, str, int], int] = {}
        self._steps: tuple[Step, ...] = ()
        self._all = 0
        for rule in rules:
            self._put(rule)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in the order in which they are read."""
        with self._lock:
            known = tuple(self._rules.values())
        return in_order(known)

    def put(self, rule: Rule) -> None:
        """Add a rule, or replace the version that was known."""
        with self._lock:
            self._put(rule)

    def drop(self, rule_id: str) -> None:
        """Forget a rule."""
        with self._lock:
            self._drop(rule_id)

    def edited(self, rules: Iterable[Rule], *, dropped: Iterable[str] = ()) -> "RuleIndex":
        """Return a copy with some rules changed and others dropped; this index stays as it is."""
        copy = RuleIndex()
        with self._lock:
            copy._take_over(self)
        for rule_id in dropped:
            copy._drop(rule_id)
        for rule in rules:
            copy._put(rule)
        return copy

    def alike(self, other: "RuleIndex") -> bool:
        """Say whether both hold the same rules under the same keys, however they came by them."""
        return self._contents() == other._contents()

    def route(self, facts: RuleFacts) -> Verdict:
        """Return the first rule that holds, and why."""
        with self._lock:
            entry = self._first(facts)
        return Verdict(rule=None, outcome=BY_PACKAGE) if entry is None else entry.verdict(facts)

    def _first(self, facts: RuleFacts) -> Entry | None:
        seen, known = Seen(facts), Known()
        alive = self._all
        for attribute, read, masks, free in self._steps:
            tokens = seen[attribute] = read(facts)
            known[attribute] = hits = [token for token in tokens if token in masks]
            possible = free
            for token in hits:
                possible |= masks[token]
            alive &= possible
        return self._best_of(alive, known, seen)

    def _best_of(self, alive: int, known: Known, seen: Seen) -> Entry | None:
        best: Entry | None = None
        while alive:
            bit = alive & -alive
            alive ^= bit
            shape = self._by_bit[bit]
            if best is None or shape.best < best.order:
                best = shape.first(known, seen, best)
        return best

    def _take_over(self, other: "RuleIndex") -> None:
        self._rules, self._entries = dict(other._rules), dict(other._entries)
        self._shapes = {attributes: shape.copy() for attributes, shape in other._shapes.items()}
        self._by_bit = {shape.bit: shape for shape in self._shapes.values()}
        self._masks = {attribute: dict(masks) for attribute, masks in other._masks.items()}
        self._uses = dict(other._uses)
        self._settle_shapes()

    def _contents(self) -> object:
        names = {shape.bit: shape.attributes for shape in self._by_bit.values()}
        uses = {(token, attribute, names[bit]): uses for (attribute, token, bit), uses in self._uses.items()}
        masks = {
            (attribute, token): {names[bit] for bit in names if bit & mask}
            for attribute, masks in self._masks.items()
            for token, mask in masks.items()
        }
        return self._rules, uses, masks, {shape.attributes: shape.contents() for shape in self._by_bit.values()}

    def _put(self, rule: Rule) -> None:
        self._drop(rule.id)
        self._rules[rule.id] = rule
        if not rule.enabled:
            return
        entry = self._entries[rule.id] = entry_of(rule)
        shape = self._shapes.get(entry.attributes) or self._add_shape(entry.attributes)
        shape.put(entry)
        for attribute, token in _postings(entry):
            use = (attribute, token, shape.bit)
            self._uses[use] = self._uses.get(use, 0) + 1
            masks = self._masks[attribute]
            masks[token] = masks.get(token, 0) | shape.bit

    def _drop(self, rule_id: str) -> None:
        self._rules.pop(rule_id, None)
        entry = self._entries.pop(rule_id, None)
        if entry is None:
            return
        shape = self._shapes[entry.attributes]
        shape.drop(entry)
        for attribute, token in _postings(entry):
            self._forget(attribute, token, shape.bit)
        if not shape:
            self._remove_shape(shape)

    def _forget(self, attribute: str, token: str, bit: int) -> None:
        use = (attribute, token, bit)
        self._uses[use] -= 1
        if self._uses[use]:
            return
        del self._uses[use]
        masks = self._masks[attribute]
        masks[token] &= ~bit
        if not masks[token]:
            del masks[token]

    def _add_shape(self, attributes: tuple[str, ...]) -> Shape:
        bit = ~self._all & (self._all + 1)
        shape = self._shapes[attributes] = self._by_bit[bit] = Shape(attributes, bit)
        self._settle_shapes()
        return shape

    def _remove_shape(self, shape: Shape) -> None:
        del self._shapes[shape.attributes]
        del self._by_bit[shape.bit]
        self._settle_shapes()

    def _settle_shapes(self) -> None:
        """Note which shapes there are, and for each attribute those that do not look it up."""
        self._all = sum(self._by_bit)
        asked = sorted({attribute for attributes in self._shapes for attribute in attributes})
        self._masks = {attribute: self._masks.get(attribute, {}) for attribute in asked}
        self._steps = tuple(
            (attribute, tokens_reader(attribute), self._masks[attribute], self._free(attribute)) for attribute in asked
        )

    def _free(self, attribute: str) -> int:
        return sum(shape.bit for attributes, shape in self._shapes.items() if attribute not in attributes)


def _postings(entry: Entry) -> list[tuple[str, str]]:
    """Return each token of the entry's keys with its attribute, once."""
    columns = zip(*entry.keys, strict=True)
    return [
        (attribute, token)
        for attribute, column in zip(entry.attributes, columns, strict=False)
        for token in set(column)
    ]
