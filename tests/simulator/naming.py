"""The names of the demo world, as its seed gives them."""

import requests

from selfservice.simulator.seeding import demo_seed

SEED = demo_seed()
GRAPH = "https://graph.microsoft.com"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CALLBACK = "http://localhost:5000/sign-in/callback"

CLIENTS: dict[str, str] = {app["name"]: app["clientId"] for app in SEED["apps"]}
TENANTS: dict[str, str] = {tenant["name"]: tenant["id"] for tenant in SEED["tenants"]}
SIGN_IN = CLIENTS["Selfservice"]
OIDS: dict[str, str] = {
    person["mail"]: person["oid"] for tenant in SEED["tenants"] for person in (*tenant["people"], *tenant["guests"])
}
GROUPS: dict[str, str] = {group["name"]: group["id"] for tenant in SEED["tenants"] for group in tenant["groups"]}


def directory_app(tenant: str) -> str:
    """Return the client id of a tenant's Graph app."""
    return CLIENTS[f"Selfservice Directory - {tenant}"]


def session() -> requests.Session:
    """Return a session that looks at no proxy settings."""
    made = requests.Session()
    made.trust_env = False
    return made
