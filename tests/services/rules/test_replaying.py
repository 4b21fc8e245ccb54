"""Past requests are routed once more under changed rules: what would differ is counted and listed, and nothing else
happens.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from selfservice.model.audit import AuditEvent
from selfservice.model.refusal import NotAllowed, NotFound, Refused
from selfservice.model.rulebook import ReplayState, RuleReplay
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.outcome import Approver, ApproverKind, Automatic, Deny, Outcome, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services import leasing
from selfservice.services.overview.rule_rows import ReplayPage
from selfservice.services.overview.rules import replay_page
from selfservice.services.requesting import Ask, submit
from selfservice.services.rules import replaying
from selfservice.services.rules.edits import Edit, Put, Remove
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CONTOSO, DEE, EVE, LEE, TIER_0, HandClock, World
from tests.services.rules.seeding import multiply_requests, seed_requests
from tests.services.rules.writing import FINANCE, asks, draft, id_of, new, save, serial_of

ALL_OF_FINANCE = replace(FINANCE, values=("Finance/*",))
SHORT = Clause(attribute="days", operator=Operator.AT_MOST, number=30)


def replayed(world: World, *edits: Edit) -> ReplayPage:
    replay_id = replaying.ask_replay(world.rt, CONTOSO, edits, by=DEE, months=3)
    replaying.work_due(world.rt)
    return replay_page(world.rt, DEE, replay_id)


def later(world: World, by: timedelta) -> None:
    assert isinstance(world.rt.clock, HandClock)
    world.rt.clock.forward(by)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Automatic(), "now automatic"),
        (Deny(reason="Closed."), "now denied"),
        (asks(BOB), "other approvers"),
        (
            Stages(stages=(StageSpec(approvers=(Approver(kind=ApproverKind.PACKAGE_APPROVERS),), days_to_answer=3),)),
            "other terms",
        ),
        (
            Stages(
                stages=(StageSpec(approvers=(Approver(kind=ApproverKind.GROUP, tenant_id=CONTOSO, object_id=TIER_0),)),)
            ),
            "now stuck",
        ),
    ],
)
def test_requests_that_would_go_another_way_are_counted_and_listed(world: World, outcome: Outcome, kind: str) -> None:
    seed_requests(world.rt, world.expenses, 60)
    page = replayed(world, new("Finance", outcome, clauses=(ALL_OF_FINANCE, SHORT)))
    expected = [number for number in range(60) if number % 6 < 2 and 1 + number % 90 <= 30]
    assert page.counts == {kind: len(expected)}
    assert [row.request_id for row in page.moved] == [f"{number:032x}" for number in expected]
    assert (page.is_running, page.done, page.total) == (False, 60, 60)


def test_the_rules_of_then_are_what_a_replay_compares_with(world: World) -> None:
    save(world.rt, new("Finance", clauses=(FINANCE,)))
    request_id = submit(
        world.rt,
        Ask(
            form_key="one",
            package_id=world.expenses,
            for_self=True,
            justification="Month end",
            ends_on=world.rt.clock().date() + timedelta(days=30),
        ),
        by=ANN,
    )
    rule_id = id_of(world.rt, "Finance")
    save(world.rt, Put(rule_id=rule_id, draft=draft("Finance", asks(BOB), clauses=(FINANCE,))))
    page = replayed(world, Remove(rule_id=rule_id))
    assert [(row.request_id, row.kind, row.before) for row in page.moved] == [
        (request_id, "no longer automatic", "automatic")
    ]


def test_what_a_rule_refused_is_replayed_though_it_never_became_a_request(world: World) -> None:
    save(world.rt, new("Nobody", Deny(reason="Closed.")))
    with pytest.raises(Refused):
        submit(
            world.rt,
            Ask(
                form_key="one",
                package_id=world.expenses,
                for_self=True,
                justification="Month end",
                ends_on=world.rt.clock().date() + timedelta(days=30),
            ),
            by=ANN,
        )
    page = replayed(world, Remove(rule_id=id_of(world.rt, "Nobody")))
    assert [(row.request_id, row.kind, row.before) for row in page.moved] == [
        ("", "no longer denied", "denied: Closed.")
    ]


def test_a_replay_changes_nothing_but_itself(world: World) -> None:
    seed_requests(world.rt, world.expenses, 20)
    save(world.rt, new("Finance", clauses=(FINANCE,)))
    with reading(world.rt.sessions) as tx:
        events = tx.scalar(select(func.count()).select_from(AuditEvent))
    serial = serial_of(world.rt)
    replayed(world, new("All", Deny(reason="Closed."), band=Band.FIRST))
    with reading(world.rt.sessions) as tx:
        assert tx.scalar(select(func.count()).select_from(AuditEvent)) == events
    assert serial_of(world.rt) == serial


def test_a_replay_that_a_worker_left_behind_is_begun_anew(world: World) -> None:
    seed_requests(world.rt, world.expenses, 12)
    replay_id = replaying.ask_replay(world.rt, CONTOSO, [new("All")], by=DEE, months=3)
    assert leasing.claim(world.rt, replaying.LEASE, for_=timedelta(minutes=2))
    with transaction(world.rt.sessions) as tx:
        replay = tx.get_one(RuleReplay, replay_id)
        replay.state, replay.done, replay.total = ReplayState.RUNNING, 6, 12
    replaying.work_due(world.rt)
    assert (replaying.is_due(world.rt), replay_page(world.rt, DEE, replay_id).done) == (False, 6)
    later(world, timedelta(minutes=3))
    assert replaying.is_due(world.rt)
    replaying.work_due(world.rt)
    assert replay_page(world.rt, DEE, replay_id).counts == {"now automatic": 12}


def test_a_replay_whose_rule_is_gone_meanwhile_ends_and_says_so(world: World) -> None:
    save(world.rt, new("Finance", clauses=(FINANCE,)))
    rule_id = id_of(world.rt, "Finance")
    replay_id = replaying.ask_replay(world.rt, CONTOSO, [Remove(rule_id=rule_id)], by=DEE, months=1)
    save(world.rt, Remove(rule_id=rule_id))
    replaying.work_due(world.rt)
    page = replay_page(world.rt, DEE, replay_id)
    assert (page.is_running, page.failure) == (False, "This rule is not in the book any more.")


def test_only_requests_of_the_months_asked_for_are_looked_at(world: World) -> None:
    seed_requests(world.rt, world.expenses, 28)
    later(world, timedelta(days=20))
    replay_id = replaying.ask_replay(world.rt, CONTOSO, [new("All")], by=DEE, months=1)
    replaying.work_due(world.rt)
    assert replay_page(world.rt, DEE, replay_id).total == 12


def test_an_owner_replays_the_requests_of_their_package_and_a_stranger_none(world: World) -> None:
    seed_requests(world.rt, world.expenses, 6)
    mine = [new("Mine", band=Band.PACKAGE, scope=world.expenses)]
    replay_id = replaying.ask_replay(world.rt, CONTOSO, mine, by=BOB, months=1)
    with pytest.raises(NotAllowed):
        replaying.ask_replay(world.rt, CONTOSO, mine, by=BOB, months=1)
    replaying.work_due(world.rt)
    assert replay_page(world.rt, BOB, replay_id).total == 6
    for stranger in (LEE, EVE):
        with pytest.raises(NotFound):
            replay_page(world.rt, stranger, replay_id)
        with pytest.raises(NotFound):
            replaying.ask_replay(world.rt, CONTOSO, mine, by=stranger, months=1)


@pytest.mark.slow
def test_a_hundred_thousand_requests_are_replayed_each_once(world: World) -> None:
    seed_requests(world.rt, world.expenses, 1_000)
    multiply_requests(world.rt, 100)
    others = (new(f"Rule {n}", asks(LEE), clauses=(replace(FINANCE, values=(f"D{n}",)),)) for n in range(100))
    save(world.rt, *others)
    page = replayed(world, new("Finance", clauses=(ALL_OF_FINANCE, SHORT), band=Band.FIRST))
    assert page.done == 100_000
    assert page.counts == {"now automatic": 100 * sum(n % 6 < 2 and 1 + n % 90 <= 30 for n in range(1_000))}
    assert len(page.moved) == 200
