"""The demo's settings: written anew at each start, since the simulator's port may differ; its keys and data stay."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from selfservice.config.clouds import SIMULATED, SIMULATOR_HOST
from selfservice.simulator.seeding import Seed


@dataclass(frozen=True, kw_only=True)
class DemoPlace:
    """Where one demo keeps its things, and at which addresses it is reached."""

    instance: Path
    base_url: str
    simulator_url: str
    cloud_urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings_file(self) -> Path:
        """The settings file."""
        return self.instance / "settings.toml"

    @property
    def simulator_state(self) -> Path:
        """Where the simulator keeps its tenants, mail and credentials."""
        return self.instance / "simulator"


HOMES = frozenset({"Fabrikam", "Northwind"})


class NotADemo(Exception):
    """The instance folder belongs to a real installation."""


def ensure_demo(instance: Path) -> None:
    """Refuse to touch the settings of a real installation."""
    settings = instance / "settings.toml"
    if settings.exists() and "demo = true" not in settings.read_text("utf-8").splitlines():
        raise NotADemo(f"{settings} belongs to a real installation; run the demo with --instance FOLDER elsewhere.")


def write_settings(place: DemoPlace, seed: Seed) -> None:
    """Write the settings file of a demo and, the first time, its secret key."""
    key = place.instance / "secret_key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(48), "utf-8")
    lines = [
        "# Written by `selfservice demo` at each start.",
        "demo = true",
        f"base_url = {_quoted(place.base_url)}",
        'secret_key_file = "secret_key"',
        *_cloud("simulator", SIMULATOR_HOST, SIMULATOR_HOST, place.simulator_url),
        *(
            line
            for name, url in place.cloud_urls.items()
            if name
            for line in _cloud(name, f"login.{name}{SIMULATED}", f"graph.{name}{SIMULATED}", url)
        ),
        "",
        "[signin]",
        'cloud = "simulator"',
        'tenant = "organizations"',
        *_credential(place, _app(seed, "Selfservice")),
        "",
        "[mail]",
        'kind = "graph"',
        'sender = "selfservice@contoso.example"',
        'sender_name = "Selfservice"',
        "",
        "[mail.graph]",
        'tenant = "contoso"',
        'mailbox = "selfservice@contoso.example"',
        *_credential(place, _app(seed, "Selfservice Mail")),
        "",
        "[intervals]",
        "mirror = 3",
    ]
    for tenant in seed["tenants"]:
        lines += _tenant(place, seed, tenant)
    place.settings_file.write_text("\n".join(lines) + "\n", "utf-8")


def _cloud(name: str, login: str, graph: str, loopback: str) -> list[str]:
    return [
        "",
        f"[clouds.{name}]",
        f'login_url = "https://{login}"',
        f'graph_url = "https://{graph}"',
        f"loopback = {_quoted(loopback)}",
        f"apps_url = {_quoted(loopback.replace('127.0.0.1', 'localhost'))}",
    ]


def _tenant(place: DemoPlace, seed: Seed, tenant: Seed) -> list[str]:
    name = str(tenant["name"])
    alias, is_home = name.lower(), name in HOMES
    return [
        "",
        f"[tenants.{alias}]",
        f"id = {_quoted(tenant['id'])}",
        f"name = {_quoted(name)}",
        f"domains = {json.dumps(tenant['domains'])}",
        f"cloud = {_quoted(tenant.get('cloud', 'simulator'))}",
        f"home = {json.dumps(is_home)}",
        f"resource = {json.dumps(not is_home)}",
        f"help_contact = {_quoted(f'the help desk of {name}')}",
        "",
        f"[tenants.{alias}.credential]",
        *_credential(place, _app(seed, f"Selfservice Directory - {name}")),
    ]


def _credential(place: DemoPlace, app: Seed) -> list[str]:
    client_id = str(app["clientId"])
    kind, ending = ("certificate", "pem") if app.get("credential") == "certificate" else ("secret", "secret")
    proof = place.simulator_state.relative_to(place.instance) / "credentials" / f"{client_id}.{ending}"
    return [f"client_id = {_quoted(client_id)}", f"{kind}_file = {_quoted(proof.as_posix())}"]


def _app(seed: Seed, name: str) -> Seed:
    found: Seed = next(app for app in seed["apps"] if app["name"] == name)
    return found


def _quoted(text: object) -> str:
    return json.dumps(str(text))
