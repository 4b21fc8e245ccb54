"""S61: whether somebody is a guest is told to whoever asks for them, and not for a list of addresses."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from selfservice.model.crossing.finding import Level
from selfservice.model.policy import QuotaUse
from selfservice.model.refusal import NotFound
from selfservice.services.preflight.discretion import MOST_AN_HOUR, may_tell
from selfservice.services.requesting import submit
from selfservice.store.transaction import reading
from tests.services.making import ANN, CY, LEE, HandClock, World, make_runtime
from tests.services.preflight.asking import card_of, invite, know, make_ask, texts
from tests.services.preflight.test_card import put_guest

KNOWN, UNKNOWN = "gus@partner.example", "nobody@partner.example"


def look_at_many(world: World, number: int = MOST_AN_HOUR) -> None:
    assert all(may_tell(world.rt, f"g{each}@partner.example", by=ANN) for each in range(number))


def later(world: World, **how_long: float) -> None:
    assert isinstance(world.rt.clock, HandClock)
    world.rt.clock.forward(timedelta(**how_long))


def test_s61_after_so_many_addresses_known_and_unknown_guests_look_alike(world: World) -> None:
    know(world.rt)
    put_guest(world, KNOWN)
    submit(world.rt, invite(world, KNOWN), by=CY)
    look_at_many(world)
    one, other = card_of(world, invite(world, KNOWN)), card_of(world, invite(world, UNKNOWN))
    assert one == other
    assert one.level is Level.NOTE
    assert "nothing is said about this one" in texts(one)


def test_s61_an_address_that_was_looked_at_may_be_looked_at_again(world: World) -> None:
    card_of(world, invite(world, KNOWN))
    look_at_many(world, MOST_AN_HOUR - 1)
    for spelling in (KNOWN, KNOWN.upper(), f" {KNOWN} "):
        assert "nothing is said" not in texts(card_of(world, invite(world, spelling)))
    assert not may_tell(world.rt, UNKNOWN, by=ANN)


def test_s61_half_an_address_and_oneself_are_not_counted(world: World) -> None:
    look_at_many(world)
    assert may_tell(world.rt, "gus@part", by=ANN)
    assert "nothing is said" not in texts(card_of(world, make_ask(world)))


def test_s61_an_hour_later_one_may_look_again_and_others_always(world: World) -> None:
    look_at_many(world)
    assert may_tell(world.rt, UNKNOWN, by=CY)
    later(world, hours=1)
    assert may_tell(world.rt, UNKNOWN, by=ANN)


def test_s61_the_count_is_shared_by_every_process(world: World) -> None:
    other = make_runtime(world.rt.settings.database_url)
    look_at_many(world, MOST_AN_HOUR - 1)
    assert may_tell(other, KNOWN, by=ANN)
    assert not may_tell(other, UNKNOWN, by=ANN)
    assert not may_tell(world.rt, UNKNOWN, by=ANN)
    other.sessions.close()


def test_s61_no_address_is_kept_and_none_for_long(world: World) -> None:
    look_at_many(world)
    with reading(world.rt.sessions) as tx:
        kept = " ".join(tx.scalars(select(QuotaUse.subject)))
    assert "partner" not in kept
    later(world, days=1)
    may_tell(world.rt, UNKNOWN, by=ANN)
    with reading(world.rt.sessions) as tx:
        assert tx.scalar(select(func.count()).select_from(QuotaUse)) == 1


def test_s61_whoever_may_not_ask_learns_nothing_at_all(world: World) -> None:
    put_guest(world, KNOWN)
    for address in (KNOWN, UNKNOWN):
        with pytest.raises(NotFound):
            card_of(world, invite(world, address), by=LEE)
