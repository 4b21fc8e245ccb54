"""Mirror and mail over a simulated Entra and Graph, with our real adapters: real tokens, pages, links and drafts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from selfservice.config.settings import Intervals
from selfservice.entra.directories import GraphDirectories
from selfservice.entra.graph_mailbox import GraphDraftBox
from selfservice.factory import utc_now
from selfservice.mail.mailers import DraftMailer
from selfservice.mail.rendering import compose
from selfservice.model.application import Application, RoleHolder
from selfservice.model.domain_lookup import LookupState
from selfservice.model.group import Group
from selfservice.model.mail import MailKind, MailState, OutboxMail
from selfservice.model.mirror import OPTIONAL, MirrorKind, MirrorState, TenantPolicy
from selfservice.model.person import Person
from selfservice.services import looking_up, mailing, mirroring
from selfservice.services.runtime import WorkerRuntime
from selfservice.simulator.faults import FaultKind
from selfservice.simulator.server import Settings as SimulatorSettings
from selfservice.simulator.server import start
from selfservice.store.engine import create_sessions
from selfservice.store.transaction import reading, transaction
from tests.entra.world import GROUPS, PEOPLE, TENANTS, World
from tests.mail.letters import make_mail
from tests.services.making import ANN, HandClock, RecordingWaker

CONTOSO = TENANTS["Contoso"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a simulated Entra without lag."""
    with start(SimulatorSettings()) as sim:
        yield World(sim, tmp_path)


@pytest.fixture
def rt(world: World, sqlite_url: str) -> Iterator[WorkerRuntime]:
    """Return a worker's runtime over the simulator."""
    sessions = create_sessions(sqlite_url)
    yield WorkerRuntime(
        settings=replace(world.settings, database_url=sqlite_url, intervals=Intervals()),
        sessions=sessions,
        waker=RecordingWaker(),
        clock=HandClock(utc_now()),
        directories=GraphDirectories(world.settings, {}),
        mailer=DraftMailer(GraphDraftBox(world.settings, {})),
    )
    sessions.close()


def later(rt: WorkerRuntime) -> None:
    assert isinstance(rt.clock, HandClock)
    rt.clock.forward(rt.settings.intervals.mirror * 2)


def put_mail(rt: WorkerRuntime) -> None:
    mail = make_mail(MailKind.REQUEST_RECEIVED)
    mail.created_at = rt.clock()
    with transaction(rt.sessions) as tx:
        tx.add(mail)


def test_every_part_of_every_tenant_is_mirrored_and_then_only_its_changes(rt: WorkerRuntime, world: World) -> None:
    for tenant_id in TENANTS.values():
        mirroring.mirror(rt, tenant_id)
    with reading(rt.sessions) as tx:
        states = {(s.tenant_id, s.kind): s.failure for s in tx.scalars(select(MirrorState))}
        people = set(tx.scalars(select(Person.object_id)))
        groups = set(tx.scalars(select(Group.object_id)))
        policies = set(tx.scalars(select(TenantPolicy.tenant_id)))
        holders = {(holder.tenant_id, holder.role) for holder in tx.scalars(select(RoleHolder))}
        roles = [role for application in tx.scalars(select(Application)) for role in application.roles]
    told = {kind for (_tenant, kind), failure in states.items() if failure}
    assert set(states) == {(tenant_id, kind) for tenant_id in TENANTS.values() for kind in MirrorKind}
    assert told <= OPTIONAL, "only what needs a right that a tenant may do without"
    assert (set(PEOPLE.values()) <= people, groups, policies) == (True, set(GROUPS.values()), set(TENANTS.values()))
    assert (CONTOSO, "Admin") in holders
    assert roles


