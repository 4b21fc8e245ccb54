"""A tenant's rules go out as a file and come in as the edits that are needed, by names that the directory knows."""

import pytest

from selfservice.model.actor import Actor, ActorKind
from selfservice.model.group import Group
from selfservice.services.rules.editing import save
from selfservice.services.rules.edits import Edit, Move, Put, PutExample, Remove, RemoveExample
from selfservice.services.rules.text_values import TextUnreadable
from selfservice.services.rules.transferring import WrongTenant, export_book, plan_import
from selfservice.services.rules.trying import ExampleBroken
from selfservice.store.transaction import transaction
from tests.services.making import CONTOSO, WOODGROVE, World

OPERATOR = Actor(kind=ActorKind.SYSTEM, name="Dee Fox (command line)")

BOOK = """\
tenant: contoso
rules:
  first:
    # Since the audit.
    - name: Nobody from a competitor
      when:
        - guestDomain: [rival.example, "*.rival.example"]
      then:
        deny: We do not invite competitors.
  packages:
    Expenses:
      - name: Finance is trusted
        when:
          - homeTenant: fabrikam
          - department: Finance/*
          - days: at most 30
        then: automatic
      - name: The rest asks Bob
        then:
          stages:
            - approvers:
                - {person: Bob Ray, tenant: contoso}
                - {group: Expenses Approvers, tenant: contoso, quiet: true}
              quorum: 2
  last:
    - name: Everything else asks the owner
      then: {stages: [{approvers: [owner]}]}
examples:
  - name: Finance for a week
    facts: {package: Expenses, homeTenant: fabrikam, department: Finance, days: 7}
    then: automatic
"""


def bring_in(world: World, text: str) -> tuple[Edit, ...]:
    plan = plan_import(world.rt, CONTOSO, text)
    if plan.edits:
        save(world.rt, CONTOSO, plan.edits, by=OPERATOR, why="as the file says", seen_serial=plan.serial)
    return plan.edits


def test_a_file_comes_in_and_the_same_file_again_changes_nothing(world: World) -> None:
    assert [type(edit) for edit in bring_in(world, BOOK)] == [Put, Put, Put, Put, PutExample]
    assert bring_in(world, BOOK) == ()


def test_what_goes_out_comes_in_as_no_change(world: World) -> None:
    bring_in(world, BOOK)
    text = export_book(world.rt, CONTOSO)
    assert "# Since the audit." in text
    assert "person: Bob Ray" in text and "homeTenant: fabrikam" in text
    assert bring_in(world, text) == ()
    assert export_book(world.rt, CONTOSO) == text


def test_an_empty_book_goes_out_as_a_file_that_says_whose_it_is(world: World) -> None:
    assert "tenant: woodgrove" in export_book(world.rt, WOODGROVE)


def test_only_what_differs_is_edited(world: World) -> None:
    bring_in(world, BOOK)
    (edit,) = bring_in(world, BOOK.replace("at most 30", "at most 14"))
    assert isinstance(edit, Put) and edit.rule_id is not None and edit.draft.name == "Finance is trusted"
    assert "at most 14" in export_book(world.rt, CONTOSO)


def test_a_rule_that_stands_elsewhere_is_moved_and_nothing_else(world: World) -> None:
    book = BOOK[: BOOK.index("examples:")]
    bring_in(world, book)
    start, end = book.index("      - name: Finance is"), book.index("      - name: The rest")
    rest = book.index("  last:")
    turned = book[:start] + book[end:rest] + book[start:end] + book[rest:]
    (edit,) = bring_in(world, turned)
    assert isinstance(edit, Move)
    names = [line for line in export_book(world.rt, CONTOSO).splitlines() if "name: " in line]
    assert names.index("      - name: The rest asks Bob") < names.index("      - name: Finance is trusted")


def test_what_a_file_leaves_out_is_removed(world: World) -> None:
    bring_in(world, BOOK)
    edits = bring_in(world, "tenant: contoso\n")
    assert sorted(type(edit).__name__ for edit in edits) == ["Remove"] * 4 + ["RemoveExample"]
    assert Remove in map(type, edits) and RemoveExample in map(type, edits)


def test_the_file_of_another_tenant_is_refused(world: World) -> None:
    with pytest.raises(WrongTenant, match="woodgrove"):
        plan_import(world.rt, CONTOSO, "tenant: woodgrove\n")


def test_a_name_that_nothing_has_is_refused_with_its_line(world: World) -> None:
    with pytest.raises(TextUnreadable) as refusal:
        plan_import(world.rt, CONTOSO, BOOK.replace("person: Bob Ray", "person: Rob Bay"))
    assert refusal.value.cause.startswith("line 20: there is no person called `Rob Bay`")


def test_a_name_that_two_things_have_is_spelt_with_its_id(world: World) -> None:
    twin = "90000000-0000-4000-8000-0000000000ff"
    bring_in(world, BOOK)
    with transaction(world.rt.sessions) as tx:
        tx.add(Group(tenant_id=CONTOSO, object_id=twin, display_name="Expenses Approvers", security_enabled=True))
    with pytest.raises(TextUnreadable, match="fits no single group") as refusal:
        plan_import(world.rt, CONTOSO, BOOK)
    assert twin in refusal.value.cause
    text = export_book(world.rt, CONTOSO)
    assert "Expenses Approvers (90000000-0000-4000-8000-000000000002)" in text
    assert bring_in(world, text) == ()


def test_a_file_that_breaks_its_own_example_changes_nothing(world: World) -> None:
    bring_in(world, BOOK)
    before = export_book(world.rt, CONTOSO)
    with pytest.raises(ExampleBroken, match="Finance for a week"):
        bring_in(world, BOOK.replace("at most 30", "at most 3"))
    assert export_book(world.rt, CONTOSO) == before
