"""The two sides of a crossing, and who crosses."""

from dataclasses import dataclass
from enum import StrEnum

from selfservice.model.directory import TenantPolicies

GOVERNMENT = frozenset({"usgov", "usgov-dod"})
MEETING = frozenset({"global", "government"}), frozenset({"global", "china"})
"""Clouds between which guests can be invited at all.

https://learn.microsoft.com/entra/external-id/cross-cloud-settings
"""


class HomeKind(StrEnum):
    """What is known of where a guest comes from."""

    TENANT = "tenant"
    NO_TENANT = "noTenant"
    UNKNOWN = "unknown"


class CloudPair(StrEnum):
    """How the clouds of two tenants stand to each other."""

    SAME = "same"
    MEET = "meet"
    APART = "apart"


@dataclass(frozen=True, kw_only=True)
class Side:
    """One tenant, and what its directory says about guests; None where we have not read it, or may not.

    `cloud` is empty where a partner was found in the resource tenant's own cloud.
    """

    tenant_id: str
    name: str
    owner: str
    graph_url: str = ""
    cloud: str = ""
    policies: TenantPolicies | None = None


@dataclass(frozen=True, kw_only=True)
class Traveller:
    """Who crosses: their id and those of their groups at home, where they are known; `apps` are what they are given.

    `is_asker`: they ask for themself. `invited`: an invitation will be sent to them, since they have not come yet.
    """

    is_asker: bool
    invited: bool = True
    object_id: str = ""
    groups: frozenset[str] = frozenset()
    apps: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """Every id by which a setting may name them."""
        return (self.groups | {self.object_id}) - {""}


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """A guest's way into a resource tenant. `home` is the tenant they come from, where there is one."""

    resource: Side
    traveller: Traveller
    home_kind: HomeKind
    home: Side | None = None

    @property
    def clouds(self) -> CloudPair:
        """How the clouds of both sides stand to each other."""
        if self.home is None or not self.home.cloud or self.home.cloud == self.resource.cloud:
            return CloudPair.SAME
        pair = frozenset({_family(self.home.cloud), _family(self.resource.cloud)})
        if len(pair) == 1:
            return CloudPair.SAME
        known = {"global", "government", "china"} >= pair
        return CloudPair.APART if known and pair not in MEETING else CloudPair.MEET


def _family(cloud: str) -> str:
    return "government" if cloud in GOVERNMENT else cloud
