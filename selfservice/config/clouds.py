"""The clouds that Microsoft runs, and custom ones, as data.

Sources: https://learn.microsoft.com/graph/deployments
https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Where a cloud's sign-in and Graph live.

    `apps_url` is the page that shows a person their apps of one tenant, named by `?tenantid=`.
    `ca_bundle` is a PEM file for a cloud (or a TLS-inspecting proxy) with its own authority. `loopback` is the plain
    address of a local simulator that stands behind the reserved name; it is refused outside the demo.
    """

    name: str
    login_url: str
    graph_url: str
    ca_bundle: Path | None = None
    loopback: str | None = None
    apps_url: str = "https://myapplications.microsoft.com"


SIMULATED = ".simulator.localhost"
"""What the reserved names end with that a loopback may stand behind."""

SIMULATOR_HOST = f"entra{SIMULATED}"
"""The first simulated cloud's name, for sign-in and Graph alike."""

KNOWN_CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(name="global", login_url="https://login.microsoftonline.com", graph_url="https://graph.microsoft.com"),
        Cloud(
            name="usgov",
            login_url="https://login.microsoftonline.us",
            graph_url="https://graph.microsoft.us",
            apps_url="https://myapplications.azure.us",
        ),
        Cloud(
            name="usgov-dod",
            login_url="https://login.microsoftonline.us",
            graph_url="https://dod-graph.microsoft.us",
            apps_url="https://myapplications.azure.us",
        ),
        Cloud(
            name="china",
            login_url="https://login.partner.microsoftonline.cn",
            graph_url="https://microsoftgraph.chinacloudapi.cn",
            apps_url="https://myapplications.azure.cn",
        ),
    )
}
