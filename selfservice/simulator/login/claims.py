"""What tokens say: about a person to an app, and about an app to Graph."""

import base64
import hashlib
import json
import random
from datetime import UTC, datetime
from typing import Any

from selfservice.simulator.directory.people import is_external
from selfservice.simulator.directory.registration import Registration
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.identifiers import new_id
from selfservice.simulator.login.accounts import Entered
from selfservice.simulator.login.sessions import Grant
from selfservice.simulator.world import World

ID_TOKEN_SECONDS = 3600
GROUP_LIMIT = 200


def id_token(world: World, app: Registration, entered: Entered, grant: Grant) -> str:
    """Write the token that tells an app who has signed in."""
    return world.keys.sign(id_claims(world, app, entered, grant))


def id_claims(world: World, app: Registration, entered: Entered, grant: Grant) -> dict[str, Any]:
    """Give the claims about a person, as the app's registration asks for them."""
    tenant, user = entered.tenant, entered.user
    claims: dict[str, Any] = {
        "aud": app.client_id,
        "iss": world.site.issuer(tenant.id),
        **_life(ID_TOKEN_SECONDS),
        "tid": tenant.id,
        "oid": user["id"],
        "sub": _pairwise(app.client_id, tenant.id, user["id"]),
        "sid": grant.sid,
        "uti": new_id().replace("-", "")[:22],
        "ver": "2.0",
        "rh": "0.",
    }
    if grant.nonce:
        claims["nonce"] = grant.nonce
    claims.update(_profile(app, user))
    if is_external(user):
        claims["idp"] = _provider(user)
    claims.update(_roles(tenant, app, user))
    claims.update(_groups(world, tenant, app, user))
    return claims


def _profile(app: Registration, user: Properties) -> dict[str, Any]:
    external = is_external(user)
    address = user.get("mail") or user["userPrincipalName"]
    claims: dict[str, Any] = {
        "name": user["displayName"],
        "preferred_username": address if external else user["userPrincipalName"],
    }
    if user.get("mail") and (external or "email" in app.optional_claims):
        claims["email"] = user["mail"]
    optional: dict[str, Any] = {
        # Graph's userType decides, not where the person signs in.
        "acct": 1 if user["userType"] == "Guest" else 0,
        "login_hint": base64.urlsafe_b64encode(address.encode()).decode(),
        "upn": user["userPrincipalName"],
        "ctry": user.get("usageLocation"),
        "auth_time": int(datetime.now(UTC).timestamp()),
    }
    claims.update({name: optional[name] for name in app.optional_claims if optional.get(name) is not None})
    return claims


def _provider(user: Properties) -> str:
    home = str(user.get("~home", "mail"))
    if "-" in home:
        return f"https://sts.windows.net/{home}/"
    return {"MicrosoftAccount": "live.com"}.get(home, home)


def _roles(tenant: Tenant, app: Registration, user: Properties) -> dict[str, Any]:
    principal = tenant.principal_of(app.client_id)
    if principal is None:
        return {}
    holders = [user["id"], *tenant.members.to(user["id"])]
    roles = tenant.assignments.roles(holders, principal)
    return {"roles": roles} if roles else {}


def _groups(world: World, tenant: Tenant, app: Registration, user: Properties) -> dict[str, Any]:
    groups = tenant.members.to(user["id"])
    if user.get("~overage") or ("groups" in app.optional_claims and len(groups) > GROUP_LIMIT):
        endpoint = f"{world.site.login}/v1.0/users/{user['id']}/getMemberObjects"
        return {
            "_claim_names": {"groups": "src1"},
            "_claim_sources": {"src1": {"endpoint": endpoint}},
        }
    return {"groups": groups} if groups and "groups" in app.optional_claims else {}


def app_token(world: World, tenant: Tenant, app: Registration, audience: str) -> tuple[str, int]:
    """Write the token an app calls Graph with, and tell how long it is good."""
    principal = tenant.principal_of(app.client_id)
    seconds = 3599
    claims = {
        **_graph_claims(world, tenant, app, audience, seconds),
        "idtyp": "app",
        "oid": principal["id"] if principal else None,
        "sub": principal["id"] if principal else None,
    }
    roles = tenant.grants.get(app.client_id, [])
    if roles:
        claims["roles"] = list(roles)
    return world.keys.sign(claims), seconds


def user_token(world: World, entered: Entered, app: Registration, scope: str) -> tuple[str, int]:
    """Write the token a person's app calls Graph with, and tell how long it is good."""
    # 60 to 90 minutes, as the service draws it.
    seconds = 3600 + random.SystemRandom().randrange(1800)
    claims = {
        **_graph_claims(world, entered.tenant, app, world.site.login, seconds),
        "idtyp": "user",
        "oid": entered.user["id"],
        "scp": scope,
    }
    return world.keys.sign(claims), seconds


def _graph_claims(world: World, tenant: Tenant, app: Registration, audience: str, seconds: int) -> dict[str, Any]:
    # The signing time is the machine's, for readers with a clock of their own; "sim_exp" is the
    # end on the simulated clock, so that moving that clock makes old tokens old.
    return {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant.id}/",
        **_life(seconds),
        "sim_exp": world.clock.stamp() + seconds,
        "tid": tenant.id,
        "appid": app.client_id,
        "app_displayname": app.name,
        "uti": new_id().replace("-", "")[:22],
        "ver": "1.0",
    }


def client_info(world: World, entered: Entered) -> str:
    """Give the home account of a person, in the form MSAL keeps it."""
    user = entered.user
    home = str(user.get("~home", ""))
    home_tenant = home if home in world.everywhere else entered.tenant.id
    uid = user.get("~homeOid") or user["id"]
    raw = json.dumps({"uid": uid, "utid": home_tenant}).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _life(seconds: int) -> dict[str, int]:
    now = int(datetime.now(UTC).timestamp())
    return {"iat": now, "nbf": now, "exp": now + seconds}


def _pairwise(client_id: str, tenant: str, oid: str) -> str:
    digest = hashlib.sha256(f"{client_id}/{tenant}/{oid}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
