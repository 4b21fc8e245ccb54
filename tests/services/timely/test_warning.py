"""Warnings before an end: who is told what and when, and what silences them."""

from datetime import timedelta

import pytest

from selfservice.model.mail import MailKind
from selfservice.model.person import Person
from selfservice.services import extending, lapsing, warning
from selfservice.store.transaction import transaction
from tests.services.making import ANN, CY, START, World
from tests.services.timely.making import access, give, hold, mails, until


def to_whom(world: World) -> list[str]:
    return [mail.to_address for mail in mails(world, MailKind.ACCESS_ENDING)]


def test_sponsor_and_guest_are_warned_once_on_the_day_and_not_the_day_before(world: World) -> None:
    held = hold(world, "Gus", START.date() + timedelta(days=15))

    assert warning.warn_due(world.rt) == 0
    world.forward(timedelta(days=1))
    assert (warning.warn_due(world.rt), warning.warn_due(world.rt)) == (2, 0)

    assert to_whom(world) == ["ann@fabrikam.example", "gus@partner.example"]
    assert access(world, held).warned_days == 14
    (to_ann, _) = mails(world, MailKind.ACCESS_ENDING)
    assert to_ann.facts["ending"] == ("Gus (gus@partner.example) loses Expenses at Contoso on 25 Jan 2027, in 14 days")
    assert to_ann.facts["link"].endswith(f"/extend/{held}")


def test_the_second_warning_comes_on_the_last_day_but_one(world: World) -> None:
    hold(world, "Gus", START.date() + timedelta(days=14))
    warning.warn_due(world.rt)

    for _ in range(12):
        world.forward(timedelta(days=1))
        assert warning.warn_due(world.rt) == 0
    world.forward(timedelta(days=1))
    assert warning.warn_due(world.rt) == 2


def test_one_mail_tells_a_sponsor_of_all_guests(world: World) -> None:
    for name in ("Ada", "Gus", "Ivy"):
        hold(world, name, START.date() + timedelta(days=3))

    warning.warn_due(world.rt)

    (to_ann,) = [mail for mail in mails(world, MailKind.ACCESS_ENDING) if mail.to_address == "ann@fabrikam.example"]
    assert to_ann.facts["count"] == "3"
    assert len(to_ann.facts["ending"].splitlines()) == 3


@pytest.mark.parametrize("answer", ["let it expire", "ask for more"])
def test_no_mail_leaves_after_a_decision(world: World, answer: str) -> None:
    held, other = (hold(world, name, START.date() + timedelta(days=3)) for name in ("Gus", "Ivy"))
    warning.warn_due(world.rt)

    if answer == "let it expire":
        lapsing.let_expire(world.rt, held, by=ANN)
    else:
        extending.extend(world.rt, held, until(world, held, 60), by=ANN)

    assert to_whom(world) == ["ann@fabrikam.example", "ivy@partner.example"]
    assert mails(world, MailKind.ACCESS_ENDING)[0].facts["abouts"] == other
    world.forward(timedelta(days=2))
    warning.warn_due(world.rt)
    assert to_whom(world).count("gus@partner.example") == 0


def test_nobody_is_warned_of_a_decided_end(world: World) -> None:
    held = hold(world, "Gus", START.date() + timedelta(days=10))
    lapsing.let_expire(world.rt, held, by=ANN)

    assert warning.warn_due(world.rt) == 0
    lapsing.think_again(world.rt, held, by=ANN)
    assert warning.warn_due(world.rt) == 2


def test_a_sponsor_who_left_is_replaced_by_who_answers_now(world: World) -> None:
    hold(world, "Gus", START.date() + timedelta(days=10))
    with transaction(world.rt.sessions) as tx:
        tx.get_one(Person, (ANN.tenant_id, ANN.object_id)).enabled = False

    warning.warn_due(world.rt)

    assert to_whom(world) == ["bob@contoso.example", "gus@partner.example"]


@pytest.mark.parametrize(("other_ends_in", "warned"), [(60, False), (2, True)])
def test_nobody_is_warned_where_the_same_roles_stay_by_another_access_that_lasts_longer(
    world: World, other_ends_in: int, warned: bool
) -> None:
    held = hold(world, "Gus", START.date() + timedelta(days=3))
    guest_id = access(world, held).guest_id
    other = hold(world, "Gus", START.date() + timedelta(days=other_ends_in), guest_id=guest_id, by=CY)
    for each in (held, other):
        give(world, each)

    warning.warn_due(world.rt)

    assert (access(world, held).warned_days is not None) is warned


def test_other_roles_by_a_longer_access_do_not_silence_a_warning(world: World) -> None:
    held = hold(world, "Gus", START.date() + timedelta(days=3))
    other = hold(world, "Gus", START.date() + timedelta(days=60), guest_id=access(world, held).guest_id, by=CY)
    give(world, held)
    give(world, other, resource_id="90000000-0000-4000-8000-000000000003")

    warning.warn_due(world.rt)

    assert access(world, held).warned_days == 14
