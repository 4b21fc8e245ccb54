"""Our adapter over a simulated Entra and Graph: real MSAL, real HTTP, real tokens."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from selfservice.cli.demo_settings import HOMES
from selfservice.config.clouds import SIMULATED, SIMULATOR_HOST, Cloud
from selfservice.config.settings import (
    Credential,
    CredentialKind,
    GraphMailSettings,
    MailKind,
    MailSettings,
    Settings,
    SignInSettings,
    Tenant,
)
from selfservice.entra.directories import GraphDirectories, GraphDirectory
from selfservice.entra.signin import EntraSignIn
from selfservice.model.identity import SignInStart
from selfservice.simulator.faults import Fault, FaultKind, Match
from selfservice.simulator.seeding import demo_seed
from selfservice.simulator.server import RunningSimulator

CALLBACK = "http://localhost:8080/sign-in/callback"
SIGN_IN_APP = "5e1f5e1f-0000-4000-8000-000000000001"
MAIL_APP = "5e1f5e1f-0000-4000-8000-0000000000a1"
MAILBOX = "selfservice@contoso.example"

SEED = demo_seed()
TENANTS: Mapping[str, str] = {tenant["name"]: tenant["id"] for tenant in SEED["tenants"]}
CLOUD_OF: Mapping[str, str] = {tenant["name"]: tenant.get("cloud", "") for tenant in SEED["tenants"]}
APPS: Mapping[str, str] = {app["name"]: app["clientId"] for app in SEED["apps"]}
PEOPLE: Mapping[str, str] = {
    person["mail"]: person["oid"] for tenant in SEED["tenants"] for person in (*tenant["people"], *tenant["guests"])
}
GROUPS: Mapping[str, str] = {group["name"]: group["id"] for tenant in SEED["tenants"] for group in tenant["groups"]}


class World:
    """A running simulator, and the settings of an installation that uses it."""

    def __init__(self, sim: RunningSimulator, folder: Path, cloud: Cloud | None = None) -> None:
        self.sim = sim
        self._folder = folder
        name = f"https://{SIMULATOR_HOST}"
        self.cloud = cloud or Cloud(name="simulator", login_url=name, graph_url=name, loopback=sim.url)
        self._clouds = {"": self.cloud, **{name: _beside(name, url) for name, url in sim.clouds.items() if name}}
        self.settings = self._settings()
        self._directories = GraphDirectories(self.settings, {})
        for tenant in sim.world.tenants.values():
            tenant.behaviour.lag_seconds = 0.0

    def directory(self, name: str) -> GraphDirectory:
        """Return the directory of a tenant by its name."""
        return self._directories.of(TENANTS[name])

    def sign_in(self, *, tenant: str = "organizations", allow_external_members: bool = False) -> EntraSignIn:
        """Return the sign-in service."""
        changed = replace(
            self.settings.signin, authority=TENANTS.get(tenant, tenant), allow_external_members=allow_external_members
        )
        return EntraSignIn(replace(self.settings, signin=changed), {})

    def fault(self, kind: FaultKind, *, method: str = "", path: str = "", **more: int | float | str) -> Fault:
        """Let something go wrong once (or `times`) with calls that match."""
        told = {"times": 1, **more}
        return self.sim.world.faults.add(Fault(kind=kind, match=Match(method=method, path=path), **told))  # type: ignore[arg-type]

    def written(self, method: str, path: str) -> list[dict[str, object]]:
        """Return what Graph wrote down about the accepted writes of a path."""
        rows = self.sim.world.ledger.rows
        return [row for row in rows if row["method"] == method and row["path"] == f"/v1.0{path}"]

    def credential(self, client_id: str) -> Credential:
        """Return the credential of an app as a private file."""
        known = self.sim.world.credentials.of(client_id)
        file = self._folder / f"{client_id}.credential"
        file.touch(mode=0o600)
        file.write_text(known.pem or known.secret)
        kind = CredentialKind.CERTIFICATE if known.pem else CredentialKind.SECRET
        return Credential(client_id=client_id, kind=kind, file=file)

    def _settings(self) -> Settings:
        return Settings(
            demo=True,
            base_url="http://localhost:8080",
            secret_key="-" * 32,
            database_url="sqlite://",
            queue_url="sqlite://",
            instance=self._folder,
            tenants={name.lower(): self._tenant(name) for name in TENANTS},
            signin=SignInSettings(credential=self.credential(SIGN_IN_APP), cloud=self.cloud, authority="organizations"),
            mail=MailSettings(
                kind=MailKind.GRAPH,
                sender=MAILBOX,
                sender_name="Selfservice",
                graph=GraphMailSettings(tenant_alias="contoso", mailbox=MAILBOX, credential=self.credential(MAIL_APP)),
            ),
        )

    def _tenant(self, name: str) -> Tenant:
        return Tenant(
            alias=name.lower(),
            tenant_id=TENANTS[name],
            name=name,
            domains=(f"{name.lower()}.example",),
            cloud=self._clouds[CLOUD_OF[name]],
            is_home=name in HOMES,
            is_resource=name not in HOMES,
            credential=self.credential(APPS[f"Selfservice Directory - {name}"]),
        )


def _beside(name: str, loopback: str) -> Cloud:
    login, graph = (f"https://{kind}.{name}{SIMULATED}" for kind in ("login", "graph"))
    return Cloud(name=name, login_url=login, graph_url=graph, loopback=loopback)


def pick(start: SignInStart, account: str, *, verify: bool | str = True) -> dict[str, str]:
    """Be a browser: open the sign-in page, pick an account, and return what comes back to the app."""
    parts = urlsplit(start.url)
    # The simulator listens at one address family only; a browser would try both.
    url = parts._replace(netloc=parts.netloc.replace("localhost", "127.0.0.1")).geturl()
    with requests.Session() as browser:
        browser.trust_env = False
        answer = browser.post(url, data={"account": account}, allow_redirects=False, timeout=10, verify=verify)
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}
