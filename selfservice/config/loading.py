"""Makes the settings of one installation from its file and the environment, or says everything that is wrong."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from selfservice.config.addresses import is_domain, is_guid, is_local_origin, is_secure_origin
from selfservice.config.clouds import Cloud
from selfservice.config.keys import FILE_VARIABLE
from selfservice.config.mailing import build_mail
from selfservice.config.places import database_url, queue_url
from selfservice.config.problems import Problems, SettingsError
from selfservice.config.proof import read_secret
from selfservice.config.registrations import build_clouds, build_credential, build_tenants, cloud_named, guid
from selfservice.config.settings import Intervals, Rates, Settings, SignInSettings, Tenant
from selfservice.config.sources import FALSE, read_sources
from selfservice.config.told import Told

__all__ = ["SettingsError", "load_settings"]

CHECKOUT = Path(__file__).resolve().parents[2]

USUAL_KEYS = ("changeme", "change-me", "secret", "default", "example", "password", "development", "insecure", "0123456")


def load_settings(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the checked settings of an installation. Raises `SettingsError` with everything that is wrong."""
    problems = Problems()
    file = _file(path, environ)
    folder = file.resolve().parent
    optional = path is None and FILE_VARIABLE not in environ and not file.exists()
    table = read_sources(None if optional else file, environ, problems)
    told = Told(table, environ=environ, folder=folder, problems=problems)
    settings = _build(told)
    _check_debugging(told)
    problems.raise_if_any()
    return settings


def _file(path: Path | None, environ: Mapping[str, str]) -> Path:
    if path is not None:
        return path
    named = environ.get(FILE_VARIABLE, "").strip()
    return Path(named).expanduser() if named else CHECKOUT / "instance" / "settings.toml"


def _build(told: Told) -> Settings:
    clouds = build_clouds(told)
    tenants = build_tenants(told, clouds)
    database = database_url(told)
    return Settings(
        demo=told.flag("demo"),
        base_url=_base_url(told),
        secret_key=_secret_key(told),
        database_url=database,
        queue_url=queue_url(told, database),
        instance=told.folder,
        tenants=tenants,
        signin=_signin(told, clouds, tenants),
        mail=build_mail(told, tenants),
        intervals=_intervals(told),
        rates=_rates(told),
        trusted_proxies=told.number("trusted_proxies", 0, least=0, most=10),
        redirect_hosts=_redirect_hosts(told),
    )


def _base_url(told: Told) -> str:
    address = told.text("base_url").rstrip("/")
    local = told.flag("demo") and is_local_origin(address)
    if address and not local and not is_secure_origin(address):
        remedy = "Write it as https://host, without a path (plain http is for localhost in the demo alone)"
        told.problems.add("base_url", f"{address!r} is not where people can safely reach this", remedy)
    return address


def _secret_key(told: Told) -> str:
    file = told.file("secret_key_file")
    key = told.text("secret_key", "")
    if not key and file is None:
        told.text("secret_key_file")
        return ""
    if not key and file is not None:
        try:
            key = read_secret(file)
        except SettingsError as failure:
            for problem in failure.problems:
                told.problems.add("secret_key_file", f"{problem.key}: {problem.wrong}", problem.remedy)
            return ""
    name = "secret_key" if told.has("secret_key") else "secret_key_file"
    weak = len(set(key)) < 10 or any(word in key.lower() for word in USUAL_KEYS)
    if len(key.encode()) < 32 or weak:
        remedy = 'Make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'
        told.problems.add(name, "the key can be guessed (it needs 32 random bytes or more)", remedy)
    return key


def _signin(told: Told, clouds: dict[str, Cloud], tenants: dict[str, Tenant]) -> SignInSettings:
    cloud = cloud_named(told, "signin.cloud", clouds)
    authority = told.text("signin.tenant", "organizations").lower()
    if authority != "organizations" and is_guid(authority):
        known = any(tenant.tenant_id == authority and tenant.cloud == cloud for tenant in tenants.values())
        if not known:
            told.problems.add("signin.tenant", "it is none of the tenants of this cloud", "Name one of [tenants]")
    elif authority != "organizations":
        guid(told, "signin.tenant")
    for tenant in tenants.values():
        if tenant.is_home and tenant.cloud != cloud:
            wrong = f"the home tenant {tenant.alias} is in another cloud, so its people could not sign in"
            told.problems.add("signin.cloud", wrong, "Correct one of the clouds")
        if tenant.is_home and authority not in ("organizations", tenant.tenant_id):
            wrong = f"people of the home tenant {tenant.alias} could not sign in"
            told.problems.add("signin.tenant", wrong, "Set it to organizations")
    return SignInSettings(
        credential=build_credential(told, "signin"),
        cloud=cloud,
        authority=authority,
        allow_external_members=told.flag("signin.allow_external_members"),
    )


def _intervals(told: Told) -> Intervals:
    usual = Intervals()
    bounds = {
        "mirror": (usual.mirror, 1, 3600),
        "mirror_full": (usual.mirror_full, 60, 7 * 86400),
        # A lease must outlast the slowest call; the demo may have a short one, so that a crash is soon made good.
        "lease": (usual.lease, 2 if told.flag("demo") else 90, 3600),
        "session_idle": (usual.session_idle, 60, 86400),
        "session_absolute": (usual.session_absolute, 300, 7 * 86400),
    }
    return Intervals(
        **{
            name: timedelta(
                seconds=told.number(f"intervals.{name}", int(default.total_seconds()), least=least, most=most)
            )
            for name, (default, least, most) in bounds.items()
        }
    )


def _rates(told: Told) -> Rates:
    usual = Rates()
    return Rates(
        writes=told.number("rates.writes", usual.writes, least=1, most=20),
        invitations=told.number("rates.invitations", usual.invitations, least=1, most=20),
    )


def _redirect_hosts(told: Told) -> tuple[str, ...]:
    hosts = tuple(host.strip().lower() for host in told.texts("redirect_hosts"))
    for host in hosts:
        if not is_domain(host):
            told.problems.add("redirect_hosts", f"{host!r} is no host name", "Write it like myapps.microsoft.com")
    return hosts


def _check_debugging(told: Told) -> None:
    word = told.environ.get("FLASK_DEBUG", "").strip().lower()
    if word and word not in FALSE and not told.flag("demo"):
        told.problems.add("FLASK_DEBUG", "debugging lets anybody run code here", "Unset the variable")
