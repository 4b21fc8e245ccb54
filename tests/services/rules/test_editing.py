"""Changing the rules of a tenant: in order, with a reason, one change at a time, and everything on record."""

import pytest
from sqlalchemy import select

from selfservice.model.audit import AuditEvent
from selfservice.model.refusal import NotFound, Refused, Stale
from selfservice.model.rulebook import ApproverRule, RuleVersion
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.outcome import Approver, ApproverKind, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services.eligibility import TextRefused
from selfservice.services.rules import editing
from selfservice.services.rules.changing import NothingChanges
from selfservice.services.rules.checking import NamesNothing
from selfservice.services.rules.edits import Move, Put, Remove, edits_from_data, edits_to_data
from selfservice.store.transaction import reading
from tests.services.making import ANN, BOB, CONTOSO, DEE, EXPENSES_APPROVERS, LEE, World
from tests.services.rules.writing import FINANCE, asks, draft, id_of, new, rules_of, save, serial_of


def test_rules_are_kept_in_the_order_in_which_they_are_written(world: World) -> None:
    assert save(world.rt, new("Finance", clauses=(FINANCE,)), new("Others", asks(BOB))) is None
    assert [(rule.name, rule.position, rule.version) for rule in rules_of(world.rt)] == [
        ("Finance", 1, 1),
        ("Others", 2, 1),
    ]


def test_a_moved_rule_is_a_new_version_and_its_neighbours_only_make_room(world: World) -> None:
    save(world.rt, new("a"), new("b"), new("c"))
    save(world.rt, Move(rule_id=id_of(world.rt, "c"), position=1))
    assert [(rule.name, rule.position, rule.version) for rule in rules_of(world.rt)] == [
        ("c", 1, 2),
        ("a", 2, 1),
        ("b", 3, 1),
    ]


def test_a_removed_rule_leaves_no_gap_and_stays_on_record(world: World) -> None:
    save(world.rt, new("a"), new("b"))
    gone = id_of(world.rt, "a")
    save(world.rt, Remove(rule_id=gone), why="Nobody needs it.")
    assert [(rule.name, rule.position) for rule in rules_of(world.rt)] == [("b", 1)]
    with reading(world.rt.sessions) as tx:
        last = tx.get_one(RuleVersion, (gone, 2))
        assert (last.removed, last.why, last.changed_by) == (True, "Nobody needs it.", DEE.ref)
        assert tx.get_one(ApproverRule, gone).removed_at is not None


def test_every_change_says_who_made_it_and_why(world: World) -> None:
    save(world.rt, new("Finance", clauses=(FINANCE,)), why="Asked for by the auditors.")
    rule_id = id_of(world.rt, "Finance")
    save(world.rt, Put(rule_id=rule_id, draft=draft("Finance first", clauses=(FINANCE,))), why="Clearer.")
    with reading(world.rt.sessions) as tx:
        versions = tx.scalars(select(RuleVersion).order_by(RuleVersion.version)).all()
        events = tx.scalars(select(AuditEvent).where(AuditEvent.object_id == rule_id).order_by(AuditEvent.number)).all()
    assert [(each.version, each.body["name"], each.why) for each in versions] == [
        (1, "Finance", "Asked for by the auditors."),
        (2, "Finance first", "Clearer."),
    ]
    assert [(each.action, each.actor_name, each.why) for each in events] == [
        ("rule.create", "Dee Fox", "Asked for by the auditors."),
        ("rule.change", "Dee Fox", "Clearer."),
    ]


def test_whoever_looked_at_an_older_book_is_told_who_changed_what(world: World) -> None:
    seen = serial_of(world.rt)
    save(world.rt, new("Finance"))
    with pytest.raises(Stale, match=r"Dee Fox changed the rule “Finance” meanwhile\."):
        editing.save(world.rt, CONTOSO, [new("Mine")], by=DEE, why="Because.", seen_serial=seen)
    assert [rule.name for rule in rules_of(world.rt)] == ["Finance"]


def test_a_change_that_is_refused_leaves_nothing_behind(world: World) -> None:
    save(world.rt, new("Finance"))
    seen = serial_of(world.rt)
    nobody = Approver(kind=ApproverKind.PERSON, tenant_id=CONTOSO, object_id=ANN.object_id)
    with pytest.raises(NamesNothing):
        save(world.rt, new("First"), new("Second", Stages(stages=(StageSpec(approvers=(nobody,)),))))
    assert (serial_of(world.rt), [rule.name for rule in rules_of(world.rt)]) == (seen, ["Finance"])


def test_a_change_needs_a_reason(world: World) -> None:
    with pytest.raises(TextRefused):
        save(world.rt, new("Finance"), why=" ")


def test_a_change_of_nothing_is_said_to_be_one(world: World) -> None:
    save(world.rt, new("Finance"))
    with pytest.raises(NothingChanges):
        save(world.rt, Put(rule_id=id_of(world.rt, "Finance"), draft=draft("Finance")))


@pytest.mark.parametrize(
    "clause",
    [
        Clause(attribute="package", values=("0" * 32,)),
        Clause(attribute="catalog", values=("0" * 32,)),
        Clause(attribute="homeTenant", values=(CONTOSO,)),
        Clause(attribute="group", values=(EXPENSES_APPROVERS,)),
        Clause(attribute="resource", values=("00000000-0000-4000-8000-000000000000",)),
        Clause(attribute="connectedOrganization", values=("0" * 32,)),
        Clause(attribute="answer:purpose", values=("audit",)),
        Clause(attribute="guestDomain", values=("partner example",)),
        Clause(attribute="for", values=("everybody",)),
        Clause(attribute="risk", values=("9",)),
        Clause(attribute="days", operator=Operator.AT_MOST, number=-1),
    ],
)
def test_what_a_rule_names_must_exist_and_be_in_reach(world: World, clause: Clause) -> None:
    with pytest.raises(Refused):
        save(world.rt, new("Unreachable", clauses=(clause,)))


def test_domains_and_names_are_kept_as_they_are_known(world: World) -> None:
    group = Approver(kind=ApproverKind.GROUP, tenant_id=CONTOSO, object_id=EXPENSES_APPROVERS, name="whatever")
    domain = Clause(attribute="guestDomain", values=("*.Bücher.Example.",))
    save(world.rt, new("Books", Stages(stages=(StageSpec(approvers=(group,)),)), clauses=(domain,)))
    rule = rules_of(world.rt)[0]
    assert rule.clauses[0].values == ("*.xn--bcher-kva.example",)
    assert isinstance(rule.outcome, Stages)
    assert rule.outcome.stages[0].approvers[0].name == "Expenses Approvers"


def test_edits_survive_being_kept(world: World) -> None:
    edits = (new("Finance", asks(BOB, LEE, quorum=2), clauses=(FINANCE,), band=Band.FIRST), Remove(rule_id="x"))
    assert edits_from_data(edits_to_data(edits)) == edits


def test_a_rule_that_is_gone_cannot_be_changed(world: World) -> None:
    save(world.rt, new("Finance"))
    gone = id_of(world.rt, "Finance")
    save(world.rt, Remove(rule_id=gone))
    with pytest.raises(NotFound):
        save(world.rt, Put(rule_id=gone, draft=draft("Again")))
