"""Who calls: reads the access token of a Graph call."""

from dataclasses import dataclass
from typing import Any

import jwt

from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.world import World

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
_REMEMBERED = 4096


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Be the app that a token was issued to, in one tenant."""

    tenant: Tenant
    app: str
    roles: frozenset[str]


class Access:
    """Read tokens, remembering the ones whose signature was found good."""

    def __init__(self, world: World) -> None:
        """Trust the world's own keys only."""
        self._world = world
        self._good: dict[str, dict[str, Any]] = {}

    def caller(self, authorization: str, root: str) -> Caller:
        """Tell who calls, or refuse the token."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise refuse("token-missing")
        claims = self.claims(token.strip())
        if claims["sim_exp"] <= self._world.clock.stamp():
            raise refuse("token-expired")
        if claims["aud"] not in graph_audiences(self._world, root):
            raise refuse("token-audience")
        tenant = self._world.tenants.get(claims["tid"])
        if tenant is None:
            raise refuse("token-tenant")
        return Caller(tenant=tenant, app=claims["appid"], roles=frozenset(claims.get("roles", ())))

    def claims(self, token: str) -> dict[str, Any]:
        """Read the claims of a token that we signed."""
        known = self._good.get(token)
        if known is not None:
            return known
        if token.count(".") != 2:
            raise refuse("token-invalid")
        try:
            claims = self._world.keys.read(token)
        except jwt.InvalidTokenError:
            raise refuse("token-signature") from None
        if len(self._good) >= _REMEMBERED:
            self._good.clear()
        self._good[token] = claims
        return claims


def graph_audiences(world: World, root: str) -> set[str]:
    """Name the resources that mean Graph: the real one's names and our own addresses."""
    site = world.site
    return {root, site.url, site.front, site.login, site.graph, "https://graph.microsoft.com", GRAPH_APP_ID}
