"""What the rule workshop shows, and to whom."""

from dataclasses import replace

import pytest

from selfservice.model.actor import Actor, Role
from selfservice.model.group import GroupMembership
from selfservice.model.refusal import NotFound
from selfservice.model.rules.clause import Clause, Operator
from selfservice.model.rules.outcome import Approver, ApproverKind, Deny, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services.overview.rules import book_page, edit_page
from selfservice.services.rules.edits import Put
from selfservice.store.transaction import transaction
from tests.services.making import ANN, BOB, CONTOSO, DEE, EXPENSES_APPROVERS, FABRIKAM, LEE, TIER_0, World
from tests.services.rules.writing import FINANCE, asks, draft, id_of, new, save

AUDITOR = replace(LEE, roles=frozenset({Role.AUDITOR}))


def test_an_admin_reads_every_rule_as_a_sentence(world: World) -> None:
    short = Clause(attribute="days", operator=Operator.AT_MOST, number=30)
    save(world.rt, new("Short stays", clauses=(FINANCE, short)), new("Nobody else", Deny(reason="Ask Bob first.")))
    page = book_page(world.rt, DEE)
    assert [(row.number, row.name, row.whose, row.when, row.then) for row in page.rules] == [
        (
            1,
            "Short stays",
            "Contoso, last",
            ("department is Finance", "length of access is at most 30 days"),
            "automatic",
        ),
        (2, "Nobody else", "Contoso, last", (), "denied: Ask Bob first."),
    ]
    assert (page.serial, page.can_administer, page.rules[0].changed_by) == (1, True, "Dee Fox")


def test_an_owner_reads_the_rules_of_what_they_own_and_no_others(world: World) -> None:
    save(world.rt, new("Mine", band=Band.PACKAGE, scope=world.expenses), new("Of the admins", band=Band.FIRST))
    page = book_page(world.rt, BOB)
    assert [(row.name, row.whose, row.can_edit) for row in page.rules] == [("Mine", "Expenses", True)]
    assert page.scopes == ((world.expenses, "Expenses"),)
    assert not page.can_administer


def test_an_auditor_reads_all_rules_and_writes_none(world: World) -> None:
    save(world.rt, new("First", band=Band.FIRST), new("Mine", band=Band.PACKAGE, scope=world.expenses))
    page = book_page(world.rt, AUDITOR)
    assert [(row.name, row.can_edit) for row in page.rules] == [("First", False), ("Mine", False)]
    assert page.scopes == ()
    assert not edit_page(world.rt, AUDITOR, id_of(world.rt, "First")).can_edit


@pytest.mark.parametrize("stranger", [LEE, ANN], ids=["a colleague", "somebody of another tenant"])
def test_whoever_keeps_nothing_finds_no_book(world: World, stranger: Actor) -> None:
    with pytest.raises(NotFound):
        book_page(world.rt, stranger)


def test_a_rule_and_a_package_that_nobody_could_decide_about_are_named(world: World) -> None:
    empty = Approver(kind=ApproverKind.GROUP, tenant_id=CONTOSO, object_id=TIER_0)
    save(world.rt, new("Into nowhere", Stages(stages=(StageSpec(approvers=(empty,)),))))
    page = book_page(world.rt, DEE)
    assert page.rules[0].findings == ("Nobody who could decide is left in one of its stages.",)
    assert page.stuck_packages == ("Expenses",)


def test_a_rule_that_never_decides_is_named_with_the_one_that_takes_its_requests(world: World) -> None:
    less = Clause(attribute="days", operator=Operator.AT_MOST, number=5)
    more = Clause(attribute="days", operator=Operator.AT_LEAST, number=10)
    save(world.rt, new("All"), new("Finance", clauses=(FINANCE,)), new("Neither", clauses=(less, more)))
    assert [(row.name, row.findings) for row in book_page(world.rt, DEE).rules] == [
        ("All", ()),
        ("Finance", ("It never decides: “All” before it takes every such request.",)),
        ("Neither", ("It never decides: what it asks contradicts itself.",)),
    ]


def test_an_owner_is_not_told_the_name_of_a_rule_that_they_may_not_see(world: World) -> None:
    save(world.rt, new("Secret", band=Band.FIRST), new("Mine", band=Band.PACKAGE, scope=world.expenses))
    (row,) = book_page(world.rt, BOB).rules
    assert row.findings == ("It never decides: another rule before it takes every such request.",)


def test_a_package_whose_approvers_have_all_left_their_group_is_named(world: World) -> None:
    assert book_page(world.rt, DEE).stuck_packages == ()
    with transaction(world.rt.sessions) as tx:
        for member in (BOB, LEE):
            tx.delete(tx.get_one(GroupMembership, (CONTOSO, EXPENSES_APPROVERS, member.object_id)))
    assert book_page(world.rt, DEE).stuck_packages == ("Expenses",)


def test_the_form_offers_what_a_rule_may_ask_and_keeps_every_version(world: World) -> None:
    save(world.rt, new("Finance", clauses=(FINANCE,)), why="For the auditors.")
    rule_id = id_of(world.rt, "Finance")
    save(world.rt, Put(rule_id=rule_id, draft=draft("Finance", asks(BOB), clauses=(FINANCE,))), why="Too easy.")
    page = edit_page(world.rt, DEE, rule_id)
    assert page.when == ({"attribute": "department", "anyOf": ["Finance"]},)
    assert [(each.version, each.then, each.why) for each in page.versions] == [
        (2, "Bob Ray, within 14 days", "Too easy."),
        (1, "automatic", "For the auditors."),
    ]
    assert [option.label for option in page.options["package"]] == ["Expenses"]
    assert f"{CONTOSO}/{EXPENSES_APPROVERS}" in [option.value for option in page.groups]
    assert page.options["risk"][3].label == "high"


def test_an_owner_chooses_among_people_of_their_own_tenant_only(world: World) -> None:
    mine = {option.value.split("/")[0] for option in edit_page(world.rt, BOB, scope_id=world.expenses).people}
    everybody = {option.value.split("/")[0] for option in edit_page(world.rt, DEE).people}
    assert mine == {CONTOSO}
    assert everybody == {CONTOSO, FABRIKAM}  # and nobody of another resource tenant (S23)


def test_the_form_of_another_owners_package_looks_absent(world: World) -> None:
    with pytest.raises(NotFound):
        edit_page(world.rt, BOB, scope_id=world.design)
    with pytest.raises(NotFound):
        edit_page(world.rt, BOB)
