"""The people, tenants and things of the web tests: one small world in which everybody has a part."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from selfservice.config.clouds import Cloud
from selfservice.config.settings import (
    Credential,
    CredentialKind,
    MailKind,
    MailSettings,
    Settings,
    SignInSettings,
    SmtpSettings,
    Tenant,
)
from selfservice.model.identity import VerifiedIdentity

NOW = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
ENDS_ON = date(2027, 2, 20)
BASE_URL = "https://selfservice.example"
CLOUD = Cloud(name="test", login_url="https://login.example", graph_url="https://graph.example")


def identifier(name: str) -> str:
    """Return a GUID that is always the same for the same name."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


@dataclass(frozen=True, kw_only=True)
class Member:
    """One of the cast."""

    name: str
    tenant: str
    roles: frozenset[str] = frozenset()

    @property
    def tenant_id(self) -> str:
        """The tenant they sign in to."""
        return identifier(self.tenant)

    @property
    def object_id(self) -> str:
        """Their object id there."""
        return identifier(f"{self.tenant}/{self.name}")

    @property
    def user_name(self) -> str:
        """Their user principal name."""
        return f"{self.name.split()[0].lower()}@{self.tenant}.example"

    @property
    def identity(self) -> VerifiedIdentity:
        """What their id_token says."""
        return VerifiedIdentity(
            tenant_id=self.tenant_id,
            object_id=self.object_id,
            display_name=self.name,
            user_name=self.user_name,
            roles=self.roles,
            session_hint=f"sid-{self.object_id}",
            login_hint=self.user_name,
        )


CAST = {
    "ann": Member(name="Ann Lee", tenant="fabrikam"),
    "cy": Member(name="Cy Novak", tenant="fabrikam"),
    "eve": Member(name="Eve Moss", tenant="fabrikam"),
    "fay": Member(name="Fay Dunn", tenant="fabrikam", roles=frozenset({"Auditor"})),
    "bob": Member(name="Bob Ray", tenant="contoso"),
    "lee": Member(name="Lee Wu", tenant="contoso"),
    "cal": Member(name="Cal Orr", tenant="contoso"),
    "dee": Member(name="Dee Fox", tenant="contoso", roles=frozenset({"Admin"})),
    "ada": Member(name="Ada Stone", tenant="contoso", roles=frozenset({"Auditor"})),
    "wes": Member(name="Wes Hall", tenant="woodgrove"),
    "wim": Member(name="Wim Kay", tenant="woodgrove", roles=frozenset({"Admin"})),
}
"""Ann asks and sponsors nobody but through Cy, who answers for her guest; Eve only works at Fabrikam; Fay audits it.
Bob and Lee decide at Contoso, where Cal only works, Dee is the admin and Ada audits. Wes decides at Woodgrove; Wim
is the admin there.
"""


def make_tenant(alias: str, *, is_home: bool) -> Tenant:
    """Return a tenant of the test installation."""
    return Tenant(
        alias=alias,
        tenant_id=identifier(alias),
        name=alias.capitalize(),
        domains=(f"{alias}.example",),
        cloud=CLOUD,
        is_home=is_home,
        is_resource=not is_home,
        credential=Credential(client_id=identifier(f"{alias} app"), kind=CredentialKind.SECRET),
    )


def make_settings(folder: Path, *, database_url: str, base_url: str = BASE_URL, trusted_proxies: int = 0) -> Settings:
    """Return the settings of a test installation."""
    tenants = [
        make_tenant("fabrikam", is_home=True),
        *(make_tenant(a, is_home=False) for a in ("contoso", "woodgrove")),
    ]
    return Settings(
        demo=False,
        base_url=base_url,
        secret_key="k" * 32,
        database_url=database_url,
        queue_url="",
        instance=folder,
        tenants={tenant.alias: tenant for tenant in tenants},
        signin=SignInSettings(
            credential=Credential(client_id=identifier("sign-in"), kind=CredentialKind.SECRET),
            cloud=CLOUD,
            authority="organizations",
        ),
        mail=MailSettings(
            kind=MailKind.SMTP,
            sender="selfservice@contoso.example",
            sender_name="Selfservice",
            smtp=SmtpSettings(host="localhost", port=25, starttls=False),
        ),
        trusted_proxies=trusted_proxies,
    )


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, passed: timedelta) -> None:
        """Let time pass."""
        self.now += passed
