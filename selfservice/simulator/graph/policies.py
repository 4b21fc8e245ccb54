"""Policies of the tenant, its organization, and the public facts of other tenants."""

import json

from selfservice.simulator.directory.policies import partner
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.graph.call import Answer, Call, created, done, route
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.permissions import (
    READ_CROSS_TENANT,
    READ_LIFECYCLE,
    READ_ORGANIZATION,
    READ_POLICIES,
    READ_TENANTS,
    WRITE_AUTHORIZATION,
    WRITE_CROSS_TENANT,
    WRITE_METHODS,
)
from selfservice.simulator.identifiers import derived_id, is_guid

POLICY_LIMIT = 25 * 1024


def authorization_policy(call: Call) -> Answer:
    """Get the authorization policy. https://learn.microsoft.com/graph/api/authorizationpolicy-get"""
    context = call.context("policies/authorizationPolicy/$entity")
    return Answer(body={"@odata.context": context, **call.tenant.policies["authorization"]})


def change_authorization(call: Call) -> Answer:
    """Update the authorization policy. https://learn.microsoft.com/graph/api/authorizationpolicy-update"""
    return _change(call, "authorization", "authorizationPolicy")


def cross_tenant_default(call: Call) -> Answer:
    """Get the default. https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationdefault-get"""
    context = call.context("policies/crossTenantAccessPolicy/default/$entity")
    return Answer(body={"@odata.context": context, **call.tenant.policies["crossTenantDefault"]})


def list_partners(call: Call) -> Answer:
    """List partners. https://learn.microsoft.com/graph/api/crosstenantaccesspolicy-list-partners"""
    context = call.context("policies/crossTenantAccessPolicy/partners")
    partners = list(call.tenant.partners.values())
    return Answer(body={"@odata.context": context, "value": partners})


def get_partner(call: Call) -> Answer:
    """Get a partner. https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationpartner-get"""
    context = call.context("policies/crossTenantAccessPolicy/partners/$entity")
    return Answer(body={"@odata.context": context, **_partner(call)})


def add_partner(call: Call) -> Answer:
    """Add a partner. https://learn.microsoft.com/graph/api/crosstenantaccesspolicy-post-partners"""
    body = call.json()
    key = str(body.get("tenantId", "")).lower()
    if not is_guid(key):
        raise refuse("property-value", name="tenantId", type="CrossTenantAccessPolicyPartner")
    if key in call.tenant.partners:
        raise refuse("policy-exists")
    entry = {**partner(key), **body, "tenantId": key}
    _store(call, key, entry)
    call.effect = f"partner {key} added"
    context = call.context("policies/crossTenantAccessPolicy/partners/$entity")
    return created({"@odata.context": context, **entry})


def change_partner(call: Call) -> Answer:
    """Update a partner. https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationpartner-update"""
    entry = _partner(call)
    changes = call.json()
    for name in changes:
        if name not in entry or name == "tenantId":
            raise refuse("property-unknown", name=name, type="crossTenantAccessPolicyPartner")
    _store(call, entry["tenantId"], {**entry, **changes})
    call.effect = f"partner {entry['tenantId']} changed: {', '.join(sorted(changes))}"
    return done()


def email_method(call: Call) -> Answer:
    """Get the email method. https://learn.microsoft.com/graph/api/emailauthenticationmethodconfiguration-get"""
    context = call.context("authenticationMethodConfigurations/$entity")
    kind = "#microsoft.graph.emailAuthenticationMethodConfiguration"
    return Answer(body={"@odata.context": context, "@odata.type": kind, **call.tenant.policies["email"]})


def change_email_method(call: Call) -> Answer:
    """Update the method. https://learn.microsoft.com/graph/api/emailauthenticationmethodconfiguration-update"""
    return _change(call, "email", "emailAuthenticationMethodConfiguration")


def domain_lists(call: Call) -> Answer:
    """List the domain policy, in beta only. https://learn.microsoft.com/entra/external-id/allow-deny-list"""
    lists = {"InvitationsAllowedAndBlockedDomainsPolicy": call.tenant.policies["domains"]}
    policy = {
        "id": derived_id(call.tenant.id, "B2BManagementPolicy"),
        "displayName": "B2BManagementPolicy",
        "isOrganizationDefault": True,
        "definition": [json.dumps({"B2BManagementPolicy": lists})],
    }
    context = call.context("policies/b2bManagementPolicies")
    return Answer(body={"@odata.context": context, "value": [policy]})


