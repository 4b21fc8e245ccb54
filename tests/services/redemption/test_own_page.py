"""The guest's own way to a link: whoever types an address learns nothing, and only the address itself gets a mail."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from selfservice.model.guest import GuestStanding
from selfservice.model.mail import MailKind, OutboxMail
from selfservice.model.policy import QuotaReached, QuotaUse
from selfservice.model.redemption import LinkAsk
from selfservice.services import redeeming
from selfservice.store.transaction import reading, transaction
from tests.services.making import CONTOSO, CY, TestRuntime, World
from tests.services.redemption.invited import GUS, HOST, accept, ask, asks, change, links, wait


@contextmanager
def statements() -> Iterator[list[str]]:
    """Note every statement that is sent to any database."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def told(rt: TestRuntime, kind: MailKind) -> list[str]:
    with reading(rt.sessions) as tx:
        return [mail.to_address for mail in tx.scalars(select(OutboxMail).where(OutboxMail.kind == kind))]


def test_a_guest_who_waits_gets_a_link_however_they_spell_their_address(world: World, gus: str) -> None:
    ask(world.rt, " Gus@PARTNER.example ")
    assert links(world.rt, gus) == [GUS]


def test_an_address_that_nobody_invited_gets_nothing_and_leaves_nothing(world: World, gus: str) -> None:
    ask(world.rt, "stranger@partner.example")
    assert (links(world.rt, gus), asks(world.rt)) == ([], 0)
    assert told(world.rt, MailKind.ALREADY_ACCEPTED) == []


def test_s61_the_same_statements_are_sent_for_a_guest_and_for_a_stranger(world: World, gus: str) -> None:
    redeeming.ask_link(world.rt, GUS, HOST)
    work = [asking(world.rt, GUS), asking(world.rt, "stranger@partner.example"), asking(world.rt, "x")]
    accept(world.rt, gus)
    work.append(asking(world.rt, GUS))
    change(world.rt, gus, standing=GuestStanding.BLOCKED)
    work.append(asking(world.rt, GUS))
    assert work[0]
    assert all(each == work[0] for each in work)
    assert not any("FROM guest" in statement or "JOIN guest" in statement for statement in work[0])


def asking(rt: TestRuntime, address: str) -> list[str]:
    with statements() as sent:
        redeeming.ask_link(rt, address, HOST)
    return sent


def test_s61_what_was_asked_is_forgotten_once_it_is_worked_off(world: World, gus: str) -> None:
    redeeming.ask_link(world.rt, "stranger@partner.example", HOST)
    with reading(world.rt.sessions) as tx:
        assert [each.address_key for each in tx.scalars(select(LinkAsk))] == ["stranger@partner.example"]
    redeeming.work_links(world.rt)
    assert asks(world.rt) == 0
    with reading(world.rt.sessions) as tx:
        assert not any(HOST in use.subject or "stranger" in use.subject for use in tx.scalars(select(QuotaUse)))


def test_a_guest_who_has_accepted_is_told_so_by_mail_once_a_day(world: World, gus: str) -> None:
    accept(world.rt, gus)
    ask(world.rt)
    ask(world.rt)
    assert told(world.rt, MailKind.ALREADY_ACCEPTED) == [GUS]
    wait(world.rt, days=1)
    ask(world.rt)
    assert told(world.rt, MailKind.ALREADY_ACCEPTED) == [GUS, GUS]
    assert links(world.rt, gus) == []


@pytest.mark.parametrize("standing", [GuestStanding.BLOCKED, GuestStanding.DELETED])
def test_a_guest_who_is_blocked_or_deleted_gets_nothing(world: World, gus: str, standing: GuestStanding) -> None:
    change(world.rt, gus, standing=standing)
    ask(world.rt)
    assert links(world.rt, gus) == []
    accept(world.rt, gus)
    ask(world.rt)
    assert told(world.rt, MailKind.ALREADY_ACCEPTED) == []


def test_asking_again_at_once_makes_no_second_link(world: World, gus: str) -> None:
    for _ in range(3):
        ask(world.rt)
    assert links(world.rt, gus) == [GUS]


def test_a_link_that_somebody_else_sent_counts_as_well(world: World, gus: str) -> None:
    redeeming.fresh_link(world.rt, gus, by=CY)
    ask(world.rt)
    assert links(world.rt, gus) == [GUS]


def test_s63_one_place_of_the_network_can_ask_ten_times_an_hour_and_no_more(world: World) -> None:
    for number in range(redeeming.ASKS_AN_HOUR):
        redeeming.ask_link(world.rt, f"g{number}@partner.example", HOST)
    for address in (GUS, "stranger@partner.example"):
        with pytest.raises(QuotaReached):
            redeeming.ask_link(world.rt, address, HOST)
    redeeming.ask_link(world.rt, GUS, "192.0.2.8")
    wait(world.rt, hours=1)
    redeeming.ask_link(world.rt, GUS, HOST)
    assert asks(world.rt) == redeeming.ASKS_AN_HOUR + 2


def test_s63_a_tenant_is_not_flooded_however_many_ask(world: World, gus: str) -> None:
    at = world.rt.clock()
    with transaction(world.rt.sessions) as tx:
        kind = f"link made {at.hour}"
        tx.add(QuotaUse(tenant_id=CONTOSO, kind=kind, subject=":page", day=at.date(), used=redeeming.LINKS_AN_HOUR))
    ask(world.rt)
    assert links(world.rt, gus) == []
    wait(world.rt, hours=1)
    ask(world.rt)
    assert links(world.rt, gus) == [GUS]
