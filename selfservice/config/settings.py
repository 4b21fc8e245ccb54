"""The settings of one installation: frozen, complete, and checked before anything starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum, auto
from pathlib import Path

from selfservice.config.clouds import Cloud


class CredentialKind(StrEnum):
    """How an app registration proves itself to the sign-in service."""

    CERTIFICATE = auto()
    SECRET = auto()
    FEDERATED = auto()


@dataclass(frozen=True, kw_only=True)
class Credential:
    """An app registration's id and where its proof is kept.

    The proof itself is read only by the process that uses it (`read`), so a web process never holds a directory's key.
    For a certificate the file holds the private key and the certificate, PEM; for a federated one, the outside token.
    """

    client_id: str
    kind: CredentialKind
    file: Path | None = None
    environment: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """One Entra tenant that this installation serves.

    A *home* tenant's people may ask; a *resource* tenant holds access packages. `requestors_from` names the home
    tenants (by alias) that may ask in a resource tenant; empty means every home tenant.
    """

    alias: str
    tenant_id: str
    name: str
    domains: tuple[str, ...]
    cloud: Cloud
    is_home: bool
    is_resource: bool
    credential: Credential
    requestors_from: tuple[str, ...] = ()
    help_contact: str = ""

    @property
    def mark(self) -> str:
        """The two letters that stand for this tenant everywhere."""
        words = self.name.split()
        return ("".join(word[0] for word in words[:2]) if len(words) > 1 else self.name[:2]).upper()


@dataclass(frozen=True, kw_only=True)
class SignInSettings:
    """The app registration that people sign in through. `authority` is a tenant id, or `organizations` for several.

    `allow_external_members` lets in members whose sign-in happens in another organization.
    """

    credential: Credential
    cloud: Cloud
    authority: str
    allow_external_members: bool = False


class MailKind(StrEnum):
    """How mail leaves."""

    SMTP = "smtp"
    GRAPH = "graph"


@dataclass(frozen=True, kw_only=True)
class SmtpSettings:
    """An SMTP relay. `starttls` refuses to go on without TLS."""

    host: str
    port: int
    starttls: bool
    user_name: str | None = None
    password_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class GraphMailSettings:
    """A shared mailbox and the app registration that may send from it alone."""

    tenant_alias: str
    mailbox: str
    credential: Credential


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """Who our mails are from and how they leave: exactly one of `smtp` and `graph` is set, as `kind` says."""

    kind: MailKind
    sender: str
    sender_name: str
    smtp: SmtpSettings | None = None
    graph: GraphMailSettings | None = None


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """How often the worker looks. `mirror` is between delta reads, `mirror_full` between reads of everything."""

    mirror: timedelta = timedelta(seconds=60)
    mirror_full: timedelta = timedelta(hours=24)
    lease: timedelta = timedelta(seconds=120)
    session_idle: timedelta = timedelta(minutes=30)
    session_absolute: timedelta = timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class Rates:
    """How many directory writes, and how many invitations among them, a tenant is sent in a second."""

    writes: int = 15
    invitations: int = 2


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an installation is told. Made by `selfservice.config.loading.load_settings`."""

    demo: bool
    base_url: str
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    queue_url: str = field(repr=False)
    instance: Path
    tenants: Mapping[str, Tenant]
    signin: SignInSettings
    mail: MailSettings
    intervals: Intervals = Intervals()
    rates: Rates = Rates()
    trusted_proxies: int = 0
    redirect_hosts: tuple[str, ...] = ()

    def tenant_by_id(self, tenant_id: str) -> Tenant | None:
        """Return the tenant with this id, or None for one that is not ours."""
        return next((t for t in self.tenants.values() if t.tenant_id == tenant_id), None)

    def may_ask(self, *, home_id: str, resource_id: str) -> bool:
        """Say whether people of this home tenant may ask in this resource tenant."""
        home, resource = self.tenant_by_id(home_id), self.tenant_by_id(resource_id)
        if home is None or resource is None or not home.is_home or not resource.is_resource or home is resource:
            return False
        return not resource.requestors_from or home.alias in resource.requestors_from
