"""The settings of a tenant about guests, in Graph."""

from collections.abc import Mapping
from urllib.parse import quote

from selfservice.entra import fields
from selfservice.entra.answers import Json
from selfservice.entra.endpoints import Endpoints
from selfservice.entra.filters import literal
from selfservice.model.directory import TenantInformation, TenantPolicies

CROSS_TENANT = "/policies/crossTenantAccessPolicy"
EMAIL = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/email"


class PolicyEndpoints(Endpoints):
    """The endpoints that are about policies."""

    def policies(self) -> TenantPolicies:
        """Return the settings about guests.

        https://learn.microsoft.com/graph/api/authorizationpolicy-get
        https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationdefault-get
        https://learn.microsoft.com/graph/api/crosstenantaccesspolicy-list-partners
        https://learn.microsoft.com/graph/api/emailauthenticationmethodconfiguration-get
        """
        invites, role = self._graph.read("/policies/authorizationPolicy").parse(_authorization)
        return TenantPolicies(
            allow_invites_from=invites,
            guest_user_role_id=role,
            email_one_time_passcode=self._graph.read(EMAIL).parse(_one_time_passcode),
            cross_tenant_default=self._graph.read(f"{CROSS_TENANT}/default").parse(_settings),
            partners=dict(self._all(f"{CROSS_TENANT}/partners", _partner)),
        )

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


def _partner(body: Json) -> tuple[str, Mapping[str, object]]:
    return fields.guid(body, "tenantId"), _settings(body)
