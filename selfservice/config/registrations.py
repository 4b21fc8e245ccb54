"""Builds the clouds, the tenants and their credentials from what was told."""

from dataclasses import replace

from selfservice.config.addresses import is_domain, is_guid, is_local_origin, is_secure_origin, origin_parts
from selfservice.config.clouds import KNOWN_CLOUDS, SIMULATED, SIMULATOR_HOST, Cloud
from selfservice.config.keys import variable_of
from selfservice.config.proof import is_shared
from selfservice.config.settings import Credential, CredentialKind, Tenant
from selfservice.config.told import Told

KINDS = {
    "certificate_file": CredentialKind.CERTIFICATE,
    "secret_file": CredentialKind.SECRET,
    "federated_token_file": CredentialKind.FEDERATED,
    "secret": CredentialKind.SECRET,
}


def build_clouds(told: Told) -> dict[str, Cloud]:
    """Return the known clouds and the installation's own."""
    return {**KNOWN_CLOUDS, **{name: _cloud(told, name) for name in told.names("clouds")}}


_MY_APPS = KNOWN_CLOUDS["global"].apps_url


def _cloud(told: Told, name: str) -> Cloud:
    prefix = f"clouds.{name}"
    known = KNOWN_CLOUDS.get(name)
    ca_bundle = told.file(f"{prefix}.ca_bundle")
    if ca_bundle is not None and not ca_bundle.is_file():
        told.problems.add(f"{prefix}.ca_bundle", f"there is no file {ca_bundle}", "Correct the path")
    if known is not None:
        for end in ("login_url", "graph_url", "loopback", "apps_url"):
            if told.has(f"{prefix}.{end}"):
                told.problems.add(f"{prefix}.{end}", f"{name} is one of Microsoft's clouds", "Choose another name")
        return replace(known, ca_bundle=ca_bundle)
    loopback = told.text(f"{prefix}.loopback", "").rstrip("/") or None
    cloud = Cloud(
        name=name,
        login_url=_service_url(told, f"{prefix}.login_url"),
        graph_url=_service_url(told, f"{prefix}.graph_url"),
        ca_bundle=ca_bundle,
        loopback=loopback,
        apps_url=told.text(f"{prefix}.apps_url", "").rstrip("/") or _MY_APPS,
    )
    if not is_secure_origin(cloud.apps_url) and not (
        told.flag("demo") and cloud.apps_url.startswith("http://localhost:")
    ):
        told.problems.add(f"{prefix}.apps_url", f"{cloud.apps_url!r} is no https address", "Write it as https://host")
    if loopback is not None:
        _check_loopback(told, f"{prefix}.loopback", cloud)
    return cloud


def _service_url(told: Told, key: str) -> str:
    address = told.text(key).rstrip("/")
    if address and not is_secure_origin(address):
        told.problems.add(key, f"{address!r} is no https address of a host", "Write it as https://host, without a path")
    return address


def _check_loopback(told: Told, key: str, cloud: Cloud) -> None:
    if not told.flag("demo"):
        told.problems.add(key, "a loopback is for the demo alone", "Remove it, or set demo = true on your own machine")
    if not is_local_origin(cloud.loopback or ""):
        told.problems.add(key, f"{cloud.loopback!r} is not this machine", "Write it as http://127.0.0.1:PORT")
    for address in (cloud.login_url, cloud.graph_url):
        parts = origin_parts(address)
        if parts is None or not parts.netloc.endswith(SIMULATED):
            remedy = f"Use https://{SIMULATOR_HOST} as login_url and graph_url"
            told.problems.add(key, f"only a name that ends in {SIMULATED} may have a loopback", remedy)


def cloud_named(told: Told, key: str, clouds: dict[str, Cloud]) -> Cloud:
    """Return the cloud that a key names."""
    name = told.text(key, "global")
    if name not in clouds:
        told.problems.add(key, f"there is no cloud {name!r}", f"Choose one of: {', '.join(sorted(clouds))}")
    return clouds.get(name, KNOWN_CLOUDS["global"])


