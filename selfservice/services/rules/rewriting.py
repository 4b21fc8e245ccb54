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


@dataclass
class _Desk:
    """Rules at work: each set of keepers has its own list, in reading order."""

    tenant_id: str
    rules: dict[str, Rule]
    written: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def put(self, edit: Put) -> None:
        """Write a rule and give it its place."""
        rule_id, draft = edit.rule_id or new_id(), edit.draft
        known = self._known(rule_id) if edit.rule_id else None
        rule = _rule(self.tenant_id, rule_id, draft, known)
        position = draft.position
        if position is None and known is not None and (known.band, known.scope_id) == (rule.band, rule.scope_id):
            position = known.position
        self.rules[rule_id] = rule
        self._place(rule, position)
        if known is not None:
            self._close_ranks(known)
        self.written.add(rule_id)

    def remove(self, rule_id: str) -> None:
        """Take a rule out, and close the gap."""
        gone = self._known(rule_id)
        del self.rules[rule_id]
        self._close_ranks(gone)
        self.written.discard(rule_id)
        self.moved.discard(rule_id)
        self.removed.add(rule_id)

    def move(self, edit: Move) -> None:
        """Give a rule another place among its own."""
        self._place(self._known(edit.rule_id), edit.position)
        self.moved.add(edit.rule_id)

    def _known(self, rule_id: str) -> Rule:
        if rule_id not in self.rules:
            raise NotFound("This rule is not in the book any more.")
        return self.rules[rule_id]

    def _place(self, rule: Rule, position: int | None) -> None:
        others = [each for each in self._together(rule) if each.id != rule.id]
        at = len(others) if position is None else min(max(position, 1) - 1, len(others))
        self._number([*others[:at], rule, *others[at:]])

    def _close_ranks(self, rule: Rule) -> None:
        self._number(self._together(rule))

    def _together(self, rule: Rule) -> list[Rule]:
        same = (each for each in self.rules.values() if (each.band, each.scope_id) == (rule.band, rule.scope_id))
        return sorted(same, key=lambda each: each.order)

    def _number(self, rules: list[Rule]) -> None:
        for position, rule in enumerate(rules, 1):
            if rule.position != position or self.rules[rule.id] is not rule:
                self.rules[rule.id] = replace(rule, position=position)


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
    written = {rule_id for rule_id in desk.written if not _is_same(desk.rules[rule_id], before.get(rule_id))}
    moved = {
        rule_id
        for rule_id in (desk.moved | desk.written) - written
        if desk.rules[rule_id].position != before[rule_id].position
    }
    return Rewritten(
        rules=desk.rules,
        before=before,
        written=frozenset(written),
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
