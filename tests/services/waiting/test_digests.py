"""The daily mail: once a day and person, all that waits for them, and nothing that is decided."""

import threading

from sqlalchemy import select

from selfservice.model.lease import Lease
from selfservice.model.mail import MailKind
from selfservice.model.preference import MailPreference
from selfservice.model.rules.outcome import StageSpec
from selfservice.services import digesting, escalating, expiring, preferring, reminding
from selfservice.store.transaction import reading, transaction
from tests.services.making import BOB, DEE, LEE, WES, World
from tests.services.waiting.steps import (
    DAY,
    approve,
    ask_about,
    deny,
    forward,
    hand_over,
    leave,
    mails,
    named,
    put_rule,
    to_the_hour,
    told,
)

DIGEST = MailKind.DECISION_DIGEST


def test_what_waits_for_a_day_is_in_one_mail_for_each_approver(world: World) -> None:
    for guest in ("Gus", "Ivy"):
        ask_about(world, guest)
    to_the_hour(world, 10)
    assert reminding.send_digests(world.rt) == 2
    assert told(world, DIGEST) == ["bob", "lee"]
    bob, _lee = mails(world, DIGEST)
    assert bob.facts["waiting"].splitlines() == [
        "Expenses for Gus, asked by Ann Lee on 10 Jan 2027, expires on 24 Jan 2027",
        "Expenses for Ivy, asked by Ann Lee on 10 Jan 2027, expires on 24 Jan 2027",
    ]
    assert (bob.facts["count"], bob.facts["more"], bob.facts["link"]) == ("2", "", "http://localhost:8080/decide")


def test_nobody_is_written_to_twice_a_day_or_before_eight(world: World) -> None:
    ask_about(world, "Gus")
    to_the_hour(world, 7)
    forward(world, DAY)
    assert reminding.send_digests(world.rt) == 0
    to_the_hour(world, 8)
    assert [reminding.send_digests(world.rt) for _again in range(3)] == [2, 0, 0]
    to_the_hour(world, 8)
    assert reminding.send_digests(world.rt) == 2


def test_what_a_worker_left_undone_when_it_was_killed_is_done_once(world: World) -> None:
    ask_about(world, "Gus")
    to_the_hour(world, 10)
    reminding.send_digests(world.rt)
    with transaction(world.rt.sessions) as tx:
        tx.delete(tx.get_one(Lease, reminding.DONE))
        tx.delete(next(iter(tx.scalars(select(Lease).where(Lease.name == reminding.LEASE)))))
    assert reminding.send_digests(world.rt) == 0
    assert told(world, DIGEST) == ["bob", "lee"]


def test_two_workers_write_each_daily_mail_once(world: World) -> None:
    for guest in ("Gus", "Ivy", "Jo"):
        ask_about(world, guest)
    to_the_hour(world, 10)
    workers = [threading.Thread(target=reminding.send_digests, args=(world.rt,)) for _each in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert told(world, DIGEST) == ["bob", "lee"]


def test_what_is_new_is_only_in_the_mail_of_who_gets_no_other(world: World) -> None:
    preferring.set_digest(world.rt, by=LEE, on=True)
    ask_about(world, "Gus")
    assert told(world, MailKind.DECISION_WANTED) == ["bob"]
    forward(world, DAY / 2)
    assert reminding.send_digests(world.rt) == 1
    assert told(world, DIGEST) == ["lee"]


def test_nothing_is_written_where_nothing_waits_or_all_is_decided(world: World) -> None:
    preferring.set_digest(world.rt, by=LEE, on=True)
    approve(world, ask_about(world, "Gus"), by=BOB)
    deny(world, ask_about(world, "Ivy"), by=LEE)
    to_the_hour(world, 10)
    assert reminding.send_digests(world.rt) == 0
    assert told(world, DIGEST) == []


def test_who_agreed_already_and_who_is_quiet_has_nothing_that_waits(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB), named(LEE), named(DEE, quiet=True)), quorum=2))
    approve(world, ask_about(world, "Gus"), by=BOB)
    to_the_hour(world, 10)
    reminding.send_digests(world.rt)
    assert told(world, DIGEST) == ["lee"]


