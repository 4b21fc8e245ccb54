"""Why an invitation is refused: policies of both tenants, and who already has the address."""

from selfservice.simulator.crossing import home_across
from selfservice.simulator.directory.people import addresses, is_external
from selfservice.simulator.directory.policies import allows, domain_allowed
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.graph.call import Call
from selfservice.simulator.graph.errors import refuse

# An app is neither an administrator nor a guest inviter.
_CLOSED = ("none", "adminsAndGuestInviters")


def check_tenants(call: Call, address: str) -> None:
    """Refuse what the settings of either tenant forbid."""
    tenant, domain = call.tenant, address.partition("@")[2].lower()
    if tenant.policies["authorization"]["allowInvitesFrom"] in _CLOSED:
        raise refuse("invite-forbidden")
    limit = tenant.behaviour.suspicious_after
    if limit is not None and len(tenant.invitations) >= limit:
        raise refuse("invite-suspicious")
    if tenant.owns(domain):
        known = owner_of(tenant, address)
        if known is not None and not is_external(known):
            raise refuse("invite-internal", id=known["id"])
        raise refuse("invite-verified-domain")
    if not domain_allowed(tenant, domain):
        raise refuse("invite-domain-list", domain=domain)
    _check_cross_tenant(call, address)
    if tenant.groups.holders(address):
        raise refuse("invite-proxy")
    if domain in tenant.behaviour.unresolvable_domains:
        raise refuse("invite-unresolvable")


def _check_cross_tenant(call: Call, address: str) -> None:
    facts = call.world.tenant_facts(address.partition("@")[2].lower())
    across = home_across(call.world, call.tenant, address)
    other = across[0].id if across else facts["tenantId"] if facts else None
    if other is None:
        # The settings, the default ones too, are about other Entra tenants; a domain of none is not bound by them.
        # https://learn.microsoft.com/entra/external-id/cross-tenant-access-overview
        return
    home = call.world.everywhere.get(other)
    inbound = allows(call.tenant, "b2bCollaborationInbound", other)
    outbound = home is None or allows(home, "b2bCollaborationOutbound", call.tenant.id)
    if not inbound or not outbound:
        raise refuse("invite-cross-tenant")


def owner_of(tenant: Tenant, address: str) -> Properties | None:
    """Find the user who already has an address, a guest before an internal user."""
    found = sorted(tenant.users.by_key(address), key=lambda user: not is_external(user))
    return found[0] if found else None


def check_existing(user: Properties) -> None:
    """Refuse to invite an internal user, or a guest who is blocked."""
    if not is_external(user):
        raise refuse("invite-internal", id=user["id"])
    if not user["accountEnabled"]:
        raise refuse("invite-blocked-guest", id=user["id"])


def check_reset(user: Properties, address: str) -> None:
    """Refuse to reset what an app may not, or to an address the user does not have."""
    if user.get("~adminRole"):
        raise refuse("invite-reset-role")
    if not is_external(user):
        raise refuse("invite-internal", id=user["id"])
    if address.lower() not in addresses(user):
        raise refuse("invite-reset-address")


def check_conversion(user: Properties, address: str) -> None:
    """Refuse to turn a user external who is synchronized, or has another address."""
    if user.get("onPremisesUserPrincipalName") or user.get("onPremisesSyncEnabled"):
        raise refuse("invite-synced")
    if is_external(user):
        raise refuse("invite-cannot")
    if (user.get("mail") or "").lower() != address.lower():
        raise refuse("invite-reset-address")
