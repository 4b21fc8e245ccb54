"""Edits applied to rules give rules without gaps, in the order that was asked for. No database is needed."""

import random

import pytest

from selfservice.model.refusal import NotFound
from selfservice.model.rules.outcome import Automatic
from selfservice.model.rules.rule import Band, Rule
from selfservice.services.rules.edits import Edit, Move, Put, Remove, RuleDraft
from selfservice.services.rules.rewriting import rewrite

SCOPES = ((Band.FIRST, ""), (Band.PACKAGE, "p1"), (Band.PACKAGE, "p2"), (Band.LAST, ""))


def rules(*names: str) -> list[Rule]:
    return [
        Rule(id=name, tenant_id="t1", name=name, clauses=(), outcome=Automatic(), position=position)
        for position, name in enumerate(names, 1)
    ]


def put(name: str, *, position: int | None = None, rule_id: str | None = None, scope: int = 3) -> Put:
    band, scope_id = SCOPES[scope]
    draft = RuleDraft(
        name=name, clauses=(), outcome=Automatic(), position=position, band=band, scope_id=scope_id, note="written"
    )
    return Put(rule_id=rule_id, draft=draft)


def order(*edits: Edit) -> list[str]:
    after = rewrite("t1", rules("a", "b", "c"), edits).rules
    return [rule.name for rule in sorted(after.values(), key=lambda each: each.order)]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([put("d")], ["a", "b", "c", "d"]),
        ([put("d", position=1)], ["d", "a", "b", "c"]),
        ([put("d", position=99)], ["a", "b", "c", "d"]),
        ([put("d", position=-1)], ["d", "a", "b", "c"]),
        ([put("A", rule_id="a")], ["A", "b", "c"]),
        ([put("A", rule_id="a", position=3)], ["b", "c", "A"]),
        ([Move(rule_id="c", position=1)], ["c", "a", "b"]),
        ([Move(rule_id="a", position=2)], ["b", "a", "c"]),
        ([Remove(rule_id="b")], ["a", "c"]),
        ([Remove(rule_id="a"), put("d", position=2)], ["b", "d", "c"]),
        ([put("A", rule_id="a", scope=0)], ["A", "b", "c"]),
    ],
)
def test_rules_stand_where_they_were_put(edits: list[Edit], expected: list[str]) -> None:
    assert order(*edits) == expected


def test_what_only_made_room_is_told_from_what_was_changed() -> None:
    rewritten = rewrite("t1", rules("a", "b", "c"), [put("d", position=1), Move(rule_id="c", position=2)])
    assert rewritten.moved == {"c"}
    assert rewritten.shifted == {"a", "b"}
    assert len(rewritten.written) == 1


def test_a_rule_that_is_written_as_it_is_was_not_changed() -> None:
    before = rewrite("t1", rules("a"), [put("a", rule_id="a")]).rules.values()
    assert rewrite("t1", before, [put("a", rule_id="a")]).written == frozenset()


@pytest.mark.parametrize("edit", [Move(rule_id="x", position=1), Remove(rule_id="x"), put("x", rule_id="x")])
def test_a_rule_that_is_not_there_is_refused(edit: Edit) -> None:
    with pytest.raises(NotFound):
        rewrite("t1", rules("a"), [edit])


def test_whatever_is_edited_positions_have_no_gaps_and_nothing_is_lost() -> None:
    chance = random.Random(4)
    known: list[Rule] = []
    for _ in range(400):
        edits = [_any_edit(chance, known) for _ in range(chance.randint(1, 3))]
        try:
            rewritten = rewrite("t1", known, edits)
        except NotFound:
            continue  # an edit of a rule that the edit before it removed
        for shelf in {(rule.band, rule.scope_id) for rule in rewritten.rules.values()}:
            together = [rule for rule in rewritten.rules.values() if (rule.band, rule.scope_id) == shelf]
            assert sorted(rule.position for rule in together) == list(range(1, len(together) + 1))
        before = {rule.id for rule in known}
        assert before - rewritten.removed <= rewritten.rules.keys()
        assert rewritten.rules.keys() - before <= rewritten.written
        changed = {rule.id for rule in rewritten.changed}
        assert changed == rewritten.written | rewritten.moved | rewritten.shifted
        known = list(rewritten.rules.values())
    assert len(known) > 20


def _any_edit(chance: random.Random, known: list[Rule]) -> Edit:
    kind = chance.random()
    if not known or kind < 0.5:
        return put("new", position=chance.choice([None, 1, 3]), scope=chance.randrange(4))
    rule_id = chance.choice(known).id
    if kind < 0.7:
        return put("changed", rule_id=rule_id, position=chance.choice([None, 1, 5]), scope=chance.randrange(4))
    return Move(rule_id=rule_id, position=chance.randint(1, 9)) if kind < 0.9 else Remove(rule_id=rule_id)
