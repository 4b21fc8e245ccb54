"""Requests that wait for nobody, and packages about which nobody could decide, are found."""

from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from structlog.testing import LogCapture

from selfservice.model.actor import Actor
from selfservice.model.group import GroupMembership
from selfservice.model.package import AccessPackage
from selfservice.model.person import Person
from selfservice.model.rules.outcome import Approver, ApproverKind, Stages, StageSpec
from selfservice.model.rules.rule import Band
from selfservice.services.overview.rules import book_page
from selfservice.services.requesting import Ask, submit
from selfservice.services.rules.edits import Put
from selfservice.services.rules.stuck import stuck_requests, warn_of_stuck_requests
from selfservice.store.transaction import reading, transaction
from tests.services.making import ANN, BOB, CONTOSO, CY, DEE, EXPENSES_APPROVERS, LEE, World
from tests.services.rules.writing import asks, draft, id_of, new, save


def ask(world: World, *, by: Actor = ANN, guest: str = "") -> str:
    return submit(
        world.rt,
        Ask(
            form_key=guest or by.name,
            package_id=world.expenses,
            for_self=not guest,
            guest_address=guest,
            guest_name="Gus",
            justification="Month end",
            ends_on=world.rt.clock().date() + timedelta(days=30),
        ),
        by=by,
    )


def leave(world: World, *people: Actor) -> None:
    with transaction(world.rt.sessions) as tx:
        for person in people:
            tx.get_one(Person, (person.tenant_id, person.object_id)).enabled = False


def stuck(world: World) -> list[str]:
    with reading(world.rt.sessions) as tx:
        return [each.request_id for each in stuck_requests(tx, world.rt, CONTOSO)]


def asked_again(world: World) -> list[str]:
    with reading(world.rt.sessions) as tx:
        return [each.request_id for each in stuck_requests(tx, world.rt, CONTOSO, thorough=True)]


def test_a_request_whose_approvers_have_all_left_is_found(world: World) -> None:
    request_id = ask(world)
    assert stuck(world) == []
    leave(world, BOB)
    assert stuck(world) == []
    leave(world, LEE)
    assert stuck(world) == [request_id]
    assert book_page(world.rt, DEE).stuck_requests == ((request_id, "Expenses for Ann Lee"),)


def test_a_request_whose_approvers_have_left_their_group_is_found(world: World) -> None:
    request_id = ask(world)
    with transaction(world.rt.sessions) as tx:
        for member in (BOB, LEE):
            tx.delete(tx.get_one(GroupMembership, (CONTOSO, EXPENSES_APPROVERS, member.object_id)))
    assert stuck(world) == [request_id]


def test_a_request_that_needs_more_approvers_than_are_left_is_found(world: World) -> None:
    save(world.rt, new("Both", asks(BOB, LEE, quorum=2)))
    request_id = ask(world)
    leave(world, LEE)
    assert stuck(world) == [request_id]


def test_a_request_that_waits_for_a_manager_who_is_gone_is_found(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        ann = tx.get_one(Person, (ANN.tenant_id, ANN.object_id))
        cy = tx.get_one(Person, (CY.tenant_id, CY.object_id))
        ann.manager_id = cy.object_id
    manager = Approver(kind=ApproverKind.MANAGER)
    save(world.rt, new("Manager", Stages(stages=(StageSpec(approvers=(manager,)),))))
    request_id = ask(world)
    assert stuck(world) == []
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (ANN.tenant_id, ANN.object_id)).manager_id = None
    assert stuck(world) == [request_id]


def test_the_worker_warns_of_requests_that_wait_for_nobody(world: World) -> None:
    logs = LogCapture()
    request_id = ask(world)
    leave(world, BOB, LEE)
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[logs])
    try:
        assert warn_of_stuck_requests(world.rt) == 1
    finally:
        structlog.configure(processors=before)
    assert [(entry["event"], entry["requests"]) for entry in logs.entries] == [
        ("requests wait for nobody", [request_id])
    ]


def test_a_thorough_look_finds_a_request_whose_only_approver_changed_its_rule(world: World) -> None:
    save(world.rt, new("Bob", asks(BOB), band=Band.PACKAGE, scope=world.expenses))
    request_id = ask(world)
    changed = draft("Bob", asks(BOB), band=Band.PACKAGE, scope=world.expenses)
    save(world.rt, Put(rule_id=id_of(world.rt, "Bob"), draft=replace(changed, note="Mine.")), by=BOB)
    assert stuck(world) == []
    assert warn_of_stuck_requests(world.rt) == 1
    assert asked_again(world) == [request_id]


@pytest.mark.parametrize(("tags", "names"), [([], ()), (["sensitive"], ("Expenses",))])
def test_a_package_that_only_its_tags_make_undecidable_is_named(
    world: World, tags: list[str], names: tuple[str, ...]
) -> None:
    with transaction(world.rt.sessions) as tx:
        package = tx.get_one(AccessPackage, world.expenses)
        package.tags = tags
    leave(world, LEE)
    assert book_page(world.rt, DEE).stuck_packages == names
