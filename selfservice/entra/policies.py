"""The settings of a tenant about guests, in Graph."""

from collections.abc import Mapping
from urllib.parse import quote

from selfservice.entra import fields
from selfservice.entra.answers import Json
from selfservice.entra.endpoints import Endpoints
from selfservice.entra.filters import literal, query
from selfservice.model.directory import TenantInformation, TenantPolicies
from selfservice.model.guest_policy import GuestLifecyclePolicy, GuestLifecycleRule
from selfservice.model.unable import UnableTo

CROSS_TENANT = "/policies/crossTenantAccessPolicy"
LIFECYCLE = "/identityGovernance/lifecycleWorkflows/lifecyclePolicies"
EMAIL = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/email"


class PolicyEndpoints(Endpoints):
    """The endpoints that are about policies."""

    def policies(self) -> TenantPolicies:
        """Return the settings about guests.

        https://learn.microsoft.com/graph/api/authorizationpolicy-get
        https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationdefault-get
        https://learn.microsoft.com/graph/api/crosstenantaccesspolicy-list-partners
        https://learn.microsoft.com/graph/api/emailauthenticationmethodconfiguration-get
        https://learn.microsoft.com/graph/api/identitygovernance-lifecycleworkflowscontainer-list-lifecyclepolicies
        """
        invites, role = self._graph.read("/policies/authorizationPolicy").parse(_authorization)
        return TenantPolicies(
            allow_invites_from=invites,
            guest_user_role_id=role,
            email_one_time_passcode=self._graph.read(EMAIL).parse(_one_time_passcode),
            cross_tenant_default=self._graph.read(f"{CROSS_TENANT}/default").parse(_settings),
            partners=dict(self._all(f"{CROSS_TENANT}/partners", _partner)),
            guest_lifecycle=self._guest_lifecycle(),
        )

    def _guest_lifecycle(self) -> tuple[GuestLifecyclePolicy, ...] | None:
        """Return Entra's own lifecycle policies for guests, or None where the right or the licence is missing."""
        try:
            found = self._all(f"{LIFECYCLE}{query({'$expand': 'rules'})}", _lifecycle_policy)
        except UnableTo as failure:
            if failure.transient:
                raise
            return None
        return tuple(policy for policy in found if policy is not None)

    def find_tenant_by_domain(self, domain: str) -> TenantInformation | None:
        """Return the tenant that has a verified domain, or None.

        https://learn.microsoft.com/graph/api/tenantrelationship-findtenantinformationbydomainname
        """
        name = quote(literal(domain), safe="'")
        return self._find(f"/tenantRelationships/findTenantInformationByDomainName(domainName={name})", _tenant)


def _authorization(body: Json) -> tuple[str, str | None]:
    return fields.text(body, "allowInvitesFrom"), fields.perhaps_text(body, "guestUserRoleId")


def _one_time_passcode(body: Json) -> str:
    return fields.perhaps_text(body, "allowExternalIdToUseEmailOtp") or "default"


def _settings(body: Json) -> Mapping[str, object]:
    return {name: value for name, value in body.items() if not name.startswith("@")}


def _tenant(body: Json) -> TenantInformation:
    return TenantInformation(
        tenant_id=fields.guid(body, "tenantId"),
        display_name=fields.perhaps_text(body, "displayName") or fields.perhaps_text(body, "federationBrandName") or "",
        default_domain=fields.perhaps_text(body, "defaultDomainName") or "",
    )


def _lifecycle_policy(body: Json) -> GuestLifecyclePolicy | None:
    """Read a policy; there are such for other objects than guests as well."""
    if _kind(body) != "guestLifecyclePolicy":
        return None
    rules = fields.objects(body, "rules") if body.get("rules") is not None else ()
    return GuestLifecyclePolicy(
        policy_id=fields.text(body, "id"),
        display_name=fields.perhaps_text(body, "displayName") or "",
        enabled=fields.flag(body, "isEnabled", default=False),
        grace_days=fields.perhaps_number(body, "gracePeriodInDays"),
        rules=tuple(_rule(each) for each in rules if fields.flag(each, "isEnabled", default=True)),
    )


def _rule(body: Json) -> GuestLifecycleRule:
    """Read a rule: each kind names its own number of days, and Graph may add kinds at any time."""
    named = (name for name in body if name.endswith("InDays") and name != "gracePeriodInDays")
    return GuestLifecycleRule(
        kind=_kind(body),
        days=next((fields.perhaps_number(body, name) for name in named), None),
        grace_days=fields.perhaps_number(body, "gracePeriodInDays"),
    )


def _kind(body: Json) -> str:
    return (fields.perhaps_text(body, "@odata.type") or "").rpartition(".")[2]


def _partner(body: Json) -> tuple[str, Mapping[str, object]]:
    return fields.guid(body, "tenantId"), _settings(body)
