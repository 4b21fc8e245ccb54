"""How much may be asked for in a day: counted in the database, whoever counts."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from selfservice.model.policy import DEFAULT_QUOTAS, AskPolicy, QuotaReached, Quotas, QuotaUse
from selfservice.model.routing import DeniedByRule
from selfservice.model.rules.outcome import Deny
from selfservice.services import requesting
from selfservice.services.eligibility import DuplicateRequest
from selfservice.store.transaction import reading, transaction
from tests.services.asking.asking import ask, events, package_draft, set_policy, stored, write_package
from tests.services.making import ANN, CONTOSO, CY, START, TestRuntime, World, make_runtime
from tests.services.rules.writing import new, save
from tests.services.test_requesting import make_ask


@pytest.fixture
def second(world: World, database_url: str) -> Iterator[World]:
    """Return the same company as another process sees it."""
    rt = make_runtime(database_url)
    yield World(rt=rt, expenses=world.expenses, design=world.design)
    rt.sessions.close()


def used(rt: TestRuntime) -> dict[str, int]:
    with reading(rt.sessions) as tx:
        return {each.kind: each.used for each in tx.scalars(select(QuotaUse))}


def fill_up(world: World, kind: str, subject: str, number: int) -> None:
    """Let so many requests have been counted today."""
    with transaction(world.rt.sessions) as tx:
        tx.add(QuotaUse(tenant_id=CONTOSO, kind=kind, subject=f":{subject}", day=START.date(), used=number))


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("person", f"{ANN.tenant_id}/{ANN.object_id}"),
        ("department", f"{ANN.tenant_id}/finance"),
        ("domain", "partner.example"),
        ("tenant", CONTOSO),
    ],
)
def test_s54_the_one_over_a_limit_is_refused_and_on_record(world: World, kind: str, subject: str) -> None:
    limit = getattr(DEFAULT_QUOTAS, kind)
    fill_up(world, kind, subject, limit - 1)
    assert ask(world, 1)
    with pytest.raises(QuotaReached) as refusal:
        ask(world, 2)
    assert str(limit) in refusal.value.cause
    assert refusal.value.next_step
    (refused,) = events(world.rt, "request.quotaReached")
    assert (refused.actor_object_id, refused.why) == (ANN.object_id, refusal.value.cause)
    assert (stored(world.rt), used(world.rt)[kind]) == (1, limit)


def test_s54_a_new_day_counts_anew(world: World) -> None:
    set_policy(world, quotas={"person": 1})
    assert ask(world, 1)
    with pytest.raises(QuotaReached):
        ask(world, 2)
    world.rt.clock.forward(timedelta(days=1))  # type: ignore[attr-defined]
    assert ask(world, 2)


def test_s54_a_package_may_have_a_smaller_limit_of_its_own(world: World) -> None:
    write_package(world, replace(package_draft(world), policy=AskPolicy(quotas=Quotas(tenant=1))))
    assert ask(world, 1)
    with pytest.raises(QuotaReached) as refusal:
        ask(world, 2, by=CY)
    assert "Expenses" in refusal.value.cause
    assert ask(world, 3, package_id=world.design)


def test_what_is_refused_for_another_reason_is_not_counted(world: World) -> None:
    save(world.rt, new("Nobody", Deny(reason="Not now.")))
    with pytest.raises(DeniedByRule):
        ask(world)
    assert used(world.rt) == {}


def test_a_form_that_is_sent_twice_counts_once(world: World) -> None:
    ask(world, 1)
    ask(world, 1)
    assert used(world.rt) == {"person": 1, "department": 1, "domain": 1, "tenant": 1}


def test_asking_for_oneself_is_no_guest_of_a_domain(world: World) -> None:
    ask(world, for_self=True)
    assert "domain" not in used(world.rt)


def test_s63_two_processes_share_one_count_to_the_last_request(world: World, second: World) -> None:
    set_policy(world, quotas={"person": 5})
    answers: list[str] = []

    def press(place: World, number: int) -> None:
        try:
            answers.append(ask(place, number))
        except QuotaReached:
            answers.append("")

    presses = [threading.Thread(target=press, args=((world, second)[n % 2], n)) for n in range(12)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()
    assert len(answers) == 12
    assert len([answer for answer in answers if answer]) == 5
    assert (stored(world.rt), used(second.rt)["person"]) == (5, 5)


def test_s63_another_session_or_address_of_the_same_person_is_the_same_person(world: World) -> None:
    set_policy(world, quotas={"person": 1})
    assert ask(world, 1, by=replace(ANN, remote_address="192.0.2.1"))
    with pytest.raises(QuotaReached):
        ask(world, 2, by=replace(ANN, remote_address="198.51.100.7"))
    assert ask(world, 3, by=CY)


def test_s19_fifty_presses_at_once_are_one_request(world: World, second: World) -> None:
    answers: list[str] = []

    def press(place: World) -> None:
        answers.append(requesting.submit(place.rt, make_ask(world), by=ANN))

    presses = [threading.Thread(target=press, args=((world, second)[n % 2],)) for n in range(50)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()
    assert (len(answers), len(set(answers)), stored(world.rt)) == (50, 1, 1)
    assert used(world.rt)["person"] == 1


def test_s19_fifty_forms_for_one_guest_at_once_are_one_request(world: World, second: World) -> None:
    answers: list[str] = []

    def press(place: World, number: int) -> None:
        try:
            answers.append(ask(place, number, guest_address="gus@partner.example"))
        except DuplicateRequest as refusal:
            answers.append(str(refusal.request_id))

    presses = [threading.Thread(target=press, args=((world, second)[n % 2], n)) for n in range(50)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()
    assert (len(answers), len(set(answers)), stored(world.rt)) == (50, 1, 1)
