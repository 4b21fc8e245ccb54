"""An installation over a simulated Entra whose clock only moves when the test moves it: our real adapters, real HTTP.

Only the tokens are the simulator's own, made to last, since MSAL keeps the machine's time and these years pass in
minutes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from selfservice.config.clouds import SIMULATOR_HOST, Cloud
from selfservice.config.settings import Intervals, Settings, Tenant
from selfservice.entra.directories import GraphDirectory, service_of
from selfservice.entra.tokens import AppTokens
from selfservice.entra.transport import Transport
from selfservice.simulator.directory.tenant import Tenant as SimulatedTenant
from selfservice.simulator.seeding import Seed
from selfservice.simulator.server import RunningSimulator, start
from selfservice.simulator.server import Settings as SimulatorSettings
from selfservice.store.engine import create_sessions
from tests.services.making import (
    BOB,
    CAST,
    CONTOSO,
    DESIGN_MEMBERS,
    EXPENSES_APPROVERS,
    EXPENSES_USERS,
    FABRIKAM,
    LEE,
    WES,
    WOODGROVE,
    FakeMailer,
    FakeSignIn,
    HandClock,
    RecordingWaker,
    TestRuntime,
    make_settings,
)

NAMES = {FABRIKAM: "fabrikam", CONTOSO: "contoso", WOODGROVE: "woodgrove"}
SIGN_IN_APP = "5e1f5e1f-0000-4000-8000-00000000000f"
LEDGERS_USERS = "90000000-0000-4000-8000-000000000004"
FIRST_DAY = datetime(2027, 12, 1, 8, 0, tzinfo=UTC)
"""So that two years hold two ends of a year and a leap day."""

PERMISSIONS = (
    "User.Read.All",
    "GroupMember.Read.All",
    "Application.Read.All",
    "Policy.Read.All",
    "CrossTenantInformation.ReadBasic.All",
    "User.Invite.All",
    "User.ReadWrite.All",
    "GroupMember.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "LifecyclePolicies-Guests.Read.All",
)


class StandingTokens(AppTokens):
    """A token of the simulator's own that lasts as long as the test."""

    def __init__(self, tenant: Tenant, sim: RunningSimulator) -> None:
        service = service_of(tenant)
        super().__init__(
            tenant_id=tenant.tenant_id, cloud=tenant.cloud, credential=tenant.credential, service=service, environ={}
        )
        claims = {
            "aud": f"https://{SIMULATOR_HOST}",
            "iss": f"https://sts.windows.net/{tenant.tenant_id}/",
            "sim_exp": datetime(2040, 1, 1, tzinfo=UTC).timestamp(),
            "tid": tenant.tenant_id,
            "appid": _app_of(NAMES[tenant.tenant_id]),
            "roles": list(PERMISSIONS),
        }
        self._token = sim.world.keys.sign(claims)

    def bearer(self, claims: str | None = None) -> str:
        return self._token


@dataclass
class Directories:
    """The directories of the simulated tenants, under standing tokens."""

    settings: Settings
    sim: RunningSimulator
    made: dict[str, GraphDirectory] = field(default_factory=dict)

    def of(self, tenant_id: str) -> GraphDirectory:
        if tenant_id not in self.made:
            tenant = next(each for each in self.settings.tenants.values() if each.tenant_id == tenant_id)
            tokens = StandingTokens(tenant, self.sim)
            self.made[tenant_id] = GraphDirectory(Transport(tenant.cloud, tokens, service_of(tenant)), tokens)
        return self.made[tenant_id]


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A runtime, the simulator that it works with, and the one clock of both."""

    rt: TestRuntime
    sim: RunningSimulator
    clock: HandClock

    def tenant(self, tenant_id: str) -> SimulatedTenant:
        """Return a tenant as the simulator has it, to look at or to meddle with."""
        return self.sim.world.tenants[tenant_id]

    def forward(self, by: timedelta) -> None:
        """Let time pass, for everybody."""
        self.clock.forward(by)
        self.sim.world.clock.offset += by


@contextmanager
def installed(database_url: str, folder: Path) -> Iterator[Installation]:
    """Run a simulator, and an installation over it."""
    with start(SimulatorSettings(seed=seed())) as sim:
        sim.world.clock.stop()
        sim.world.clock.offset += FIRST_DAY - sim.world.clock.now()
        clock = HandClock(FIRST_DAY)
        sessions = create_sessions(database_url)
        for engine in sessions.engines:
            if engine.dialect.name == "sqlite":
                event.listen(engine, "connect", hasten)
        settings = _settings(database_url, sim, folder)
        rt = TestRuntime(
            settings=settings,
            sessions=sessions,
            waker=RecordingWaker(),
            clock=clock,
            signin=FakeSignIn(),
            directories=Directories(settings, sim),
            mailer=FakeMailer(),
        )
        yield Installation(rt=rt, sim=sim, clock=clock)
        sessions.close()


def hasten(connection: sqlite3.Connection, _record: object) -> None:
    """Do not wait for the disk: a power cut is no part of what is tested, and waiting is most of the time."""
    connection.execute("PRAGMA synchronous=OFF")


def _settings(database_url: str, sim: RunningSimulator, folder: Path) -> Settings:
    name = f"https://{SIMULATOR_HOST}"
    cloud = Cloud(name="simulator", login_url=name, graph_url=name, loopback=sim.url)
    settings = make_settings(
        database_url, instance=folder, intervals=Intervals(mirror=timedelta(hours=20), mirror_full=timedelta(days=60))
    )
    signin = replace(settings.signin, credential=replace(settings.signin.credential, client_id=SIGN_IN_APP))
    tenants = {name: replace(each, cloud=cloud) for name, each in settings.tenants.items()}
    return replace(settings, tenants=tenants, signin=signin)


def seed() -> Seed:
    """Return the three tenants with the cast, the groups that packages give, and an app registration each."""
    groups = {
        FABRIKAM: [],
        CONTOSO: [
            _group(EXPENSES_USERS, "Expenses Users"),
            _group(LEDGERS_USERS, "Ledgers Users"),
            _group(EXPENSES_APPROVERS, "Expenses Approvers", BOB.name, LEE.name),
        ],
        WOODGROVE: [_group(DESIGN_MEMBERS, "Design Members")],
    }
    tenants = [
        {
            "id": tenant_id,
            "name": name.capitalize(),
            "domains": [f"{name}.example"],
            "initialDomain": f"{name}.onmicrosoft.example",
            "people": [
                {"oid": who.object_id, "mail": mail_of(who.name, name), "name": who.name}
                for who in CAST
                if who.tenant_id == tenant_id
            ],
            "groups": groups[tenant_id],
            "consents": {_app_of(name): list(PERMISSIONS)},
        }
        for tenant_id, name in NAMES.items()
    ]
    apps = [
        {"clientId": _app_of(name), "name": f"Directory of {name}", "tenant": tenant_id}
        for tenant_id, name in NAMES.items()
    ]
    return {"tenants": tenants, "apps": apps}


def mail_of(name: str, domain: str) -> str:
    """Return the address that somebody has at home."""
    return f"{name.split(maxsplit=1)[0].lower()}@{domain}.example"


def _group(group_id: str, name: str, *members: str) -> Seed:
    domain = "contoso" if members else ""
    return {"id": group_id, "name": name, "members": [mail_of(member, domain) for member in members]}


def _app_of(name: str) -> str:
    return f"5e1f5e1f-0000-4000-8000-{list(NAMES.values()).index(name):012d}"


OWNERS = {CONTOSO: BOB, WOODGROVE: WES}
