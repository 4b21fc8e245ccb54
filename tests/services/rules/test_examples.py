"""Examples that must stay true guard every change of the rules."""

from dataclasses import replace

import pytest

from selfservice.model.catalog import Catalog
from selfservice.model.package import AccessPackage
from selfservice.model.refusal import NotFound
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.outcome import BY_PACKAGE, Approver, ApproverKind, Automatic, Deny, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services.eligibility import TextRefused
from selfservice.services.overview.rules import book_page
from selfservice.services.rules.edits import ExampleDraft, Move, PutExample, Remove, RemoveExample
from selfservice.services.rules.examples import remove_example, save_example
from selfservice.services.rules.trying import ExampleBroken
from selfservice.store.transaction import transaction
from tests.services.making import BOB, CONTOSO, DEE, EXPENSES_APPROVERS, FABRIKAM, LEE, World
from tests.services.rules.writing import FINANCE, asks, draft, id_of, new, rules_of, save


def facts(world: World, department: str = "Finance") -> RuleFacts:
    return RuleFacts(resource_tenant=CONTOSO, package=world.expenses, home_tenant=FABRIKAM, department=department)


def automatic(world: World) -> ExampleDraft:
    return ExampleDraft(name="Finance waits for nobody", facts=facts(world), expected=Automatic())


def example_id(world: World) -> str:
    return book_page(world.rt, DEE).examples[0].example_id


def test_a_change_that_breaks_an_example_is_refused_with_what_was_expected_and_what_came_out(world: World) -> None:
    save(world.rt, new("Finance", clauses=(FINANCE,)))
    save_example(world.rt, CONTOSO, automatic(world), by=DEE)
    with pytest.raises(ExampleBroken) as refusal:
        save(world.rt, new("Closed", Deny(reason="Closed."), band=Band.FIRST))
    assert refusal.value.names == ("Finance waits for nobody",)
    assert "expected was automatic; now it is denied: Closed." in refusal.value.cause
    assert [rule.name for rule in rules_of(world.rt)] == ["Finance"]


def test_neither_removing_nor_moving_nor_switching_off_gets_around_an_example(world: World) -> None:
    save(world.rt, new("Finance", clauses=(FINANCE,)), new("Others", asks(BOB)))
    save_example(world.rt, CONTOSO, automatic(world), by=DEE)
    rule_id = id_of(world.rt, "Finance")
    off = replace(draft("Finance", clauses=(FINANCE,)), enabled=False)
    from_edits = (Remove(rule_id=rule_id), Move(rule_id=rule_id, position=2))
    for edit in from_edits:
        with pytest.raises(ExampleBroken):
            save(world.rt, edit)
    with pytest.raises(ExampleBroken):
        save(world.rt, replace(new("Finance"), rule_id=rule_id, draft=off))


def test_an_example_that_is_false_from_the_start_is_refused(world: World) -> None:
    with pytest.raises(ExampleBroken):
        save_example(world.rt, CONTOSO, automatic(world), by=DEE)
    assert book_page(world.rt, DEE).examples == ()


def test_rules_and_examples_can_change_together(world: World) -> None:
    save(world.rt, new("Finance", clauses=(FINANCE,)), PutExample(example_id=None, draft=automatic(world)))
    stricter = replace(automatic(world), expected=asks(BOB))
    save(
        world.rt,
        replace(new("Finance"), rule_id=id_of(world.rt, "Finance"), draft=draft("Finance", asks(BOB))),
        PutExample(example_id=example_id(world), draft=stricter),
    )
    (row,) = book_page(world.rt, DEE).examples
    assert (row.expected, row.came_out, row.holds) == ("Bob Ray, within 14 days", "Bob Ray, within 14 days", True)


def test_what_people_are_called_and_how_a_no_is_worded_breaks_no_example(world: World) -> None:
    group = Approver(kind=ApproverKind.GROUP, tenant_id=CONTOSO, object_id=EXPENSES_APPROVERS, name="as it was called")
    save(
        world.rt,
        new("Finance", Stages(stages=(StageSpec(approvers=(group,)),)), clauses=(FINANCE,)),
        new("Others", Deny(reason="Not for you.")),
    )
    named = replace(automatic(world), expected=Stages(stages=(StageSpec(approvers=(group,)),)))
    denied = replace(automatic(world), name="Sales", facts=facts(world, "Sales"), expected=Deny(reason="No."))
    save_example(world.rt, CONTOSO, named, by=DEE)
    save_example(world.rt, CONTOSO, denied, by=DEE)
    assert all(row.holds for row in book_page(world.rt, DEE).examples)


def test_an_example_of_another_tenants_package_or_without_a_name_is_refused(world: World) -> None:
    elsewhere = replace(facts(world), package=world.design)
    with pytest.raises(NotFound):
        save_example(world.rt, CONTOSO, replace(automatic(world), facts=elsewhere), by=DEE)
    with pytest.raises(TextRefused):
        save_example(world.rt, CONTOSO, replace(automatic(world), name=" ", expected=BY_PACKAGE), by=DEE)


def test_s22_an_owner_keeps_examples_of_their_package_and_no_others(world: World) -> None:
    mine = ExampleDraft(name="Mine", facts=facts(world), expected=BY_PACKAGE, scope_id=world.expenses)
    save_example(world.rt, CONTOSO, mine, by=BOB)
    of_the_tenant = replace(mine, name="Of the tenant", scope_id="")
    with pytest.raises(NotFound):
        save_example(world.rt, CONTOSO, of_the_tenant, by=BOB)
    save_example(world.rt, CONTOSO, of_the_tenant, by=DEE)
    ids = {row.name: row.example_id for row in book_page(world.rt, DEE).examples}
    for stranger in (BOB, LEE):
        with pytest.raises(NotFound):
            remove_example(world.rt, ids["Of the tenant"], by=stranger)
        with pytest.raises(NotFound):
            save_example(world.rt, CONTOSO, mine, by=stranger, example_id=ids["Of the tenant"])
    with pytest.raises(NotFound):
        remove_example(world.rt, ids["Mine"], by=LEE)
    remove_example(world.rt, ids["Mine"], by=BOB)
    assert [row.name for row in book_page(world.rt, DEE).examples] == ["Of the tenant"]
    assert book_page(world.rt, BOB).examples == ()


def test_an_example_that_is_gone_can_neither_be_changed_nor_removed(world: World) -> None:
    with pytest.raises(NotFound):
        remove_example(world.rt, "0" * 32, by=DEE)
    with pytest.raises(NotFound):
        save(world.rt, RemoveExample(example_id="0" * 32))


def test_an_example_is_about_the_catalog_that_its_package_is_in(world: World) -> None:
    catalog = Catalog(tenant_id=CONTOSO, name="Apps", created_at=world.rt.clock(), changed_at=world.rt.clock())
    with transaction(world.rt.sessions) as tx:
        tx.add(catalog)
        tx.flush()
        tx.get_one(AccessPackage, world.expenses).catalog_id = catalog.id
    save(world.rt, new("Of the catalog", band=Band.CATALOG, scope=catalog.id))
    save_example(world.rt, CONTOSO, automatic(world), by=DEE)
    (row,) = book_page(world.rt, DEE).examples
    assert row.holds
    assert ("catalog", "Apps") in row.facts
