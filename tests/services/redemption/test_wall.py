"""The database's own wall between tenants leaves the way to a fresh link open, to a guest and to whoever helps."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from selfservice.model.actor import Actor
from selfservice.model.policy import QuotaReached
from selfservice.model.refusal import NotFound
from selfservice.services import doctoring, redeeming, resetting
from selfservice.services.overview.redemption import redemption_page
from selfservice.services.resetting import ResetAsk
from selfservice.services.sight import scope_of
from selfservice.store.engine import create_sessions
from selfservice.store.scope import NOBODY, enter
from tests.services.making import ANN, CY, DEE, WES, TestRuntime, World
from tests.services.redemption.invited import GUS, HOST, asks, links, wait


@pytest.fixture
def walled(world: World) -> Iterator[TestRuntime]:
    """Return the runtime of a web process, which sees what its scope says; nobody is signed in."""
    rt = replace(world.rt, sessions=create_sessions(world.rt.settings.database_url, walled=True))
    enter(NOBODY)
    yield rt
    enter(NOBODY)
    rt.sessions.close()


def test_s23_who_is_not_signed_in_may_ask_and_is_counted(world: World, gus: str, walled: TestRuntime) -> None:
    for _ in range(redeeming.ASKS_AN_HOUR):
        redeeming.ask_link(walled, GUS, HOST)
    with pytest.raises(QuotaReached):
        redeeming.ask_link(walled, GUS, HOST)
    assert asks(world.rt) == redeeming.ASKS_AN_HOUR
    redeeming.work_links(world.rt)
    assert links(world.rt, gus) == [GUS]


@pytest.mark.parametrize("who", [ANN, CY, DEE], ids=lambda actor: actor.name)
def test_s23_whoever_may_help_still_can(world: World, gus: str, walled: TestRuntime, who: Actor) -> None:
    enter(scope_of(walled, who))
    assert redemption_page(walled, gus, who).may_help
    doctoring.ask(walled, gus, by=who)
    redeeming.fresh_link(walled, gus, by=who)
    assert links(world.rt, gus) == [GUS]
    if who is CY:
        wait(world.rt, minutes=10)
        assert resetting.ask(walled, gus, ResetAsk(address="ray@partner.example", why="moved"), by=who)


def test_s23_an_admin_of_another_tenant_sees_nothing(gus: str, walled: TestRuntime) -> None:
    enter(scope_of(walled, WES))
    with pytest.raises(NotFound):
        redemption_page(walled, gus, WES)
