"""What a change of rules would do is said before it is saved, and nothing is changed by asking."""

from dataclasses import replace
from datetime import timedelta

import pytest

from selfservice.model.refusal import NotFound
from selfservice.model.rules.facts import RuleFacts
from selfservice.model.rules.outcome import Approver, ApproverKind, Automatic, Deny, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services.overview.rule_rows import ChangePreview
from selfservice.services.requesting import Ask, submit
from selfservice.services.rules.edits import Edit, ExampleDraft, Remove
from selfservice.services.rules.examples import save_example
from selfservice.services.rules.previewing import preview
from tests.services.making import ANN, BOB, CONTOSO, DEE, EXPENSES_APPROVERS, FABRIKAM, LEE, TIER_0, World
from tests.services.rules.writing import FINANCE, asks, id_of, new, rules_of, save, serial_of


def shown(world: World, *edits: Edit) -> ChangePreview:
    return preview(world.rt, CONTOSO, edits, by=DEE)


def group(object_id: str, *, quiet: bool = False) -> Stages:
    approver = Approver(kind=ApproverKind.GROUP, tenant_id=CONTOSO, object_id=object_id, quiet=quiet)
    return Stages(stages=(StageSpec(approvers=(approver,)),))


def facts(world: World) -> RuleFacts:
    return RuleFacts(
        resource_tenant=CONTOSO, package=world.expenses, home_tenant=FABRIKAM, department="Finance", days=7
    )


def ask(world: World) -> str:
    return submit(
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


def test_a_preview_changes_nothing(world: World) -> None:
    save(world.rt, new("Finance", clauses=(FINANCE,)))
    before = (serial_of(world.rt), rules_of(world.rt))
    assert shown(world, new("All", Deny(reason="No.")), Remove(rule_id=id_of(world.rt, "Finance"))).readable
    assert (serial_of(world.rt), rules_of(world.rt)) == before


def test_what_cannot_be_read_is_a_problem_and_no_error(world: World) -> None:
    page = shown(world, new(""))
    assert (page.readable, page.problem) == (False, "A rule has no name.")


def test_it_says_how_many_people_would_be_mailed(world: World) -> None:
    assert shown(world, new("Approvers", group(EXPENSES_APPROVERS))).mails_people == 2
    assert shown(world, new("Quiet", group(EXPENSES_APPROVERS, quiet=True))).mails_people == 0
    both = (new("Approvers", group(EXPENSES_APPROVERS)), new("Lee", asks(LEE, DEE)))
    assert shown(world, *both).mails_people == 3


def test_it_names_the_packages_about_which_nobody_could_decide(world: World) -> None:
    page = shown(world, new("Into nowhere", group(TIER_0)))
    assert page.stuck_packages == ("Expenses",)
    assert page.findings == ("“Into nowhere”: Nobody who could decide is left in one of its stages.",)


def test_it_answers_the_examples_and_names_those_that_break(world: World) -> None:
    save(world.rt, new("Finance", clauses=(FINANCE,)))
    draft = ExampleDraft(name="A week for Finance", facts=facts(world), expected=Automatic())
    save_example(world.rt, CONTOSO, draft, by=DEE)
    page = shown(world, new("Nobody", Deny(reason="Closed."), band=Band.FIRST))
    assert [(row.name, row.expected, row.came_out) for row in page.broken_examples] == [
        ("A week for Finance", "automatic", "denied: Closed.")
    ]
    assert shown(world, new("Others", asks(BOB))).examples_held == 1


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Automatic(), "now automatic"),
        (Deny(reason="Closed."), "now denied"),
        (asks(BOB), "other approvers"),
        (group(TIER_0), "now stuck"),
    ],
)
def test_it_names_the_pending_requests_that_would_go_another_way(world: World, outcome: Stages, kind: str) -> None:
    request_id = ask(world)
    page = shown(world, new("Changed", outcome, clauses=(FINANCE,)))
    assert [(row.request_id, row.kind, row.before) for row in page.pending_moved] == [
        (request_id, kind, "the approvers of the access package, within 14 days")
    ]
    assert page.pending_total == 1


def test_a_pending_request_that_no_changed_rule_is_about_is_not_named(world: World) -> None:
    ask(world)
    other = replace(FINANCE, values=("Legal",))
    page = shown(world, new("Legal", clauses=(other,)))
    assert (page.pending_moved, page.pending_total) == ((), 1)


def test_an_owner_cannot_try_rules_that_are_not_theirs(world: World) -> None:
    with pytest.raises(NotFound):
        preview(world.rt, CONTOSO, [new("All")], by=BOB)
    mine = preview(world.rt, CONTOSO, [new("Mine", band=Band.PACKAGE, scope=world.expenses)], by=BOB)
    assert mine.readable
