"""Causes that a comparison guesses from our own deliveries, sponsors, and what is under way at that moment."""

from sqlalchemy import select, update

from selfservice.model.base import new_id
from selfservice.model.delivery import Delivery, DeliveryState, DeliveryStep, StepState
from selfservice.model.drift import DriftFinding, DriftKind, DriftState
from selfservice.model.guest import Guest
from selfservice.model.mirror import DirectorySponsor, MirrorKind
from selfservice.model.package import AccessPackage, PackageState
from selfservice.model.sponsor import GuestSponsor
from selfservice.services import delivering, drift_mending, drifting
from selfservice.services.drift_keeping import check_of
from selfservice.store.transaction import reading, transaction
from tests.services.copying import copy_directory
from tests.services.drift.making import HOUR, compare, drop_role, end, enforce, finding, findings, hold
from tests.services.making import BOB, CONTOSO, CY, DEE, LEE, World


def test_a_delivery_that_failed_half_way_is_named_as_the_cause(world: World) -> None:
    held = hold(world)
    drop_role(world, held.object_id)
    with transaction(world.rt.sessions) as tx:
        tx.execute(update(DeliveryStep).values(state=StepState.FAILED, cause="The group is gone."))
    (found,) = compare(world)
    assert (found.kind, found.cause) == (
        DriftKind.MISSING_ROLE,
        "The delivery failed half-way: The group is gone.",
    )


def test_what_is_being_worked_on_is_neither_found_nor_closed(world: World) -> None:
    held = hold(world)
    end(world, held)
    (found,) = compare(world)
    copy_directory(world.rt)
    drift_mending.repair(world.rt, found.id, by=DEE, why="it has ended")
    (still,) = compare(world)
    assert (still.id, still.state) == (found.id, DriftState.MENDING)
    with transaction(world.rt.sessions) as tx:
        delivery = tx.get_one(Delivery, still.delivery_id)
        assert delivery.state is DeliveryState.WORKING
        assert still.seen_at == found.seen_at


def test_a_sponsor_whom_the_directory_does_not_name_is_found_until_it_does(world: World) -> None:
    held = hold(world)
    with transaction(world.rt.sessions) as tx:
        guest = tx.get_one(Guest, held.guest_id)
        tx.add(
            GuestSponsor(
                guest_id=guest.id,
                tenant_id=CONTOSO,
                object_id=BOB.object_id,
                name=BOB.name,
                since=world.rt.clock(),
            )
        )
    (found,) = compare(world)
    assert (found.kind, found.cause) == (
        DriftKind.SPONSOR_MISSING,
        "Bob Ray is not named as a sponsor in the directory.",
    )
    directory = copy_directory(world.rt)
    directory.sponsor_ids[held.object_id] = [LEE.object_id]
    with transaction(world.rt.sessions) as tx:
        tx.add(DirectorySponsor(tenant_id=CONTOSO, user_id=held.object_id, sponsor_id=LEE.object_id))
    drift_mending.repair(world.rt, found.id, by=DEE, why="Bob answers for Gus")
    while delivering.pump(world.rt, CONTOSO):
        pass
    assert set(directory.sponsor_ids[held.object_id]) == {BOB.object_id, LEE.object_id}
    with transaction(world.rt.sessions) as tx:
        tx.add(DirectorySponsor(tenant_id=CONTOSO, user_id=held.object_id, sponsor_id=BOB.object_id))
    assert compare(world) == []


def test_a_sponsor_from_home_who_is_not_known_there_is_no_difference(world: World) -> None:
    held = hold(world)
    with transaction(world.rt.sessions) as tx:
        sponsor = GuestSponsor(
            guest_id=held.guest_id, tenant_id=CY.tenant_id, object_id=CY.object_id, name=CY.name, since=world.rt.clock()
        )
        tx.add(sponsor)
    assert compare(world) == []


def test_a_part_that_was_never_read_is_left_out_and_said_so(world: World) -> None:
    end(world, hold(world))
    drifting.compare_due(world.rt)
    with transaction(world.rt.sessions) as tx:
        check = check_of(tx, CONTOSO)
        assert "members of groups" in check.left_out
    assert findings(world) == []


def test_a_tenant_is_compared_again_only_after_a_while(world: World) -> None:
    hold(world)
    compare(world)
    drifting.compare_due(world.rt)
    with transaction(world.rt.sessions) as tx:
        check = check_of(tx, CONTOSO)
        assert check.due_at == world.rt.clock() + world.rt.settings.intervals.mirror


def test_what_no_package_gives_any_more_is_not_looked_at_and_says_so(world: World) -> None:
    end(world, hold(world))
    (found,) = compare(world)
    with transaction(world.rt.sessions) as tx:
        tx.get_one(AccessPackage, world.expenses).state = PackageState.DRAFT
    assert compare(world) == []
    assert finding(world, found.id).closed_why == "No access package gives this any more, so it is not looked at."


def test_a_thousand_differences_are_kept_in_small_lots_and_closed_again(world: World) -> None:
    enforce(world)
    with transaction(world.rt.sessions) as tx:
        tx.add_all(_old(world) for _ in range(1100))
    assert len(findings(world)) == 1100
    assert compare(world, HOUR) == []
    with reading(world.rt.sessions) as tx:
        first = tx.scalars(select(DriftFinding.id)).first()
    assert finding(world, str(first)).closed_why == "It went by itself."


def _old(world: World) -> DriftFinding:
    at = world.rt.clock()
    return DriftFinding(
        id=new_id(),
        tenant_id=CONTOSO,
        kind=DriftKind.UNAPPROVED_ROLE,
        severity=0,
        part=MirrorKind.MEMBERS,
        fingerprint=new_id(),
        object_id=BOB.object_id,
        since=at,
        found_at=at,
        found_on=at.date(),
        seen_at=at,
    )