def build_credential(told: Told, prefix: str) -> Credential:
    """Return an app registration with exactly one kind of credential, whose proof stays unread."""
    client_id = guid(told, f"{prefix}.client_id")
    given = {end: kind for end, kind in KINDS.items() if told.has(f"{prefix}.{end}")}
    if len(set(given.values())) != 1:
        wrong = "there is no credential" if not given else "there is more than one kind of credential"
        told.problems.add(prefix, wrong, "Give one of certificate_file, secret_file and federated_token_file")
        return Credential(client_id=client_id, kind=CredentialKind.SECRET)
    kind = next(iter(given.values()))
    if "secret" in given:
        return Credential(client_id=client_id, kind=kind, environment=variable_of(f"{prefix}.secret"))
    key = f"{prefix}.{next(iter(given))}"
    file = told.file(key)
    if file is not None and kind is not CredentialKind.FEDERATED and is_shared(file):
        told.problems.add(key, f"others than its owner can read {file}", f"Run: chmod 600 {file}")
    return Credential(client_id=client_id, kind=kind, file=file)


def build_tenants(told: Told, clouds: dict[str, Cloud]) -> dict[str, Tenant]:
    """Return the tenants by their alias."""
    tenants = {alias: _tenant(told, alias, clouds) for alias in told.names("tenants")}
    _check_unique(told, tenants)
    _check_kinds(told, tenants)
    return tenants


def _tenant(told: Told, alias: str, clouds: dict[str, Cloud]) -> Tenant:
    prefix = f"tenants.{alias}"
    domains = tuple(domain.strip().lower() for domain in told.texts(f"{prefix}.domains"))
    for domain in domains:
        if not is_domain(domain):
            told.problems.add(f"{prefix}.domains", f"{domain!r} is no domain", "Write it like contoso.com")
    if not domains:
        told.problems.add(f"{prefix}.domains", "it is missing", "List the domains that the tenant has verified")
    return Tenant(
        alias=alias,
        tenant_id=guid(told, f"{prefix}.id"),
        name=told.text(f"{prefix}.name"),
        domains=domains,
        cloud=cloud_named(told, f"{prefix}.cloud", clouds),
        is_home=told.flag(f"{prefix}.home"),
        is_resource=told.flag(f"{prefix}.resource"),
        credential=build_credential(told, f"{prefix}.credential"),
        requestors_from=told.texts(f"{prefix}.requestors_from"),
        help_contact=told.text(f"{prefix}.help_contact", ""),
    )


def _check_unique(told: Told, tenants: dict[str, Tenant]) -> None:
    owners: dict[str, str] = {}
    for alias, tenant in tenants.items():
        marks = {
            "id": (tenant.tenant_id,),
            "domains": tenant.domains,
            "credential.client_id": (f"{tenant.cloud.name} {tenant.credential.client_id} {tenant.tenant_id}",),
        }
        for end, values in marks.items():
            for value in filter(None, values):
                other = owners.setdefault(f"{end} {value}", alias)
                if other != alias:
                    told.problems.add(f"tenants.{alias}.{end}", f"{value} is {other}'s already", "Correct one of them")


def _check_kinds(told: Told, tenants: dict[str, Tenant]) -> None:
    if not any(tenant.is_home for tenant in tenants.values()):
        told.problems.add("tenants", "no tenant is a home tenant", "Set home = true for the tenant of those who ask")
    if not any(tenant.is_resource for tenant in tenants.values()):
        told.problems.add("tenants", "no tenant is a resource tenant", "Set resource = true for the one with the apps")
    homes = {alias for alias, tenant in tenants.items() if tenant.is_home}
    for alias, tenant in tenants.items():
        if not tenant.is_home and not tenant.is_resource:
            told.problems.add(f"tenants.{alias}", "it is neither home nor resource", "Set home or resource to true")
        for name in tenant.requestors_from:
            if name not in homes:
                key = f"tenants.{alias}.requestors_from"
                told.problems.add(
                    key, f"{name!r} is no home tenant", f"Choose of: {', '.join(sorted(homes)) or 'none'}"
                )


def guid(told: Told, key: str) -> str:
    """Return a GUID in small letters."""
    value = told.text(key).lower()
    if value and not is_guid(value):
        told.problems.add(key, f"{value!r} is no GUID", "Copy it from the Microsoft Entra admin center")
    return value
