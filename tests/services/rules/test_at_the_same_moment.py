"""Several people, threads and processes change rules at once: one change at a time, and nobody is routed by half."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from selfservice.model.refusal import Stale
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.outcome import Deny
from selfservice.services.rules import editing
from selfservice.services.rules.edits import Put, Remove
from selfservice.store.transaction import reading
from tests.services.making import CONTOSO, DEE, FABRIKAM, World, make_runtime
from tests.services.rules.writing import draft, id_of, new, rules_of, save, serial_of


def test_of_many_changes_at_the_same_moment_one_is_made_and_the_others_are_told(world: World) -> None:
    together = threading.Barrier(6)

    def change(number: int) -> str:
        together.wait()
        try:
            editing.save(world.rt, CONTOSO, [new(f"Rule {number}")], by=DEE, why="At once.", seen_serial=0)
        except Stale as stale:
            return stale.cause
        return ""

    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(change, range(6)))
    assert said.count("") == 1
    assert sum("Dee Fox changed the rule" in each for each in said) == 5
    assert (len(rules_of(world.rt)), serial_of(world.rt)) == (1, 1)


def test_another_process_routes_by_a_change_as_soon_as_it_is_made(world: World) -> None:
    other = make_runtime(world.rt.settings.database_url)
    facts = RuleFacts(resource_tenant=CONTOSO, package=world.expenses, home_tenant=FABRIKAM)

    def decides() -> str | None:
        with reading(other.sessions) as tx:
            rule = other.books.index_of(tx, CONTOSO).route(facts).rule
            return rule.name if rule else None

    try:
        assert decides() is None
        save(world.rt, new("First"), new("Second", Deny(reason="No.")))
        assert decides() == "First"
        first = id_of(world.rt, "First")
        save(world.rt, Put(rule_id=first, draft=draft("First again")))
        assert decides() == "First again"
        save(world.rt, Remove(rule_id=first))
        assert decides() == "Second"
    finally:
        other.sessions.close()


def test_a_change_that_is_refused_is_never_routed_by(world: World) -> None:
    facts = RuleFacts(resource_tenant=CONTOSO, package=world.expenses, home_tenant=FABRIKAM)
    save(world.rt, new("Kept"))
    kept = rules_of(world.rt)
    with pytest.raises(Stale):
        editing.save(world.rt, CONTOSO, [Remove(rule_id=kept[0].id)], by=DEE, why="Late.", seen_serial=0)
    with reading(world.rt.sessions) as tx:
        rule = world.rt.books.index_of(tx, CONTOSO).route(facts).rule
    assert rule == kept[0]