def tenant_by_domain(call: Call) -> Answer:
    """Find a tenant. https://learn.microsoft.com/graph/api/tenantrelationship-findtenantinformationbydomainname"""
    return _tenant(call, call["name"])


def tenant_by_id(call: Call) -> Answer:
    """Find a tenant. https://learn.microsoft.com/graph/api/tenantrelationship-findtenantinformationbytenantid"""
    return _tenant(call, call["name"])


def organization(call: Call) -> Answer:
    """List the organization. https://learn.microsoft.com/graph/api/organization-list"""
    tenant = call.tenant
    domains = [
        {"name": name, "isDefault": index == 0, "isInitial": name == tenant.initial_domain}
        for index, name in enumerate(dict.fromkeys((*tenant.domains, tenant.initial_domain)))
    ]
    body = {
        "id": tenant.id,
        "displayName": tenant.name,
        "tenantType": "AAD",
        "assignedPlans": [] if tenant.behaviour.licence == "free" else [_premium()],
        "verifiedDomains": [{**domain, "type": "Managed"} for domain in domains],
    }
    return Answer(body={"@odata.context": call.context("organization"), "value": [body]})


def lifecycle_policies(call: Call) -> Answer:
    """List lifecycle policies. https://learn.microsoft.com/graph/api/resources/identitygovernance-lifecyclepolicy"""
    kept = call.tenant.policies.get("guestLifecycle", {}).get("policies", [])
    expands = "rules" in call.query.get("$expand", "")
    shown = [{name: value for name, value in policy.items() if name != "rules" or expands} for policy in kept]
    context = call.context("identityGovernance/lifecycleWorkflows/lifecyclePolicies")
    return Answer(body={"@odata.context": context, "value": shown})


def _premium() -> Properties:
    return {"service": "AADPremiumService", "capabilityStatus": "Enabled"}


def _partner(call: Call) -> Properties:
    entry = call.tenant.partners.get(call["id"].lower())
    if entry is None:
        raise refuse("not-found", id=call["id"])
    return entry


def _store(call: Call, key: str, entry: Properties) -> None:
    after = {**call.tenant.partners, key: entry}
    if len(json.dumps([call.tenant.policies["crossTenantDefault"], after])) > POLICY_LIMIT:
        raise refuse("policy-limit")
    call.tenant.partners[key] = entry
    call.tenant.save()


def _change(call: Call, policy: str, kind: str) -> Answer:
    kept = call.tenant.policies[policy]
    changes = {name: value for name, value in call.json().items() if not name.startswith("@")}
    for name in changes:
        if name not in kept or name == "id":
            raise refuse("property-unknown", name=name, type=kind)
    kept.update(changes)
    call.tenant.save()
    call.effect = f"{kind} changed: {', '.join(sorted(changes))}"
    return done()


def _tenant(call: Call, name: str) -> Answer:
    facts = call.world.tenant_facts(name)
    if facts is None:
        raise refuse("tenant-unknown", id=name)
    return Answer(body={"@odata.context": call.context("tenantInformation"), **facts})


_PARTNERS = "/policies/crossTenantAccessPolicy/partners"
_METHODS = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations"
_FIND = "/tenantRelationships/findTenantInformationBy"
ROUTES = (
    route("GET /policies/authorizationPolicy", authorization_policy, READ_POLICIES),
    route("PATCH /policies/authorizationPolicy", change_authorization, WRITE_AUTHORIZATION),
    route("GET /policies/crossTenantAccessPolicy/default", cross_tenant_default, READ_CROSS_TENANT),
    route(f"GET {_PARTNERS}", list_partners, READ_CROSS_TENANT),
    route(f"POST {_PARTNERS}", add_partner, WRITE_CROSS_TENANT),
    route(f"GET {_PARTNERS}/{{id}}", get_partner, READ_CROSS_TENANT),
    route(f"PATCH {_PARTNERS}/{{id}}", change_partner, WRITE_CROSS_TENANT),
    route(f"GET {_METHODS}/email", email_method, READ_POLICIES),
    route(f"PATCH {_METHODS}/email", change_email_method, WRITE_METHODS),
    route(f"GET {_FIND}DomainName(domainName='{{name}}')", tenant_by_domain, READ_TENANTS),
    route(f"GET {_FIND}TenantId(tenantId='{{name}}')", tenant_by_id, READ_TENANTS),
    route("GET /identityGovernance/lifecycleWorkflows/lifecyclePolicies", lifecycle_policies, READ_LIFECYCLE),
    route("GET /organization", organization, READ_ORGANIZATION),
)
BETA_ROUTES = (route("GET /policies/b2bManagementPolicies", domain_lists, READ_POLICIES),)