def test_a_leaver_in_the_directory_is_a_leaver_in_the_mirror(rt: WorkerRuntime, world: World) -> None:
    mirroring.mirror(rt, CONTOSO)
    bob, lee = PEOPLE["bob@contoso.example"], PEOPLE["lee@contoso.example"]
    contoso = world.sim.world.tenants[CONTOSO]
    contoso.users.change(bob, {"accountEnabled": False})
    contoso.users.remove(lee, "2027-01-10T09:00:00Z")
    later(rt)
    mirroring.mirror(rt, CONTOSO)
    with reading(rt.sessions) as tx:
        left = tx.get_one(Person, (CONTOSO, bob)), tx.get_one(Person, (CONTOSO, lee))
    assert [(person.active, person.removed_at is None) for person in left] == [(False, True), (False, False)]


def test_a_directory_that_forgot_our_links_is_read_anew(rt: WorkerRuntime, world: World) -> None:
    mirroring.mirror(rt, CONTOSO)
    for collection in world.sim.world.tenants[CONTOSO].collections.values():
        collection.epoch += 1
    later(rt)
    mirroring.mirror(rt, CONTOSO)
    with reading(rt.sessions) as tx:
        states = [tx.get_one(MirrorState, (CONTOSO, kind)) for kind in (MirrorKind.USERS, MirrorKind.GROUPS)]
    assert [(state.failure, state.full_synced_at) for state in states] == [("", rt.clock())] * 2


def test_a_part_that_graph_fails_is_read_again_and_the_others_are_not_held_up(rt: WorkerRuntime, world: World) -> None:
    world.fault(FaultKind.STATUS, method="GET", path="/groups/delta", status=503, times=9)
    mirroring.mirror(rt, CONTOSO)
    with reading(rt.sessions) as tx:
        groups = tx.get_one(MirrorState, (CONTOSO, MirrorKind.GROUPS))
        policies = tx.get_one(MirrorState, (CONTOSO, MirrorKind.POLICIES))
    assert groups.failure
    assert groups.failure_next_step
    assert (policies.failure, policies.synced_at is not None) == ("", True)


@pytest.mark.parametrize("path", ["/messages$", "/send$"])
@pytest.mark.parametrize("kind", [FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER])
def test_one_mail_arrives_when_the_connection_breaks(
    rt: WorkerRuntime, world: World, kind: FaultKind, path: str
) -> None:
    put_mail(rt)
    world.fault(kind, method="POST", path=path)
    assert mailing.send_due(rt, compose) == 1
    later(rt)
    assert mailing.send_due(rt, compose) == 1
    with reading(rt.sessions) as tx:
        mail = tx.scalars(select(OutboxMail)).one()
    [arrived] = world.sim.world.mail.in_mailbox("gus@partner.example", "inbox")
    assert (mail.state, arrived["internetMessageId"]) == (MailState.SENT, mail.message_id)


def test_whose_domain_it_is_comes_from_the_directory(rt: WorkerRuntime, world: World) -> None:
    for domain in ("partner.example", "nowhere.example"):
        assert looking_up.ask(rt, CONTOSO, domain, by=ANN).is_checking
    looking_up.work(rt, CONTOSO)
    with reading(rt.sessions) as tx:
        found, none = (looking_up.known(tx, CONTOSO, each) for each in ("partner.example", "nowhere.example"))
    assert (found.name, found.state) == ("Partner Ltd", LookupState.FOUND)
    assert none.state is LookupState.UNKNOWN


def test_a_busy_directory_is_asked_again_about_a_domain(rt: WorkerRuntime, world: World) -> None:
    world.fault(FaultKind.THROTTLE, path="/tenantRelationships/", seconds=7)
    looking_up.ask(rt, CONTOSO, "partner.example", by=ANN)
    looking_up.work(rt, CONTOSO)
    assert looking_up.due_tenants(rt) == ()
    later(rt)
    assert looking_up.due_tenants(rt) == (CONTOSO,)
    looking_up.work(rt, CONTOSO)
    with reading(rt.sessions) as tx:
        assert looking_up.known(tx, CONTOSO, "partner.example").name == "Partner Ltd"
