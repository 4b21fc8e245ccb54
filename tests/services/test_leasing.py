"""Leases: of many workers one gets the work, and who has lost a lease is told so."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from selfservice.services import leasing
from selfservice.store.transaction import reading, transaction
from tests.services.making import START, HandClock, World

MINUTE = timedelta(minutes=1)


def clock_of(world: World) -> HandClock:
    assert isinstance(world.rt.clock, HandClock)
    return world.rt.clock


def test_of_many_workers_exactly_one_gets_a_lease_that_nobody_ever_held(world: World) -> None:
    with ThreadPoolExecutor(8) as workers:
        fences = list(workers.map(lambda _n: leasing.claim(world.rt, "pump:a", for_=MINUTE), range(16)))
    assert len([fence for fence in fences if fence is not None]) == 1


def test_of_many_workers_exactly_one_gets_a_lease_that_ran_out(world: World) -> None:
    leasing.claim(world.rt, "pump:a", for_=MINUTE)
    clock_of(world).forward(MINUTE)
    with ThreadPoolExecutor(8) as workers:
        fences = list(workers.map(lambda _n: leasing.claim(world.rt, "pump:a", for_=MINUTE), range(16)))
    assert len([fence for fence in fences if fence is not None]) == 1


def test_leases_of_different_names_do_not_disturb_each_other(world: World) -> None:
    assert leasing.claim(world.rt, "pump:a", for_=MINUTE)
    assert leasing.claim(world.rt, "pump:b", for_=MINUTE)


def test_a_lease_that_is_renewed_stays_with_its_holder(world: World) -> None:
    fence = leasing.claim(world.rt, "mail", for_=MINUTE)
    assert fence is not None
    clock_of(world).forward(MINUTE / 2)
    assert leasing.renew(world.rt, "mail", fence, for_=MINUTE)
    clock_of(world).forward(MINUTE / 2 + timedelta(seconds=1))
    assert leasing.claim(world.rt, "mail", for_=MINUTE) is None


def test_a_late_holder_can_neither_renew_nor_give_back_what_another_one_has(world: World) -> None:
    late = leasing.claim(world.rt, "mail", for_=MINUTE)
    assert late is not None
    clock_of(world).forward(MINUTE)
    present = leasing.claim(world.rt, "mail", for_=MINUTE)
    assert present is not None
    assert not leasing.renew(world.rt, "mail", late, for_=MINUTE)
    leasing.release(world.rt, "mail", late)
    assert leasing.renew(world.rt, "mail", present, for_=MINUTE)


def test_a_lease_that_was_given_back_is_free_at_once_and_lost_to_who_had_it(world: World) -> None:
    fence = leasing.claim(world.rt, "mail", for_=MINUTE)
    assert fence is not None
    leasing.release(world.rt, "mail", fence)
    assert not leasing.renew(world.rt, "mail", fence, for_=MINUTE)
    assert leasing.claim(world.rt, "mail", for_=MINUTE)


def test_a_revoked_lease_is_lost_to_its_holder_and_free_for_all(world: World) -> None:
    fence = leasing.claim(world.rt, "pump:a", for_=MINUTE)
    assert fence is not None
    leasing.revoke(world.rt, "pump:a")
    assert not leasing.renew(world.rt, "pump:a", fence, for_=MINUTE)
    assert leasing.claim(world.rt, "pump:a", for_=MINUTE)


def test_a_hold_keeps_everybody_out_until_its_time_and_is_never_shortened(world: World) -> None:
    with transaction(world.rt.sessions) as tx:
        leasing.hold(tx, "pause:a", until=START + MINUTE)
    with transaction(world.rt.sessions) as tx:
        leasing.hold(tx, "pause:a", until=START + timedelta(seconds=1))
    with reading(world.rt.sessions) as tx:
        assert leasing.is_held(tx, "pause:a", at=START + timedelta(seconds=59))
        assert not leasing.is_held(tx, "pause:a", at=START + MINUTE)
        assert not leasing.is_held(tx, "pause:b", at=START)


def test_a_hold_can_be_lengthened(world: World) -> None:
    for seconds in (1, 60):
        with transaction(world.rt.sessions) as tx:
            leasing.hold(tx, "pause:a", until=START + timedelta(seconds=seconds))
    with reading(world.rt.sessions) as tx:
        assert leasing.is_held(tx, "pause:a", at=START + timedelta(seconds=59))
