"""Reads a seed (tenants, people, groups, apps) into an empty world."""

import json
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

from selfservice.simulator.clock import iso
from selfservice.simulator.directory.people import guest, member, redeemed
from selfservice.simulator.directory.policies import partner, policies
from selfservice.simulator.directory.registration import Registration
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.identifiers import assignment_id, derived_id
from selfservice.simulator.world import World

Seed: TypeAlias = dict[str, Any]


def demo_seed() -> Seed:
    """Read the seed that comes with the simulator."""
    source = files("selfservice.simulator").joinpath("seeds/demo.json")
    seed: Seed = json.loads(source.read_text("utf-8"))
    return seed


def seed_in(path: Path) -> Seed:
    """Read a seed from a file."""
    seed: Seed = json.loads(path.read_text("utf-8"))
    return seed


def plant(world: World, seed: Seed) -> None:
    """Put what a seed holds into the clouds of a world, but for tenants that are there already."""
    world.outside = seed.get("outside", [])
    for body in seed["tenants"]:
        if body["id"] not in world.everywhere:
            _plant_tenant(world.clouds[body.get("cloud", "")], body)
    for body in seed["apps"]:
        cloud = world.cloud_of(body["tenant"])
        if body["clientId"] not in cloud.apps:
            cloud.add_app(_app(body))
    for body in seed.get("accounts", []):
        if body["address"].lower() in world.accounts:
            continue
        world.add_account({"identity": "mail", "tenantId": None, "enabled": True, **body})
        world.mail.open_mailbox(body["address"])
    world.save()


def clouds_of(seed: Seed) -> list[str]:
    """Name the clouds of a seed besides the first, which has no name."""
    return sorted({str(body["cloud"]) for body in seed["tenants"] if body.get("cloud")})


def _app(body: Seed) -> Registration:
    return Registration(
        client_id=body["clientId"],
        name=body["name"],
        tenant=body["tenant"],
        credential=body.get("credential", "secret"),
        redirect_uris=list(body.get("redirectUris", [])),
        logout_url=body.get("logoutUrl", ""),
        optional_claims=list(body.get("optionalClaims", [])),
        mail_scope=body.get("mailScope"),
        federated=body.get("federated", []),
    )


def _plant_tenant(world: World, body: Seed) -> None:
    tenant = world.add_tenant(
        {
            "id": body["id"],
            "name": body["name"],
            "domains": body["domains"],
            "initialDomain": body["initialDomain"],
            "cloud": body.get("cloud", ""),
            "behaviour": body.get("behaviour", {}),
            "policies": policies(body.get("policies", {})),
            "partners": {
                entry["tenantId"]: {**partner(entry["tenantId"]), **entry} for entry in body.get("partners", [])
            },
            "grants": body.get("consents", {}),
        }
    )
    tenant.save()
    names = _plant_people(world, tenant, body)
    _plant_groups(world, tenant, body.get("groups", []), names)
    _plant_principals(world, tenant, body.get("servicePrincipals", []), names)


def _plant_people(world: World, tenant: Tenant, body: Seed) -> dict[str, str]:
    now = world.clock.now()
    people = [_person(entry, now) for entry in body.get("people", [])]
    guests = [_guest(tenant, entry, now) for entry in body.get("guests", [])]
    tenant.users.add_many([*people, *guests])
    names = {user["mail"]: user["id"] for user in (*people, *guests)}
    for user in people:
        world.mail.open_mailbox(user["mail"])
    for entry in body.get("people", []):
        if entry.get("manager"):
            tenant.managers.add(entry["oid"], names[entry["manager"]])
    for entry in body.get("guests", []):
        for sponsor in entry.get("sponsors", []):
            tenant.sponsors.add(entry["oid"], names[sponsor])
    return names


_PERSON_KEYS = frozenset(("oid", "mail", "name", "manager", "enabled", "overage", "adminRole"))
_GUEST_KEYS = frozenset(("oid", "mail", "name", "state", "enabled", "home", "sponsors"))


def _person(entry: Seed, now: datetime) -> Properties:
    user = member(entry["oid"], entry["mail"], entry["name"], now)
    user["accountEnabled"] = entry.get("enabled", True)
    if entry.get("overage"):
        user["~overage"] = True
    if entry.get("adminRole"):
        user["~adminRole"] = entry["adminRole"]
    return {**user, **{key: entry[key] for key in entry if key not in _PERSON_KEYS}}


