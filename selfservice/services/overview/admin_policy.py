"""The asking policy of a tenant, and what the form of any policy offers: home tenants, and groups of theirs."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from selfservice.model.actor import Actor
from selfservice.model.group import Group
from selfservice.model.policy import DEFAULT_QUOTAS, NO_POLICY, AskPolicy, Quotas
from selfservice.services import authority
from selfservice.services.overview.marks import mark_of
from selfservice.services.overview.rows import TenantMark
from selfservice.services.policing import policy_of
from selfservice.services.runtime import Runtime
from selfservice.store.transaction import reading

MOST_GROUPS = 50
LONGEST_SEARCH = 100


@dataclass(frozen=True, kw_only=True)
class HomeGroup:
    """A group of a home tenant whose members may be let ask. `key` is what a policy keeps."""

    key: str
    name: str
    tenant_name: str


@dataclass(frozen=True, kw_only=True)
class PolicyOffer:
    """What a policy's form offers: the home tenants that may ask here, and groups of theirs."""

    tenant: TenantMark
    homes: tuple[tuple[str, str], ...]
    groups: tuple[HomeGroup, ...]
    policy: AskPolicy
    defaults: Quotas = DEFAULT_QUOTAS


def policy_offer(
    rt: Runtime, by: Actor, package_id: str = "", *, search: str = "", chosen: Iterable[str] = ()
) -> PolicyOffer:
    """Return what the policy of the actor's tenant, or of one of its packages, says and may say."""
    mark = mark_of(rt.settings, by.tenant_id)
    if not authority.oversees(rt.settings, by.tenant_id, by=by):
        # A home tenant offers nothing, so nobody may ask for anything in it.
        return PolicyOffer(tenant=mark, homes=(), groups=(), policy=NO_POLICY)
    homes = {
        home.tenant_id: home.name
        for home in rt.settings.tenants.values()
        if rt.settings.may_ask(home_id=home.tenant_id, resource_id=by.tenant_id)
    }
    with reading(rt.sessions) as tx:
        policy = policy_of(tx, by.tenant_id, package_id)
        keys = {*policy.groups, *chosen}
        found = _groups(tx, homes, " ".join(search.split())[:LONGEST_SEARCH], keys)
    return PolicyOffer(
        tenant=mark,
        homes=tuple(homes.items()),
        groups=tuple(
            HomeGroup(
                key=f"{each.tenant_id}/{each.object_id}",
                name=each.display_name,
                tenant_name=homes.get(each.tenant_id, ""),
            )
            for each in found
        ),
        policy=policy,
    )


def _groups(tx: Session, homes: Iterable[str], words: str, keys: Iterable[str]) -> list[Group]:
    named = [tuple(key.split("/", 1)) for key in keys if "/" in key]
    fits = Group.tenant_id.in_(homes) & Group.removed_at.is_(None)
    if words:
        fits &= Group.display_name.icontains(words, autoescape=True)
    is_named = tuple_(Group.tenant_id, Group.object_id).in_(named)
    query = (
        select(Group)
        .where(or_(fits, is_named) if named else fits)
        .order_by(Group.display_name, Group.object_id)
        .limit(MOST_GROUPS + len(named))
    )
    return list(tx.scalars(query))