def test_an_alternate_is_written_to_from_the_escalation_on(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB),), escalate_after_days=3, alternates=(named(DEE),)))
    ask_about(world, "Gus")
    to_the_hour(world, 10)
    reminding.send_digests(world.rt)
    assert told(world, DIGEST) == ["bob"]
    forward(world, DAY * 3)
    escalating.escalate_due(world.rt)
    to_the_hour(world, 10)
    reminding.send_digests(world.rt)
    assert told(world, DIGEST) == ["bob", "bob", "dee"]


def test_a_delegate_reads_what_waits_for_the_absent_with_their_name(world: World) -> None:
    ask_about(world, "Gus")
    hand_over(world, BOB, DEE)
    to_the_hour(world, 10)
    reminding.send_digests(world.rt)
    assert told(world, DIGEST) == ["dee", "lee"]
    to_dee, _to_lee = mails(world, DIGEST)
    assert to_dee.facts["waiting"].endswith("(for Bob Ray, who is away)")


def test_what_expired_in_their_hands_is_named_beside_what_waits(world: World) -> None:
    put_rule(world, StageSpec(approvers=(named(BOB), named(LEE)), quorum=2, days_to_answer=3))
    approve(world, ask_about(world, "Gus"), by=BOB)
    forward(world, DAY * 2)
    ask_about(world, "Ivy")
    forward(world, DAY)
    expiring.expire_requests(world.rt)
    reminding.send_digests(world.rt)
    lapsed = {mail.to_address: mail.facts["lapsed"] for mail in mails(world, DIGEST)}
    assert lapsed == {"bob@contoso.example": "", "lee@contoso.example": "Expenses for Gus, asked by Ann Lee"}


def test_a_long_list_says_how_much_more_there_is(world: World) -> None:
    for n in range(52):
        ask_about(world, f"Guest{n}")
        if n == 26:
            forward(world, DAY)
    to_the_hour(world, 10)
    reminding.send_digests(world.rt)
    bob, _lee = mails(world, DIGEST)
    assert (bob.facts["count"], len(bob.facts["waiting"].splitlines()), bob.facts["more"]) == ("52", 50, "2")


def test_who_left_is_written_nothing(world: World) -> None:
    ask_about(world, "Gus")
    leave(world, LEE)
    to_the_hour(world, 10)
    reminding.send_digests(world.rt)
    assert told(world, DIGEST) == ["bob"]


def test_the_choice_of_one_mail_a_day_is_kept_and_taken_back(world: World) -> None:
    assert preferring.digest_chosen(world.rt, by=WES) is False
    for on in (True, True, False, True):
        preferring.set_digest(world.rt, by=WES, on=on)
        assert preferring.digest_chosen(world.rt, by=WES) is on
    with reading(world.rt.sessions) as tx:
        assert len(tx.scalars(select(MailPreference)).all()) == 1


def test_the_choice_that_is_made_twice_at_once_is_kept_once(world: World) -> None:
    pressed = [
        threading.Thread(target=preferring.set_digest, args=(world.rt,), kwargs={"by": WES, "on": True})
        for _each in range(4)
    ]
    for each in pressed:
        each.start()
    for each in pressed:
        each.join()
    assert preferring.digest_chosen(world.rt, by=WES) is True


def test_what_is_decided_before_the_daily_mail_leaves_is_struck_out_of_it(world: World) -> None:
    first, second = ask_about(world, "Gus"), ask_about(world, "Ivy")
    to_the_hour(world, 10)
    reminding.send_digests(world.rt)
    approve(world, first, by=BOB)
    assert told(world, DIGEST) == ["bob", "lee"]
    assert {mail.facts["count"] for mail in mails(world, DIGEST)} == {"1"}
    assert all("Ivy" in mail.facts["waiting"] and "Gus" not in mail.facts["waiting"] for mail in mails(world, DIGEST))
    deny(world, second, by=LEE)
    assert told(world, DIGEST) == []


def test_what_is_decided_between_gathering_and_writing_is_not_written(world: World) -> None:
    request_id = ask_about(world, "Gus")
    to_the_hour(world, 10)
    gathered = digesting.collect(world.rt)
    approve(world, request_id, by=BOB)
    with transaction(world.rt.sessions) as tx:
        assert [digesting.write(tx, world.rt, each) for each in gathered] == [False, False]
    assert told(world, DIGEST) == []
