"""Every documented reason for which an invitation is refused."""

from typing import Any

import pytest

from tests.simulator.clients import Graph, Simulated, error_of, message_of
from tests.simulator.naming import GROUPS, OIDS, TENANTS

FORBIDDEN = '~!#$%^&*()+=[]{}\\/|;:"<>?, '


@pytest.mark.parametrize("character", FORBIDDEN)
def test_a_forbidden_character_is_refused(contoso: Graph, character: str) -> None:
    assert error_of(contoso.invite(f"a{character}b@partner.example")) == (400, "BadRequest")


@pytest.mark.parametrize("address", [".a@x.example", "a.@x.example", "-a@x.example", "nobody", "a@b", "@x.example", ""])
def test_an_address_that_is_none_is_refused(contoso: Graph, address: str) -> None:
    assert error_of(contoso.invite(address)) == (400, "BadRequest")


@pytest.mark.parametrize("address", ["a.b-c_d@x.example", "_a_@x.example", "o1@sub.x.example"])
def test_dots_dashes_and_underscores_inside_are_fine(contoso: Graph, address: str) -> None:
    assert contoso.invite(address).status_code == 201


@pytest.mark.parametrize("url", ["", "relative/path", "ftp://x.example/", "javascript:alert(1)"])
def test_a_redirect_must_be_absolute(contoso: Graph, url: str) -> None:
    assert error_of(contoso.invite("gus@partner.example", inviteRedirectUrl=url)) == (400, "BadRequest")


def test_an_address_of_the_tenants_own_domain_is_refused(contoso: Graph) -> None:
    response = contoso.invite("nobody@contoso.example")
    assert error_of(response) == (400, "BadRequest")
    assert message_of(response).endswith("is a verified domain of this directory.")


def test_an_internal_user_is_named_in_the_refusal(contoso: Graph) -> None:
    response = contoso.invite("bob@contoso.example")
    assert response.status_code == 400
    assert f"object ID: {OIDS['bob@contoso.example']}. They can use" in message_of(response)


def test_an_internal_user_with_an_outside_address_is_found_too(sim: Simulated, contoso: Graph) -> None:
    sim.tenant("Contoso").users.change(OIDS["una@contoso.example"], {"otherMails": ["una@partner.example"]})
    assert OIDS["una@contoso.example"] in message_of(contoso.invite("una@partner.example"))


def test_a_blocked_guest_is_named_in_the_refusal(contoso: Graph) -> None:
    response = contoso.invite("rex@partner.example")
    assert response.status_code == 400
    assert OIDS["rex@partner.example"] in message_of(response)
    assert "but the account is blocked from signing in" in message_of(response)


@pytest.mark.parametrize(
    ("setting", "status"),
    [("none", 403), ("adminsAndGuestInviters", 403), ("adminsGuestInvitersAndAllMembers", 201), ("everyone", 201)],
)
def test_the_tenant_says_who_may_invite(sim: Simulated, contoso: Graph, setting: str, status: int) -> None:
    policies = {"policies": {"authorization": {"allowInvitesFrom": setting}}}
    sim.control("POST", f"/tenants/{TENANTS['Contoso']}", policies)
    response = contoso.invite("gus@partner.example")
    assert response.status_code == status
    if status == 403:
        assert response.json()["error"]["code"] == "Forbidden"
        assert message_of(response).startswith("Guest invitations not allowed for your company.")


def blocked(section: str) -> dict[str, Any]:
    everyone = [{"target": "AllUsers", "targetType": "user"}]
    return {section: {"usersAndGroups": {"accessType": "blocked", "targets": everyone}}}


@pytest.mark.parametrize(
    ("tenant", "other", "section"),
    [("Contoso", "Fabrikam", "b2bCollaborationInbound"), ("Fabrikam", "Contoso", "b2bCollaborationOutbound")],
)
def test_either_side_can_block_across_tenants(
    sim: Simulated, contoso: Graph, tenant: str, other: str, section: str
) -> None:
    sim.control("POST", f"/tenants/{TENANTS[tenant]}", {"partners": {TENANTS[other]: blocked(section)}})
    response = contoso.invite("ann@fabrikam.example")
    assert response.status_code == 403
    assert "blocked by cross-tenant access settings" in message_of(response)
    assert contoso.invite("gus@partner.example").status_code == 201


def test_a_partner_entry_opens_what_the_default_closes(sim: Simulated, contoso: Graph) -> None:
    tenant = sim.tenant("Contoso")
    tenant.policies["crossTenantDefault"] = {
        **tenant.policies["crossTenantDefault"],
        **blocked("b2bCollaborationInbound"),
    }
    assert contoso.invite("gus@partner.example").status_code == 403
    assert contoso.invite("kim@nowhere.example").status_code == 201
    opened = {"usersAndGroups": {"accessType": "allowed", "targets": [{"target": "AllUsers", "targetType": "user"}]}}
    tenant.partners[TENANTS["Fabrikam"]] = {"b2bCollaborationInbound": opened}
    assert contoso.invite("ann@fabrikam.example").status_code == 201


def test_the_domain_lists_are_either_allowing_or_blocking(sim: Simulated, contoso: Graph) -> None:
    assert contoso.invite("a@blocked.example").status_code == 400
    sim.tenant("Contoso").policies["domains"] = {"AllowedDomains": ["partner.example"], "BlockedDomains": []}
    assert contoso.invite("gus@partner.example").status_code == 201
    assert contoso.invite("a@other.example").status_code == 400


def test_an_address_nobody_can_resolve_is_an_error_of_the_server(sim: Simulated, contoso: Graph) -> None:
    sim.tenant("Contoso").behaviour.unresolvable_domains = ["lost.example"]
    response = contoso.invite("a@lost.example")
    assert error_of(response) == (500, "InternalServerError")
    assert message_of(response) == "Unable to find target address"


def test_an_app_without_the_permission_is_refused(sim: Simulated) -> None:
    response = sim.graph("Contoso", "User.Read.All").invite("gus@partner.example")
    assert error_of(response) == (403, "Authorization_RequestDenied")


def test_a_soft_deleted_twin_gives_a_new_user_or_a_refusal_as_the_tenant_is_set(sim: Simulated, contoso: Graph) -> None:
    first = contoso.invite("gus@partner.example").json()["invitedUser"]["id"]
    contoso("DELETE", f"/users/{first}")
    sim.tenant("Contoso").behaviour.soft_deleted_twin = "conflict"
    assert first in message_of(contoso.invite("gus@partner.example"))
    sim.tenant("Contoso").behaviour.soft_deleted_twin = "new"
    second = contoso.invite("gus@partner.example").json()["invitedUser"]["id"]
    assert second != first


def test_a_tenant_can_stop_inviting_for_suspicion(sim: Simulated, contoso: Graph) -> None:
    sim.tenant("Contoso").behaviour.suspicious_after = 2
    answers = [contoso.invite(f"a{number}@partner.example").status_code for number in range(4)]
    assert answers == [201, 201, 403, 403]


def test_the_address_of_a_group_is_refused(sim: Simulated, contoso: Graph) -> None:
    group = GROUPS["Project Mail"]
    sim.control(
        "POST", f"/tenants/{TENANTS['Contoso']}/groups/{group}", {"proxyAddresses": ["SMTP:team@partner.example"]}
    )
    response = contoso.invite("team@partner.example")
    assert error_of(response) == (400, "BadRequest")
    assert "proxyAddresses" in message_of(response)
