"""S15: whoever takes a rule out of the way does not decide by the one that comes after it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from selfservice.model.actor import Role
from selfservice.model.refusal import NotFound
from selfservice.model.request import AccessRequest, RequestState
from selfservice.model.rules.clause import Clause
from selfservice.model.rules.rule import Band
from selfservice.services import approving
from selfservice.services.requesting import Ask, submit
from selfservice.services.requesting import withdraw as take_back
from selfservice.services.rules import editing
from selfservice.services.rules.edits import Edit, Move, Put, Remove, RuleDraft
from selfservice.store.transaction import reading
from tests.services.making import ANN, BOB, CONTOSO, DEE, LEE, HandClock, World
from tests.services.rules.writing import FINANCE, asks, draft, id_of, new, save

LEE_ADMIN = replace(LEE, roles=frozenset({Role.ADMIN}))
LEGAL = Clause(attribute="department", values=("Legal",))


def strict(world: World, *, clause: Clause = FINANCE, enabled: bool = True) -> RuleDraft:
    """Return a rule of Expenses that asks Dee, and neither Bob nor Lee."""
    plain = draft("Strict", asks(DEE), clauses=(clause,), band=Band.PACKAGE, scope=world.expenses)
    return replace(plain, enabled=enabled)


@pytest.fixture
def ruled(world: World) -> World:
    """Return a company in which Dee decides about Expenses for Finance; else Bob and Lee would."""
    save(world.rt, Put(rule_id=None, draft=strict(world)), by=DEE)
    return world


def ask(world: World) -> str:
    return submit(
        world.rt,
        Ask(
            form_key=str(world.rt.clock()),
            package_id=world.expenses,
            for_self=True,
            justification="Month end",
            ends_on=world.rt.clock().date() + timedelta(days=30),
        ),
        by=ANN,
    )


def asked(world: World, request_id: str) -> list[str]:
    with reading(world.rt.sessions) as tx:
        return [approver.name for approver in tx.get_one(AccessRequest, request_id).stages[0].asked]


def later(world: World, by: timedelta) -> None:
    assert isinstance(world.rt.clock, HandClock)
    world.rt.clock.forward(by)


def test_s15_who_removes_the_rule_that_asks_others_is_not_asked_instead(ruled: World) -> None:
    save(ruled.rt, Remove(rule_id=id_of(ruled.rt, "Strict")), by=BOB)
    request_id = ask(ruled)
    assert asked(ruled, request_id) == ["Lee Wu"]
    with pytest.raises(NotFound):
        approving.approve(ruled.rt, request_id, by=BOB, seen=seen(ruled, request_id), justification="Mine.")


def test_s15_nor_who_narrows_it_or_switches_it_off_or_reads_it_later(ruled: World) -> None:
    rule_id = id_of(ruled.rt, "Strict")
    easy = new("Easy", asks(BOB, LEE), band=Band.PACKAGE, scope=ruled.expenses)
    save(ruled.rt, easy, by=DEE)
    ways: tuple[Edit, ...] = (
        Put(rule_id=rule_id, draft=strict(ruled, clause=LEGAL)),
        Put(rule_id=rule_id, draft=strict(ruled, enabled=False)),
        Move(rule_id=rule_id, position=2),
    )
    for number, way in enumerate(ways):
        save(ruled.rt, way, by=BOB)
        request_id = ask(ruled)
        assert asked(ruled, request_id) == ["Lee Wu"], number
        withdraw(ruled, request_id)
        later(ruled, timedelta(days=100))
        save(ruled.rt, Put(rule_id=rule_id, draft=replace(strict(ruled), position=1)), by=DEE)


def test_who_changes_a_rule_that_is_about_something_else_still_decides(ruled: World) -> None:
    save(ruled.rt, new("Legal", asks(DEE), clauses=(LEGAL,), band=Band.PACKAGE, scope=ruled.expenses), by=BOB)
    save(ruled.rt, Remove(rule_id=id_of(ruled.rt, "Legal")), by=BOB)
    save(ruled.rt, Remove(rule_id=id_of(ruled.rt, "Strict")), by=DEE)
    assert asked(ruled, ask(ruled)) == ["Bob Ray", "Lee Wu"]


def test_who_removes_a_rule_that_was_read_later_anyway_still_decides(ruled: World) -> None:
    first = new("Easy", asks(BOB, LEE), band=Band.PACKAGE, scope=ruled.expenses)
    save(ruled.rt, replace(first, draft=replace(first.draft, position=1)), by=DEE)
    save(ruled.rt, Remove(rule_id=id_of(ruled.rt, "Strict")), by=BOB)
    assert asked(ruled, ask(ruled)) == ["Bob Ray", "Lee Wu"]


def test_a_second_person_who_agrees_lifts_it(ruled: World) -> None:
    editing.set_second_person(ruled.rt, CONTOSO, by=DEE, on=True)
    waiting = save(ruled.rt, Remove(rule_id=id_of(ruled.rt, "Strict")), by=BOB)
    assert waiting is not None
    editing.agree(ruled.rt, waiting, by=LEE_ADMIN)
    assert asked(ruled, ask(ruled)) == ["Bob Ray", "Lee Wu"]


def test_ninety_days_lift_it_too(ruled: World) -> None:
    save(ruled.rt, Remove(rule_id=id_of(ruled.rt, "Strict")), by=BOB)
    later(ruled, timedelta(days=91))
    assert asked(ruled, ask(ruled)) == ["Bob Ray", "Lee Wu"]


def test_what_is_pending_is_decided_by_whom_it_asked_whatever_happens_to_other_rules(ruled: World) -> None:
    rule_id = id_of(ruled.rt, "Strict")
    save(ruled.rt, Put(rule_id=rule_id, draft=strict(ruled, clause=LEGAL)), by=DEE)
    request_id = ask(ruled)
    later(ruled, timedelta(minutes=1))
    save(ruled.rt, Put(rule_id=rule_id, draft=strict(ruled)), Remove(rule_id=rule_id), by=BOB)
    approving.approve(ruled.rt, request_id, by=BOB, seen=seen(ruled, request_id), justification="")
    with reading(ruled.rt.sessions) as tx:
        assert tx.get_one(AccessRequest, request_id).state is RequestState.DELIVERING


def seen(world: World, request_id: str) -> str:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(AccessRequest, request_id).content_hash


def withdraw(world: World, request_id: str) -> None:
    take_back(world.rt, request_id, by=ANN)
