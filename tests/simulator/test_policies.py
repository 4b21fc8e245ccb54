"""Policies of a tenant, and what others may learn about it."""

import json

import pytest

from tests.simulator.clients import Graph, Simulated, error_of
from tests.simulator.naming import TENANTS

PARTNERS = "/policies/crossTenantAccessPolicy/partners"
FABRIKAM = TENANTS["Fabrikam"]


def test_the_authorization_policy_says_what_guests_may(contoso: Graph) -> None:
    policy = contoso.get("/policies/authorizationPolicy")
    assert policy["allowInvitesFrom"] == "everyone"
    assert policy["guestUserRoleId"] == "10dae51f-b6af-4016-8d66-8c2a99b929b3"


def test_a_partner_inherits_what_it_leaves_open(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "Policy.ReadWrite.CrossTenantAccess")
    assert graph("GET", f"{PARTNERS}/{FABRIKAM}").status_code == 404
    created = graph("POST", PARTNERS, {"tenantId": FABRIKAM, "inboundTrust": {"isMfaAccepted": True}})
    assert created.status_code == 201
    assert created.json()["b2bCollaborationInbound"] is None
    assert graph("POST", PARTNERS, {"tenantId": FABRIKAM}).status_code == 409
    settings = {"automaticUserConsentSettings": {"inboundAllowed": True}}
    assert graph("PATCH", f"{PARTNERS}/{FABRIKAM}", settings).status_code == 204
    entry = graph.get(f"{PARTNERS}/{FABRIKAM}")
    assert entry["automaticUserConsentSettings"]["inboundAllowed"] is True
    assert entry["inboundTrust"]["isMfaAccepted"] is True
    assert [row["tenantId"] for row in graph.get(PARTNERS)["value"]] == [FABRIKAM]
    default = graph.get("/policies/crossTenantAccessPolicy/default")
    assert default["b2bCollaborationInbound"]["usersAndGroups"]["accessType"] == "allowed"
    assert graph("PATCH", f"{PARTNERS}/{FABRIKAM}", {"shoeSize": 4}).status_code == 400
    assert graph("POST", PARTNERS, {"tenantId": "fabrikam"}).status_code == 400


def test_the_policy_has_a_largest_size(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "Policy.ReadWrite.CrossTenantAccess")
    targets = [{"target": TENANTS["Fabrikam"], "targetType": "user"} for _ in range(400)]
    section = {"usersAndGroups": {"accessType": "allowed", "targets": targets}}
    refused = graph("POST", PARTNERS, {"tenantId": FABRIKAM, "b2bCollaborationInbound": section})
    assert refused.status_code == 400
    assert "object limit" in refused.text


@pytest.mark.parametrize(
    ("path", "permission", "name", "value"),
    [
        ("/policies/authorizationPolicy", "Policy.ReadWrite.Authorization", "allowInvitesFrom", "none"),
        (
            "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/email",
            "Policy.ReadWrite.AuthenticationMethod",
            "allowExternalIdToUseEmailOtp",
            "disabled",
        ),
    ],
)
def test_a_policy_is_changed_with_its_own_permission(
    sim: Simulated, path: str, permission: str, name: str, value: str
) -> None:
    assert sim.graph("Contoso", "Policy.Read.All")("PATCH", path, {name: value}).status_code == 403
    graph = sim.graph("Contoso", permission, "Policy.Read.All")
    assert graph("PATCH", path, {"@odata.type": "#microsoft.graph.policy", name: value}).status_code == 204
    assert graph.get(path)[name] == value
    assert graph("PATCH", path, {"shoeSize": 4}).status_code == 400
    assert graph("PATCH", path, {"id": "other"}).status_code == 400


def test_only_the_permission_for_it_finds_tenants(sim: Simulated) -> None:
    path = "/tenantRelationships/findTenantInformationByDomainName(domainName='partner.example')"
    reader = sim.graph("Contoso", "Policy.Read.All", "User.Read.All")
    assert error_of(reader("GET", path)) == (403, "Authorization_RequestDenied")
    assert sim.graph("Contoso", "CrossTenantInformation.ReadBasic.All").get(path)["displayName"] == "Partner Ltd"


def test_policies_are_read_only_with_the_permission(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "User.ReadWrite.All")
    paths = ("/policies/authorizationPolicy", PARTNERS, f"{PARTNERS}/{FABRIKAM}")
    assert {graph("GET", path).status_code for path in paths} == {403}
    reader = sim.graph("Contoso", "Policy.Read.All")
    assert reader("POST", PARTNERS, {"tenantId": FABRIKAM}).status_code == 403


def test_the_mail_method_says_whether_codes_are_on(contoso: Graph) -> None:
    path = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/email"
    assert contoso.get(path)["allowExternalIdToUseEmailOtp"] == "default"


def test_the_domain_lists_are_only_in_beta(contoso: Graph) -> None:
    assert contoso("GET", "/policies/b2bManagementPolicies").status_code == 400
    [policy] = contoso.get(f"{contoso.url}/beta/policies/b2bManagementPolicies")["value"]
    lists = json.loads(policy["definition"][0])["B2BManagementPolicy"]["InvitationsAllowedAndBlockedDomainsPolicy"]
    assert lists == {"AllowedDomains": [], "BlockedDomains": ["blocked.example"]}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("DomainName(domainName='fabrikam.example')", "Fabrikam"),
        ("DomainName(domainName='partner.example')", "Partner Ltd"),
        (f"TenantId(tenantId='{TENANTS['Woodgrove']}')", "Woodgrove"),
    ],
)
def test_a_tenant_is_found_by_domain_and_by_id(contoso: Graph, address: str, name: str) -> None:
    facts = contoso.get(f"/tenantRelationships/findTenantInformationBy{address}")
    assert facts["displayName"] == name
    assert {"tenantId", "federationBrandName", "defaultDomainName"} <= set(facts)


def test_an_unknown_domain_is_not_found(contoso: Graph) -> None:
    path = "/tenantRelationships/findTenantInformationByDomainName(domainName='nowhere.example')"
    assert error_of(contoso("GET", path)) == (404, "Request_ResourceNotFound")


def test_the_organization_names_its_domains(contoso: Graph) -> None:
    [found] = contoso.get("/organization")["value"]
    assert [domain["name"] for domain in found["verifiedDomains"]] == [
        "contoso.example",
        "contoso.onmicrosoft.example",
    ]
