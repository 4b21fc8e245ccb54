"""Who can be picked at sign-in, and as whom the picked person enters a tenant."""

from dataclasses import dataclass

from selfservice.simulator.crossing import home_across
from selfservice.simulator.directory.people import addresses, is_external
from selfservice.simulator.directory.registration import Registration
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.login.errors import LoginError
from selfservice.simulator.world import World

SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Be one line of the people picker."""

    key: str
    name: str
    address: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Entered:
    """Be a person inside a tenant: a member, or a guest there."""

    tenant: Tenant
    user: Properties


def choices(world: World, tenant: Tenant | None, app: Registration, search: str) -> tuple[list[Choice], bool]:
    """List who can be picked, and whether more would fit."""
    found: list[Choice] = []
    for place in [tenant] if tenant else _consenting(world, app):
        for user in place.users.live.values():
            if is_external(user) and tenant is None:
                continue
            choice = _choice(place, user)
            if _fits(choice, search):
                found.append(choice)
            if len(found) > SHOWN:
                return found[:SHOWN], True
    taken = {choice.address.lower() for choice in found}
    for address, account in world.accounts.items():
        choice = Choice(
            key=f"outside/{address}",
            name=account["name"],
            address=account["address"],
            note="outside account",
        )
        if address not in taken and _fits(choice, search):
            found.append(choice)
    return found, False


def _consenting(world: World, app: Registration) -> list[Tenant]:
    return [tenant for tenant in world.tenants.values() if app.client_id in tenant.grants]


def _choice(tenant: Tenant, user: Properties) -> Choice:
    notes = [tenant.name]
    if is_external(user):
        pending = user["externalUserState"] == "PendingAcceptance"
        notes.append("guest, not yet accepted" if pending else "guest")
    if not user["accountEnabled"]:
        notes.append("disabled")
    return Choice(
        key=f"{tenant.id}/{user['id']}",
        name=user["displayName"],
        address=user.get("mail") or user["userPrincipalName"],
        note=", ".join(notes),
    )


def _fits(choice: Choice, search: str) -> bool:
    return search.lower() in f"{choice.name} {choice.address}".lower()


def account_key(world: World, picked: str, tenant: Tenant | None) -> str:
    """Name the home account behind a key, an object id or an address; guests lead home."""
    place, _, rest = picked.partition("/")
    if place in world.tenants:
        return _home_key(world, world.tenants[place], rest)
    if place == "outside" and rest.lower() in world.accounts:
        return f"outside/{rest.lower()}"
    near = [tenant] if tenant else []
    for candidate in [*near, *world.tenants.values()]:
        user = candidate.users.live.get(picked.lower())
        if user is not None:
            return _home_key(world, candidate, user["id"])
    return address_key(world, picked)


def address_key(world: World, address: str) -> str:
    """Name the home account of an address: in the tenant that owns it, or outside."""
    for tenant in world.tenants.values():
        for user in tenant.users.by_key(address):
            if not is_external(user) and address.lower() in _names(user):
                return f"{tenant.id}/{user['id']}"
    return f"outside/{address.lower()}"


def home_key(world: World, tenant: Tenant, address: str) -> str:
    """Name the home account with which an address enters a tenant: of this cloud, of a linked one, or outside."""
    across = home_across(world, tenant, address)
    return f"{across[0].id}/{across[1]}" if across else address_key(world, address)


def _home_key(world: World, tenant: Tenant, oid: str) -> str:
    user = tenant.users.live.get(oid)
    if user is None:
        return f"{tenant.id}/{oid}"
    if not is_external(user) or not user.get("mail"):
        return f"{tenant.id}/{oid}"
    home = user.get("~homeOid")
    if home:
        return f"{user['~home']}/{home}"
    return home_key(world, tenant, user["mail"])


def _names(user: Properties) -> set[str]:
    return addresses(user) | {user["userPrincipalName"].lower()}


def account_facts(world: World, key: str) -> Properties:
    """Give a home account's address, name, identity, tenant and whether it is enabled."""
    place, _, rest = key.partition("/")
    tenant = world.everywhere.get(place)
    user = tenant.users.live.get(rest) if tenant else None
    if tenant is not None and user is not None:
        return {
            "address": user.get("mail") or user["userPrincipalName"],
            "name": user["displayName"],
            "identity": "ExternalAzureAD",
            "tenantId": tenant.id,
            "oid": user["id"],
            "enabled": user["accountEnabled"],
        }
    if place == "outside" and rest in world.accounts:
        return world.accounts[rest]
    return {"address": rest, "name": rest, "identity": "", "tenantId": None, "enabled": True}


def enter(world: World, tenant: Tenant | None, app: Registration, key: str) -> Entered:
    """Let a home account into a tenant (its own one if none is named), or refuse."""
    place, _, oid = key.partition("/")
    facts = account_facts(world, key)
    if not facts["enabled"]:
        raise LoginError("login-disabled")
    target = tenant or world.tenants.get(place)
    if target is None:
        raise _outsider(facts, "organizations", app)
    if app.client_id not in target.grants:
        raise unconsented(target, app)
    user = target.users.live.get(oid) if place == target.id else guest_of(target, key, facts)
    if user is None:
        raise _outsider(facts, target.name, app)
    if not user["accountEnabled"]:
        raise LoginError("login-disabled")
    return Entered(tenant=target, user=user)


def unconsented(tenant: Tenant, app: Registration) -> LoginError:
    """Make the refusal of an app that is not known in a tenant, or is known there without consent."""
    if tenant.principal_of(app.client_id) is None:
        return LoginError("login-client", client=app.client_id, tenant=tenant.name)
    return LoginError("login-consent", client=app.client_id, name=app.name)


def guest_of(tenant: Tenant, key: str, facts: Properties) -> Properties | None:
    """Find the guest object that a home account has in another tenant."""
    _, _, oid = key.partition("/")
    for user in tenant.users.by_key(oid):
        if user.get("~homeOid") == oid:
            return user
    address = facts["address"].lower()
    for user in tenant.users.by_key(address):
        if is_external(user) and address in addresses(user) and not user.get("~homeOid"):
            return user
    return None


def _outsider(facts: Properties, tenant: str, app: Registration) -> LoginError:
    provider = facts["identity"] or "unknown"
    return LoginError(
        "login-outsider",
        user=facts["address"],
        provider=provider,
        tenant=tenant,
        client=app.client_id,
    )
