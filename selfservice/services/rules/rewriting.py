"""Rewriting: rules in, edits applied, rules out. Nothing here knows a database, so a form can try what is not saved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from selfservice.model.base import new_id
from selfservice.model.refusal import NotFound
from selfservice.model.rules.rule import Band, Rule
from selfservice.services.rules.edits import Edit, Move, Put, Remove, RuleDraft


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """Rules after some edits. `written` were put, `moved` changed their place on purpose, `shifted` made room; of
    `removed` the last version is given.
    """

    rules: Mapping[str, Rule]
    before: Mapping[str, Rule]
    written: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()

    @property
    def changed(self) -> tuple[Rule, ...]:
        """Every rule that differs from what it was, in whichever way."""
        return tuple(rule for rule_id, rule in self.rules.items() if rule != self.before.get(rule_id))

    @property
    def shifted(self) -> frozenset[str]:
        """Rules that stand elsewhere only because others were added, moved or removed."""
        return frozenset(
            rule_id
            for rule_id, rule in self.rules.items()
            if rule_id not in self.written | self.moved and rule.position != self.before[rule_id].position
        )


Shelf = tuple[Band, str]
"""Whose rules stand together in one order: a band, and the package or catalog."""


@dataclass
class _Desk:
    """Rules at work: those of the same keepers lie in one pile, in reading order, and are numbered at the end."""

    tenant_id: str
    rules: dict[str, Rule]
    written: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    piles: dict[Shelf, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the rules into their piles."""
        for rule in sorted(self.rules.values(), key=lambda each: each.order):
            self._pile(rule).append(rule.id)

    def put(self, edit: Put) -> None:
        """Write a rule and give it its place."""
        rule_id, draft = edit.rule_id or new_id(), edit.draft
        known = self._known(rule_id) if edit.rule_id else None
        rule = _rule(self.tenant_id, rule_id, draft, known)
        position = draft.position
        if known is not None:
            place = self._take(known)
            if position is None and _shelf(known) == _shelf(rule):
                position = place
        self.rules[rule_id] = rule
        self._place(rule, position)
        self.written.add(rule_id)

    def remove(self, rule_id: str) -> None:
        """Take a rule out, and close the gap."""
        self._take(self._known(rule_id))
        del self.rules[rule_id]
        self.written.discard(rule_id)
        self.moved.discard(rule_id)
        self.removed.add(rule_id)

    def move(self, edit: Move) -> None:
        """Give a rule another place among its own."""
        rule = self._known(edit.rule_id)
        self._take(rule)
        self._place(rule, edit.position)
        self.moved.add(edit.rule_id)

    def number(self) -> dict[str, Rule]:
        """Return the rules with their positions, without gaps."""
        for pile in self.piles.values():
            for position, rule_id in enumerate(pile, 1):
                if self.rules[rule_id].position != position:
                    self.rules[rule_id] = replace(self.rules[rule_id], position=position)
        return self.rules

    def _known(self, rule_id: str) -> Rule:
        if rule_id not in self.rules:
            raise NotFound("This rule is not in the book any more.")
        return self.rules[rule_id]

    def _pile(self, rule: Rule) -> list[str]:
        return self.piles.setdefault(_shelf(rule), [])

    def _take(self, rule: Rule) -> int:
        """Take a rule off its pile, and return the place that it had."""
        pile = self._pile(rule)
        place = pile.index(rule.id)
        del pile[place]
        return place + 1

    def _place(self, rule: Rule, position: int | None) -> None:
        pile = self._pile(rule)
        pile.insert(len(pile) if position is None else max(position, 1) - 1, rule.id)


def _shelf(rule: Rule) -> Shelf:
    return (rule.band, rule.scope_id)


def rewrite(tenant_id: str, rules: Iterable[Rule], edits: Iterable[Edit]) -> Rewritten:
    """Apply edits to rules, in their order; a rule that is not there refuses with `NotFound`."""
    before = {rule.id: rule for rule in rules}
    desk = _Desk(tenant_id=tenant_id, rules=dict(before))
    for edit in edits:
        if isinstance(edit, Put):
            desk.put(edit)
        elif isinstance(edit, Remove):
            desk.remove(edit.rule_id)
        elif isinstance(edit, Move):
            desk.move(edit)
    after = desk.number()
    for rule_id in [each for each in desk.written if _is_same(after[each], before.get(each))]:
        # Written as it was: nobody has changed it, and it is no new version.
        after[rule_id] = replace(after[rule_id], version=before[rule_id].version)
        desk.written.discard(rule_id)
        desk.moved.add(rule_id)
    moved = {rule_id for rule_id in desk.moved - desk.written if after[rule_id].position != before[rule_id].position}
    return Rewritten(
        rules=after,
        before=before,
        written=frozenset(desk.written),
        moved=frozenset(moved),
        removed=frozenset(desk.removed & before.keys()),
    )


def _is_same(rule: Rule, known: Rule | None) -> bool:
    return known is not None and replace(rule, version=known.version, position=known.position) == known


def _rule(tenant_id: str, rule_id: str, draft: RuleDraft, known: Rule | None) -> Rule:
    return Rule(
        id=rule_id,
        tenant_id=tenant_id,
        version=known.version + 1 if known else 1,
        band=draft.band,
        scope_id=draft.scope_id if draft.band in (Band.PACKAGE, Band.CATALOG) else "",
        position=known.position if known else 0,
        name=draft.name,
        note=draft.note,
        enabled=draft.enabled,
        clauses=draft.clauses,
        outcome=draft.outcome,
    )
