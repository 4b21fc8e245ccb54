"""Which tenant stands behind a domain: asked by pages, answered by the worker, kept for a day, and so many an hour."""

from dataclasses import replace
from datetime import timedelta

import pytest

from selfservice.model.directory import TenantInformation
from selfservice.model.domain_lookup import LookupState
from selfservice.model.unable import UnableTo
from selfservice.services import leasing, looking_up
from selfservice.services.looking_up import Answered
from selfservice.store.transaction import reading
from tests.services.fakes import FakeDirectory
from tests.services.making import ANN, CONTOSO, CY, FakeDirectories, HandClock, RecordingWaker, TestRuntime, World

PARTNER = TenantInformation(tenant_id="44444444-dddd-4ddd-8ddd-444444444444", display_name="Partner Ltd")
DOMAIN = "partner.example"


@pytest.fixture
def directory(world: World) -> FakeDirectory:
    directory = FakeDirectory(tenant_id=CONTOSO, tenants={DOMAIN: PARTNER})
    assert isinstance(world.rt.directories, FakeDirectories)
    world.rt.directories.by_tenant[CONTOSO] = directory
    return directory


def forward(rt: TestRuntime, **how_long: float) -> None:
    assert isinstance(rt.clock, HandClock)
    rt.clock.forward(timedelta(**how_long))


def known(rt: TestRuntime, domain: str = DOMAIN) -> Answered:
    with reading(rt.sessions) as tx:
        return looking_up.known(tx, CONTOSO, domain)


def test_a_page_asks_and_the_worker_answers(world: World, directory: FakeDirectory) -> None:
    rt = world.rt
    assert looking_up.ask(rt, CONTOSO, DOMAIN, by=ANN).is_checking
    assert isinstance(rt.waker, RecordingWaker)
    assert ("lookup", CONTOSO) in rt.waker.woken
    assert directory.calls == []
    assert looking_up.due_tenants(rt) == (CONTOSO,)
    looking_up.work(rt, CONTOSO)
    assert known(rt) == Answered(state=LookupState.FOUND, tenant_id=PARTNER.tenant_id, name="Partner Ltd")
    assert looking_up.due_tenants(rt) == ()


def test_a_domain_of_no_tenant_is_answered_as_well(world: World, directory: FakeDirectory) -> None:
    looking_up.ask(world.rt, CONTOSO, "nowhere.example", by=ANN)
    looking_up.work(world.rt, CONTOSO)
    assert known(world.rt, "nowhere.example").state is LookupState.UNKNOWN


def test_an_answer_is_good_for_a_day_and_asked_for_again_then(world: World, directory: FakeDirectory) -> None:
    rt = world.rt
    looking_up.ask(rt, CONTOSO, DOMAIN, by=ANN)
    looking_up.work(rt, CONTOSO)
    forward(rt, hours=23)
    assert not looking_up.ask(rt, CONTOSO, DOMAIN, by=CY).is_checking
    forward(rt, hours=1)
    assert looking_up.ask(rt, CONTOSO, DOMAIN, by=CY).is_checking
    looking_up.work(rt, CONTOSO)
    assert directory.calls.count("find_tenant_by_domain") == 2


def test_one_person_has_so_many_domains_looked_up_an_hour(world: World, directory: FakeDirectory) -> None:
    rt = world.rt
    asked = [looking_up.ask(rt, CONTOSO, f"d{number}.example", by=ANN) for number in range(25)]
    assert [each.limited for each in asked] == [False] * 20 + [True] * 5
    assert looking_up.ask(rt, CONTOSO, "d1.example", by=ANN).is_checking
    assert looking_up.ask(rt, CONTOSO, "d24.example", by=CY).is_checking
    looking_up.work(rt, CONTOSO)
    assert directory.calls.count("find_tenant_by_domain") == 21
    forward(rt, hours=1)
    assert looking_up.ask(rt, CONTOSO, "d23.example", by=ANN).is_checking


def test_a_directory_in_trouble_is_asked_again_and_at_last_given_up(world: World, directory: FakeDirectory) -> None:
    rt = world.rt
    busy = UnableTo("Contoso asks us to wait.", code="throttled", transient=True, retry_after=30)
    directory.fail("find_tenant_by_domain", busy, busy)
    looking_up.ask(rt, CONTOSO, DOMAIN, by=ANN)
    looking_up.work(rt, CONTOSO)
    assert (known(rt).is_checking, looking_up.due_tenants(rt)) == (True, ())
    forward(rt, seconds=30)
    assert looking_up.due_tenants(rt) == (CONTOSO,)
    forward(rt, minutes=10)
    looking_up.work(rt, CONTOSO)
    assert known(rt).state is LookupState.FAILED
    forward(rt, minutes=15)
    looking_up.ask(rt, CONTOSO, DOMAIN, by=ANN)
    looking_up.work(rt, CONTOSO)
    assert known(rt).name == "Partner Ltd"


def test_a_missing_permission_is_no_reason_to_ask_for_ever(world: World, directory: FakeDirectory) -> None:
    directory.fail("find_tenant_by_domain", UnableTo("We lack a permission in Contoso.", code="permission-missing"))
    looking_up.ask(world.rt, CONTOSO, DOMAIN, by=ANN)
    looking_up.work(world.rt, CONTOSO)
    assert known(world.rt).state is LookupState.FAILED
    looking_up.work(world.rt, CONTOSO)
    assert directory.calls.count("find_tenant_by_domain") == 1


def test_one_worker_at_a_time_asks_a_directory(world: World, directory: FakeDirectory) -> None:
    rt = world.rt
    looking_up.ask(rt, CONTOSO, DOMAIN, by=ANN)
    fence = leasing.claim(rt, looking_up.lease_of(CONTOSO), for_=timedelta(minutes=1))
    assert fence is not None
    looking_up.work(rt, CONTOSO)
    assert (directory.calls, looking_up.due_tenants(rt)) == ([], ())


def test_a_tenant_that_is_ours_no_more_is_not_asked(world: World, directory: FakeDirectory) -> None:
    rt = world.rt
    looking_up.ask(rt, CONTOSO, DOMAIN, by=ANN)
    tenants = {alias: tenant for alias, tenant in rt.settings.tenants.items() if alias != "contoso"}
    smaller = replace(rt, settings=replace(rt.settings, tenants=tenants))
    looking_up.work(smaller, CONTOSO)
    assert (directory.calls, looking_up.due_tenants(smaller)) == ([], ())
