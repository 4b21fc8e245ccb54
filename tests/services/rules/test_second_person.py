"""A change of rules that needs a second person: it waits, somebody else agrees, and both are on record."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from selfservice.model.actor import SYSTEM, Actor, Role
from selfservice.model.application import RoleHolder
from selfservice.model.audit import AuditEvent
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.person import Person
from selfservice.model.refusal import NotAllowed, NotFound, Stale
from selfservice.model.rulebook import ChangeState, RuleBook, RuleChange, RuleVersion
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.outcome import Automatic, Deny
from selfservice.model.rules.rule import Band
from selfservice.services.overview.rules import book_page
from selfservice.services.rules import editing
from selfservice.services.rules.edits import ExampleDraft, Move, Put
from selfservice.services.rules.examples import remove_example, save_example
from selfservice.services.rules.trying import ExampleBroken
from selfservice.store.transaction import reading, transaction
from tests.services.making import BOB, CONTOSO, DEE, FABRIKAM, LEE, World
from tests.services.rules.writing import FINANCE, asks, draft, id_of, new, rules_of, save

LEE_ADMIN = replace(LEE, roles=frozenset({Role.ADMIN}))


@pytest.fixture
def guarded(world: World) -> World:
    """Return a company in which changes of rules need a second person."""
    editing.set_second_person(world.rt, CONTOSO, by=DEE, on=True)
    return world


def proposed(world: World, by: Actor = DEE) -> str:
    change_id = save(world.rt, new("Finance", clauses=(FINANCE,)), by=by)
    assert change_id is not None
    return change_id


def state_of(world: World, change_id: str) -> ChangeState:
    with reading(world.rt.sessions) as tx:
        return tx.get_one(RuleChange, change_id).state


def test_a_change_waits_until_somebody_else_has_agreed(guarded: World) -> None:
    change_id = proposed(guarded)
    assert rules_of(guarded.rt) == ()
    editing.agree(guarded.rt, change_id, by=LEE_ADMIN)
    assert [rule.name for rule in rules_of(guarded.rt)] == ["Finance"]
    with reading(guarded.rt.sessions) as tx:
        version = tx.scalars(select(RuleVersion)).one()
        assert (version.changed_by, version.agreed_by_name) == (DEE.ref, "Lee Wu")
        actions = tx.scalars(select(AuditEvent.action).order_by(AuditEvent.number)).all()
    assert actions == ["rule.secondPerson", "rule.propose", "rule.create", "rule.agree"]


def test_s15_nobody_agrees_to_a_change_of_their_own(guarded: World) -> None:
    change_id = proposed(guarded)
    with pytest.raises(NotAllowed, match=r"Nobody agrees to a change of their own\."):
        editing.agree(guarded.rt, change_id, by=DEE)
    with pytest.raises(NotAllowed):
        editing.reject(guarded.rt, change_id, by=DEE, why="On second thoughts.")
    assert rules_of(guarded.rt) == ()


def test_s15_nor_under_a_second_identity_of_theirs(guarded: World) -> None:
    change_id = proposed(guarded)
    with transaction(guarded.rt.sessions) as tx:
        lee = tx.get_one(Person, (CONTOSO, LEE.object_id))
        lee.mail = lee.mail_key = "dee@contoso.example"
    with pytest.raises(NotAllowed):
        editing.agree(guarded.rt, change_id, by=LEE_ADMIN)


def test_s15_only_who_could_make_the_change_agrees_to_it(guarded: World) -> None:
    change_id = proposed(guarded)
    for stranger in (BOB, LEE, replace(LEE, roles=frozenset({Role.AUDITOR})), SYSTEM):
        with pytest.raises(NotFound):
            editing.agree(guarded.rt, change_id, by=stranger)
    assert state_of(guarded, change_id) is ChangeState.WAITING


def test_an_owners_change_is_agreed_to_by_an_admin(guarded: World) -> None:
    change_id = save(guarded.rt, new("Mine", band=Band.PACKAGE, scope=guarded.expenses), by=BOB)
    assert change_id is not None
    editing.agree(guarded.rt, change_id, by=DEE)
    assert [rule.name for rule in rules_of(guarded.rt)] == ["Mine"]


def test_a_change_that_was_decided_is_not_decided_again(guarded: World) -> None:
    change_id = proposed(guarded)
    editing.reject(guarded.rt, change_id, by=LEE_ADMIN, why="Too wide.")
    with pytest.raises(Stale, match=r"Lee Wu has decided"):
        editing.agree(guarded.rt, change_id, by=LEE_ADMIN)
    with pytest.raises(Stale):
        editing.withdraw_change(guarded.rt, change_id, by=DEE)
    assert (state_of(guarded, change_id), rules_of(guarded.rt)) == (ChangeState.REJECTED, ())


def test_only_the_proposer_takes_a_change_back(guarded: World) -> None:
    change_id = proposed(guarded)
    with pytest.raises(NotFound):
        editing.withdraw_change(guarded.rt, change_id, by=LEE_ADMIN)
    editing.withdraw_change(guarded.rt, change_id, by=DEE)
    assert state_of(guarded, change_id) is ChangeState.WITHDRAWN


def test_changes_of_different_rules_can_wait_side_by_side(guarded: World) -> None:
    first, second = proposed(guarded), save(guarded.rt, new("Others"))
    assert second is not None
    editing.agree(guarded.rt, first, by=LEE_ADMIN)
    editing.agree(guarded.rt, second, by=LEE_ADMIN)
    assert [rule.name for rule in rules_of(guarded.rt)] == ["Finance", "Others"]


def test_a_change_of_a_rule_that_was_changed_meanwhile_is_stale_and_says_by_whom(world: World) -> None:
    save(world.rt, new("Finance", clauses=(FINANCE,)))
    rule_id = id_of(world.rt, "Finance")
    editing.set_second_person(world.rt, CONTOSO, by=DEE, on=True)
    one = save(world.rt, Put(rule_id=rule_id, draft=draft("One", clauses=(FINANCE,))), by=LEE_ADMIN)
    other = save(world.rt, Put(rule_id=rule_id, draft=draft("Other", clauses=(FINANCE,))), by=DEE)
    moved = save(world.rt, new("First"), Move(rule_id=rule_id, position=2), by=DEE)
    assert one and other and moved
    editing.agree(world.rt, one, by=DEE)
    for late in (other, moved):
        with pytest.raises(Stale, match=r"Lee Wu changed the rule “One” meanwhile\."):
            editing.agree(world.rt, late, by=LEE_ADMIN)
    assert [rule.name for rule in rules_of(world.rt)] == ["One"]


def test_to_need_no_second_person_any_more_needs_a_second_person(guarded: World) -> None:
    change_id = editing.set_second_person(guarded.rt, CONTOSO, by=DEE, on=False)
    assert change_id is not None
    assert book_page(guarded.rt, DEE).second_person
    editing.agree(guarded.rt, change_id, by=LEE_ADMIN)
    assert not book_page(guarded.rt, DEE).second_person


def test_only_an_admin_says_whether_a_second_person_is_needed(world: World) -> None:
    for stranger in (BOB, LEE):
        with pytest.raises(NotFound):
            editing.set_second_person(world.rt, CONTOSO, by=stranger, on=True)
    with reading(world.rt.sessions) as tx:
        assert tx.get(RuleBook, CONTOSO) is None


def test_an_example_that_guards_the_rules_is_not_taken_away_by_one_person(guarded: World) -> None:
    facts = RuleFacts(resource_tenant=CONTOSO, package=guarded.expenses, home_tenant=FABRIKAM, department="Finance")
    rules = save(guarded.rt, new("Finance", clauses=(FINANCE,)))
    assert rules is not None
    editing.agree(guarded.rt, rules, by=LEE_ADMIN)
    draft_ = ExampleDraft(name="Finance is automatic", facts=facts, expected=Automatic())
    waiting = save_example(guarded.rt, CONTOSO, draft_, by=DEE)
    assert waiting is not None
    editing.agree(guarded.rt, waiting, by=LEE_ADMIN)
    example_id = book_page(guarded.rt, DEE).examples[0].example_id
    assert remove_example(guarded.rt, example_id, by=DEE) is not None
    assert len(book_page(guarded.rt, DEE).examples) == 1


def test_examples_guard_what_somebody_agrees_to_as_well(guarded: World) -> None:
    facts = RuleFacts(resource_tenant=CONTOSO, package=guarded.expenses, home_tenant=FABRIKAM, department="Finance")
    denied = save(guarded.rt, new("Nobody", Deny(reason="Closed."), band=Band.FIRST))
    automatic = save(guarded.rt, new("Finance", clauses=(FINANCE,)))
    assert denied and automatic
    editing.agree(guarded.rt, automatic, by=LEE_ADMIN)
    draft_ = ExampleDraft(name="Finance is automatic", facts=facts, expected=Automatic())
    example = save_example(guarded.rt, CONTOSO, draft_, by=DEE)
    assert example
    editing.agree(guarded.rt, example, by=LEE_ADMIN)
    with pytest.raises(ExampleBroken, match="Finance is automatic"):
        editing.agree(guarded.rt, denied, by=LEE_ADMIN)
    assert state_of(guarded, denied) is ChangeState.WAITING


def test_a_waiting_change_is_shown_in_words_to_those_who_may_decide_about_it(guarded: World) -> None:
    save(guarded.rt, new("Finance", asks(BOB), clauses=(FINANCE,)), why="The auditors asked for it.")
    (mine,) = book_page(guarded.rt, DEE).changes
    (theirs,) = book_page(guarded.rt, LEE_ADMIN).changes
    assert (mine.can_agree, mine.can_withdraw) == (False, True)
    assert (theirs.can_agree, theirs.can_withdraw) == (True, False)
    assert theirs.edits == (
        "Add the rule “Finance” (Contoso, last): When department is Finance: Bob Ray, within 14 days.",
    )
    assert book_page(guarded.rt, BOB).changes == ()


def test_the_other_admins_are_told_that_a_change_waits_for_them(guarded: World) -> None:
    with transaction(guarded.rt.sessions) as tx:
        tx.add_all(RoleHolder(tenant_id=CONTOSO, object_id=each.object_id, role="Admin") for each in (DEE, LEE))
    proposed(guarded)
    with reading(guarded.rt.sessions) as tx:
        mails = tx.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.RULE_CHANGE_WANTED)).all()
    assert [mail.to_address for mail in mails] == ["lee@contoso.example"]
