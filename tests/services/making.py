"""A small company for tests of use cases: Fabrikam asks, Contoso and Woodgrove own; the mirror knows their people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from selfservice.config.clouds import KNOWN_CLOUDS
from selfservice.config.settings import (
    Credential,
    CredentialKind,
    MailKind,
    MailSettings,
    Rates,
    Settings,
    SignInSettings,
    SmtpSettings,
    Tenant,
)
from selfservice.model.actor import Actor, Role
from selfservice.model.application import Application, AppRole
from selfservice.model.directory import OutgoingMail, UserType
from selfservice.model.group import Group, GroupMembership
from selfservice.model.identity import SignInStart, VerifiedIdentity
from selfservice.model.package import (
    AccessPackage,
    PackageApprover,
    PackageState,
    PartyKind,
    ResourceRole,
    RoleKind,
)
from selfservice.model.person import Person
from selfservice.services.ports import Directory, DraftBox
from selfservice.services.runtime import WebRuntime, WorkerRuntime
from selfservice.store.engine import create_sessions
from selfservice.store.transaction import transaction

FABRIKAM = "f0000000-0000-4000-8000-000000000001"
CONTOSO = "c0000000-0000-4000-8000-000000000001"
WOODGROVE = "d0000000-0000-4000-8000-000000000001"

ANN = Actor(tenant_id=FABRIKAM, object_id="a0000000-0000-4000-8000-000000000001", name="Ann Lee")
CY = Actor(tenant_id=FABRIKAM, object_id="a0000000-0000-4000-8000-000000000002", name="Cy Novak")
EVE = Actor(
    tenant_id=FABRIKAM,
    object_id="a0000000-0000-4000-8000-000000000003",
    name="Eve Stone",
    roles=frozenset({Role.AUDITOR}),
)
BOB = Actor(tenant_id=CONTOSO, object_id="b0000000-0000-4000-8000-000000000001", name="Bob Ray")
LEE = Actor(tenant_id=CONTOSO, object_id="b0000000-0000-4000-8000-000000000002", name="Lee Wu")
DEE = Actor(
    tenant_id=CONTOSO,
    object_id="b0000000-0000-4000-8000-000000000003",
    name="Dee Fox",
    roles=frozenset({Role.ADMIN}),
)
WES = Actor(tenant_id=WOODGROVE, object_id="d0000000-0000-4000-8000-000000000011", name="Wes Hall")
CAST = (ANN, CY, EVE, BOB, LEE, DEE, WES)

EXPENSES_USERS = "90000000-0000-4000-8000-000000000001"
EXPENSES_APPROVERS = "90000000-0000-4000-8000-000000000002"
TIER_0 = "90000000-0000-4000-8000-000000000003"
EXPENSES_APP = "80000000-0000-4000-8000-000000000001"
READER = "80000000-0000-4000-8000-0000000000a1"
DESIGN_MEMBERS = "91000000-0000-4000-8000-000000000001"

START = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that only moves when a test moves it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


@dataclass
class RecordingWaker:
    """Remembers what was woken."""

    woken: list[tuple[str, ...]] = field(default_factory=list)

    def wake(self, task: str, *args: str) -> None:
        self.woken.append((task, *args))


@dataclass
class FakeSignIn:
    """Signs in whoever the test says comes next."""

    comes: VerifiedIdentity | None = None

    def start(self, *, redirect_uri: str, login_hint: str | None) -> SignInStart:
        return SignInStart(url=f"https://login.example/authorize?redirect_uri={redirect_uri}", flow={"state": "s"})

    def finish(self, flow: Mapping[str, object], answer: Mapping[str, str]) -> VerifiedIdentity:
        assert self.comes is not None, "the test did not say who signs in"
        return self.comes

    def sign_out_url(self, *, tenant_id: str, return_to: str, login_hint: str | None) -> str:
        return f"https://login.example/{tenant_id}/logout"


@dataclass
class FakeDirectories:
    """The directories that a test put there, by tenant."""

    by_tenant: dict[str, Directory] = field(default_factory=dict)

    def of(self, tenant_id: str) -> Directory:
        return self.by_tenant[tenant_id]


@dataclass
class FakeMailer:
    """Keeps what was sent in one step."""

    sent: list[OutgoingMail] = field(default_factory=list)

    def drafts(self) -> DraftBox | None:
        return None

    def send(self, mail: OutgoingMail) -> None:
        self.sent.append(mail)


@dataclass(frozen=True, kw_only=True)
class TestRuntime(WebRuntime, WorkerRuntime):
    """What a web process and a worker have, in one."""

    __test__ = False


def make_settings(database_url: str = "sqlite://", **changes: object) -> Settings:
    """Return settings with one home tenant and two resource tenants."""
    cloud = KNOWN_CLOUDS["global"]
    facts: dict[str, object] = {
        "demo": True,
        "base_url": "http://localhost:8080",
        "secret_key": "k" * 48,
        "database_url": database_url,
        "queue_url": "sqlite://",
        "instance": Path("instance"),
        "tenants": {
            "fabrikam": _tenant("fabrikam", FABRIKAM, is_home=True),
            "contoso": _tenant("contoso", CONTOSO, is_home=False),
            "woodgrove": _tenant("woodgrove", WOODGROVE, is_home=False),
        },
        "signin": SignInSettings(credential=_credential("sign-in"), cloud=cloud, authority="organizations"),
        # So fast that a clock which stands still holds nothing up; tests of the pace set their own.
        "rates": Rates(writes=10_000, invitations=10_000),
        "mail": MailSettings(
            kind=MailKind.SMTP,
            sender="selfservice@contoso.example",
            sender_name="Selfservice",
            smtp=SmtpSettings(host="localhost", port=25, starttls=False),
        ),
    }
    return Settings(**{**facts, **changes})  # type: ignore[arg-type]


def _tenant(alias: str, tenant_id: str, *, is_home: bool) -> Tenant:
    return Tenant(
        alias=alias,
        tenant_id=tenant_id,
        name=alias.capitalize(),
        domains=(f"{alias}.example",),
        cloud=KNOWN_CLOUDS["global"],
        is_home=is_home,
        is_resource=not is_home,
        credential=_credential(alias),
        help_contact=f"the help desk of {alias.capitalize()}",
    )


def _credential(name: str) -> Credential:
    return Credential(client_id=f"client-of-{name}", kind=CredentialKind.SECRET, file=Path("nowhere"))


def make_runtime(database_url: str, *, clock: HandClock | None = None, **settings: object) -> TestRuntime:
    """Return a runtime over this database, with fakes for the world outside."""
    return TestRuntime(
        settings=make_settings(database_url, **settings),
        sessions=create_sessions(database_url),
        waker=RecordingWaker(),
        clock=clock or HandClock(),
        signin=FakeSignIn(),
        directories=FakeDirectories(),
        mailer=FakeMailer(),
    )


@dataclass(frozen=True, kw_only=True)
class World:
    """What `make_world` put into the database."""

    rt: TestRuntime
    expenses: str
    design: str

    def forward(self, by: timedelta) -> None:
        """Let time pass."""
        assert isinstance(self.rt.clock, HandClock)
        self.rt.clock.forward(by)


def make_world(rt: TestRuntime) -> World:
    """Mirror the cast, some groups and an application, and publish Expenses (Contoso) and Design (Woodgrove)."""
    expenses = make_package(rt, CONTOSO, "Expenses", gives=EXPENSES_USERS)
    expenses.approvers.append(
        PackageApprover(kind=PartyKind.GROUP, object_id=EXPENSES_APPROVERS, name="Expenses Approvers")
    )
    design = make_package(rt, WOODGROVE, "Design studio", gives=DESIGN_MEMBERS)
    design.approvers.append(PackageApprover(kind=PartyKind.PERSON, object_id=WES.object_id, name=WES.name))
    with transaction(rt.sessions) as tx:
        tx.add_all([_person(actor) for actor in CAST])
        tx.add_all(_groups())
        tx.add(_application())
        tx.add_all([expenses, design])
    return World(rt=rt, expenses=expenses.id, design=design.id)


def make_package(rt: TestRuntime, tenant_id: str, name: str, *, gives: str) -> AccessPackage:
    """Return a published package that gives membership of one group, owned by Bob or Wes, without approvers."""
    owner = BOB if tenant_id == CONTOSO else WES
    return AccessPackage(
        tenant_id=tenant_id,
        name=name,
        state=PackageState.PUBLISHED,
        owner_kind=PartyKind.PERSON,
        owner_id=owner.object_id,
        owner_name=owner.name,
        created_at=rt.clock(),
        changed_at=rt.clock(),
        roles=[ResourceRole(kind=RoleKind.GROUP, resource_id=gives, resource_name=f"{name} Users")],
    )


def _person(actor: Actor) -> Person:
    first = actor.name.split()[0].lower()
    domain = {FABRIKAM: "fabrikam", CONTOSO: "contoso", WOODGROVE: "woodgrove"}[actor.tenant_id]
    mail = f"{first}@{domain}.example"
    return Person(
        tenant_id=actor.tenant_id,
        object_id=actor.object_id,
        display_name=actor.name,
        name_key=actor.name.casefold(),
        mail=mail,
        mail_key=mail,
        user_principal_name=mail,
        user_type=UserType.MEMBER,
        department="Finance" if actor is ANN else None,
    )


def _groups() -> list[Group | GroupMembership]:
    groups: list[Group | GroupMembership] = [
        Group(tenant_id=CONTOSO, object_id=EXPENSES_USERS, display_name="Expenses Users", security_enabled=True),
        Group(
            tenant_id=CONTOSO, object_id=EXPENSES_APPROVERS, display_name="Expenses Approvers", security_enabled=True
        ),
        Group(
            tenant_id=CONTOSO,
            object_id=TIER_0,
            display_name="Tier 0 Admins",
            security_enabled=True,
            role_assignable=True,
        ),
        Group(tenant_id=WOODGROVE, object_id=DESIGN_MEMBERS, display_name="Design Members", security_enabled=True),
    ]
    groups += [
        GroupMembership(tenant_id=CONTOSO, group_id=EXPENSES_APPROVERS, member_id=approver.object_id)
        for approver in (BOB, LEE)
    ]
    return groups


def _application() -> Application:
    return Application(
        tenant_id=CONTOSO,
        object_id=EXPENSES_APP,
        app_id="81000000-0000-4000-8000-000000000001",
        display_name="Expenses",
        owner_tenant_id=CONTOSO,
        roles=[
            AppRole(
                tenant_id=CONTOSO,
                application_id=EXPENSES_APP,
                role_id=READER,
                value="Reader",
                display_name="Reads expense reports",
            )
        ],
    )