def _guest(tenant: Tenant, entry: Seed, now: datetime) -> Properties:
    user = guest(tenant, entry["oid"], entry["mail"], now)
    user["displayName"] = entry["name"]
    user["accountEnabled"] = entry.get("enabled", True)
    if entry.get("state", "Accepted") == "Accepted":
        home = entry.get("home", "mail")
        issuer = "ExternalAzureAD" if "-" in home else home
        user["~home"] = home
        identity = {
            "signInType": "federated",
            "issuer": issuer,
            "issuerAssignedId": None if issuer == "ExternalAzureAD" else entry["mail"],
        }
        user.update(redeemed(identity, now))
    return {**user, **{key: entry[key] for key in entry if key not in _GUEST_KEYS}}


_GROUP_KINDS: dict[str, Properties] = {
    "security": {},
    "dynamic": {
        "groupTypes": ["DynamicMembership"],
        "membershipRuleProcessingState": "On",
    },
    "synced": {"onPremisesSyncEnabled": True},
    "role": {"isAssignableToRole": True},
    "mail": {"mailEnabled": True},
    "unified": {
        "groupTypes": ["Unified"],
        "mailEnabled": True,
        "securityEnabled": False,
    },
}


def _plant_groups(world: World, tenant: Tenant, entries: list[Seed], names: dict[str, str]) -> None:
    for entry in entries:
        body = {
            "id": entry["id"],
            "displayName": entry["name"],
            "description": entry.get("description"),
            "mailNickname": entry["name"].replace(" ", ""),
            "mail": entry.get("mail"),
            "groupTypes": [],
            "mailEnabled": False,
            "securityEnabled": True,
            "isAssignableToRole": None,
            "membershipRule": entry.get("rule"),
            "createdDateTime": iso(world.clock.now()),
            **_GROUP_KINDS[entry.get("kind", "security")],
        }
        tenant.groups.add(body)
        names[entry["name"]] = entry["id"]
        for key in _everybody(tenant) if entry.get("everybody") else _ids(entry, "members", names):
            tenant.members.add(entry["id"], key)
        for key in _ids(entry, "owners", names):
            tenant.owners.add(entry["id"], key)


def _everybody(tenant: Tenant) -> list[str]:
    return [key for key, user in tenant.users.live.items() if user["userType"] == "Member"]


def _ids(entry: Seed, field: str, names: dict[str, str]) -> list[str]:
    return [names[name] for name in entry.get(field, [])]


def _plant_principals(world: World, tenant: Tenant, entries: list[Seed], names: dict[str, str]) -> None:
    now = iso(world.clock.now())
    for entry in entries:
        key = entry.get("id") or derived_id(tenant.id, entry["appId"])
        body = {
            "id": key,
            "appId": entry["appId"],
            "displayName": entry["name"],
            "appDisplayName": entry["name"],
            "appOwnerOrganizationId": entry.get("owner", tenant.id),
            "accountEnabled": True,
            "appRoleAssignmentRequired": entry.get("assignmentRequired", True),
            "servicePrincipalType": "Application",
            "createdDateTime": now,
            "appRoles": [_app_role(key, role) for role in entry.get("roles", [])],
        }
        tenant.principals.add(body)
        for given in entry.get("assignments", []):
            _plant_assignment(tenant, body, names[given["to"]], given["role"])


def _app_role(principal: str, role: Seed) -> Properties:
    return {
        "id": role.get("id") or derived_id(principal, role["value"]),
        "value": role["value"],
        "displayName": role.get("name", role["value"]),
        "description": role.get("description", role.get("name", role["value"])),
        "allowedMemberTypes": role.get("for", ["User"]),
        "isEnabled": role.get("enabled", True),
        "origin": "Application",
    }


def _plant_assignment(tenant: Tenant, app: Properties, principal: str, value: str) -> None:
    role = next(role for role in app["appRoles"] if role["value"] == value)
    group = principal in tenant.groups.live
    holder = (tenant.groups if group else tenant.users).live[principal]
    tenant.assignments.add(
        {
            "id": assignment_id(),
            "deletedDateTime": None,
            "appRoleId": role["id"],
            "createdDateTime": app["createdDateTime"],
            "principalDisplayName": holder["displayName"],
            "principalId": principal,
            "principalType": "Group" if group else "User",
            "resourceDisplayName": app["displayName"],
            "resourceId": app["id"],
        }
    )
