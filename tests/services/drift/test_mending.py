"""What is done about a finding: by itself where that is safe, else by an admin with one click."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from selfservice.model.assignment import Assignment, AssignmentState
from selfservice.model.audit import AuditEvent
from selfservice.model.delivery import DeliveryKind
from selfservice.model.drift import DriftFinding, DriftKind, DriftState
from selfservice.model.guest import Guest
from selfservice.model.proposal import Proposal, ProposalState
from selfservice.model.refusal import NotAllowed, NotFound
from selfservice.model.request import AccessRequest, RequestState
from selfservice.services import agreeing, delivering, drift_adopting, drift_mending, drifting
from selfservice.services.drift_adopting import Adoption
from selfservice.services.drift_keeping import check_of
from selfservice.store.transaction import reading, transaction
from tests.services.copying import copy_directory
from tests.services.drift.making import (
    DAY,
    Held,
    compare,
    deliveries,
    drop_role,
    end,
    enforce,
    finding,
    guest_there,
    hold,
    put_role,
)
from tests.services.making import BOB, CONTOSO, DEE, EVE, EXPENSES_USERS, WES, World
from tests.services.mirror_steps import later

UNTIL = date(2027, 2, 1)


def pump(world: World) -> None:
    while delivering.pump(world.rt, CONTOSO):
        pass


def alive(world: World) -> tuple[Held, DriftFinding]:
    held = hold(world)
    end(world, held)
    (found,) = compare(world)
    return held, found


def unapproved(world: World, number: int = 1) -> DriftFinding:
    put_role(world, guest_there(world, number).object_id)
    (found,) = compare(world)
    return found


def test_expired_here_but_alive_there_is_taken_away_by_itself_and_closed(world: World) -> None:
    enforce(world)
    held = hold(world)
    end(world, held)
    directory = copy_directory(world.rt)
    (found,) = compare(world)
    assert (found.kind, found.state) == (DriftKind.ALIVE_AFTER_END, DriftState.MENDING)
    pump(world)
    assert held.object_id not in directory.members_of(EXPENSES_USERS)
    drop_role(world, held.object_id)
    assert compare(world) == []
    gone = finding(world, found.id)
    assert (gone.state, gone.closed_why) == (DriftState.CLOSED, "It was put right.")
    with reading(world.rt.sessions) as tx:
        told = tx.scalars(select(AuditEvent.action).where(AuditEvent.object_id == found.id).order_by(AuditEvent.number))
        assert list(told) == ["drift.found", "drift.revoke", "drift.close"]


def test_a_tenant_that_only_reports_keeps_it_until_somebody_says_so(world: World) -> None:
    held, found = alive(world)
    assert found.state is DriftState.OPEN
    assert deliveries(world) == []
    directory = copy_directory(world.rt)
    drift_mending.repair(world.rt, found.id, by=DEE, why="ended in January")
    pump(world)
    assert held.object_id not in directory.members_of(EXPENSES_USERS)


def test_what_somebody_puts_back_again_and_again_is_left_to_a_person(world: World) -> None:
    enforce(world)
    held = hold(world)
    end(world, held)
    directory = copy_directory(world.rt)
    for _ in range(5):
        put_role(world, held.object_id)
        directory.members[EXPENSES_USERS].add(held.object_id)
        compare(world)
        pump(world)
        drop_role(world, held.object_id)
        compare(world)
    assert len(deliveries(world)) == 3


def test_nothing_is_taken_away_while_access_is_being_given(world: World) -> None:
    enforce(world)
    held = hold(world)
    end(world, held)
    with transaction(world.rt.sessions) as tx:
        tx.scalars(select(AccessRequest)).one().state = RequestState.DELIVERING
    (found,) = compare(world)
    assert (found.state, deliveries(world)) == (DriftState.OPEN, [])
    with pytest.raises(NotAllowed):
        drift_mending.repair(world.rt, found.id, by=DEE, why="ended in January")


def test_what_was_ordered_and_did_not_end_it_waits_for_somebody_again(world: World) -> None:
    _held, found = alive(world)
    copy_directory(world.rt)
    drift_mending.repair(world.rt, found.id, by=DEE, why="ended in January")
    pump(world)
    (again,) = compare(world)
    assert (again.id, again.state) == (found.id, DriftState.OPEN)


def test_a_missing_role_is_given_again(world: World) -> None:
    held = hold(world)
    drop_role(world, held.object_id)
    directory = copy_directory(world.rt)
    (found,) = compare(world)
    drift_mending.repair(world.rt, found.id, by=DEE, why="still needed")
    pump(world)
    assert held.object_id in directory.members_of(EXPENSES_USERS)
    put_role(world, held.object_id)
    assert compare(world) == []


def test_a_missing_role_can_be_agreed_with_by_ending_the_access_here(world: World) -> None:
    held = hold(world)
    drop_role(world, held.object_id)
    copy_directory(world.rt)
    (found,) = compare(world)
    drift_mending.revoke(world.rt, found.id, by=DEE, why="their admin took it away, rightly")
    pump(world)
    with reading(world.rt.sessions) as tx:
        assert tx.get_one(Assignment, held.assignment_id).state is AssignmentState.ENDED
    assert compare(world) == []


def test_s29_a_role_that_we_did_not_give_is_not_taken_from_a_guest_who_is_not_ours(world: World) -> None:
    found = unapproved(world)
    with pytest.raises(NotAllowed):
        drift_mending.revoke(world.rt, found.id, by=DEE, why="who is that?")
    assert deliveries(world) == []


def test_a_difference_is_accepted_until_a_day_and_comes_back(world: World) -> None:
    found = unapproved(world)
    drift_mending.accept(world.rt, found.id, date(2027, 1, 12), by=DEE, why="an audit needs it")
    (kept,) = compare(world, DAY)
    assert (kept.state, kept.reason) == (DriftState.ACCEPTED, "an audit needs it")
    (back,) = compare(world, 2 * DAY)
    assert (back.id, back.state) == (found.id, DriftState.OPEN)


@pytest.mark.parametrize("until", [date(2027, 1, 10), date(2028, 6, 1)])
def test_nothing_is_accepted_for_good(world: World, until: date) -> None:
    found = unapproved(world)
    with pytest.raises(NotAllowed):
        drift_mending.accept(world.rt, found.id, until, by=DEE, why="for ever")


def test_an_owner_adopts_what_was_found_and_it_is_an_access_with_an_end(world: World) -> None:
    found = unapproved(world)
    directory = copy_directory(world.rt)
    adoption = Adoption(package_id=world.expenses, ends_on=UNTIL, why="needed since spring")
    proposal_id = drift_adopting.adopt(world.rt, found.id, adoption, by=DEE)
    with reading(world.rt.sessions) as tx:
        proposal = tx.get_one(Proposal, proposal_id)
        assert [each.name for each in proposal.asked] == [BOB.name]
    agreeing.accept(world.rt, proposal_id, by=BOB)
    pump(world)
    with reading(world.rt.sessions) as tx:
        request = tx.scalars(select(AccessRequest)).one()
        access = tx.scalars(select(Assignment)).one()
        guest = tx.get_one(Guest, access.guest_id)
        assert request.state is RequestState.DELIVERED
        assert (access.ends_on, access.state, guest.managed) == (UNTIL, AssignmentState.ACTIVE, False)
    assert found.object_id in directory.members_of(EXPENSES_USERS)
    assert compare(world) == []


def test_what_the_owner_declines_waits_for_the_admin_again(world: World) -> None:
    found = unapproved(world)
    adoption = Adoption(package_id=world.expenses, ends_on=UNTIL, why="needed since spring")
    proposal_id = drift_adopting.adopt(world.rt, found.id, adoption, by=DEE)
    agreeing.decline(world.rt, proposal_id, by=BOB, why="I know nobody of this name")
    with reading(world.rt.sessions) as tx:
        assert tx.get_one(Proposal, proposal_id).state is ProposalState.DECLINED
    (again,) = compare(world)
    assert (again.id, again.state) == (found.id, DriftState.OPEN)


def test_nothing_is_ordered_twice(world: World) -> None:
    _held, found = alive(world)
    drift_mending.repair(world.rt, found.id, by=DEE, why="ended")
    with pytest.raises(NotAllowed):
        drift_mending.repair(world.rt, found.id, by=DEE, why="ended")
    assert len(deliveries(world, DeliveryKind.REPAIR)) == 1


def test_s23_nobody_but_an_admin_of_the_tenant_touches_its_findings(world: World) -> None:
    _held, found = alive(world)
    adoption = Adoption(package_id=world.expenses, ends_on=UNTIL, why="mine")
    for stranger in (WES, EVE, BOB):
        with pytest.raises(NotFound):
            drift_mending.repair(world.rt, found.id, by=stranger, why="mine")
        with pytest.raises(NotFound):
            drift_mending.revoke(world.rt, found.id, by=stranger, why="mine")
        with pytest.raises(NotFound):
            drift_mending.accept(world.rt, found.id, UNTIL, by=stranger, why="mine")
        with pytest.raises(NotFound):
            drift_adopting.adopt(world.rt, found.id, adoption, by=stranger)
        with pytest.raises(NotFound):
            drifting.compare_now(world.rt, CONTOSO, by=stranger)
    assert finding(world, found.id).state is DriftState.OPEN


def test_a_comparison_that_was_asked_for_waits_for_the_mirror(world: World) -> None:
    hold(world)
    compare(world)
    later(world, timedelta(seconds=10))
    drifting.compare_now(world.rt, CONTOSO, by=DEE)
    drifting.compare_due(world.rt)
    with reading(world.rt.sessions) as tx:
        assert check_of(tx, CONTOSO).asked_at is not None
    compare(world, timedelta(seconds=10))
    with transaction(world.rt.sessions) as tx:
        check = check_of(tx, CONTOSO)
        assert (check.asked_at, check.compared_at) == (None, world.rt.clock())
