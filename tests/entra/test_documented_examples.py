"""Answers as Microsoft's documentation shows them are understood as they stand."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from selfservice.model.directory import RedemptionState, TenantInformation
from selfservice.model.unable import UnableTo
from tests.entra.scripted import Graph, Heard, Scripted
from tests.entra.world import GROUPS, PEOPLE

FILE = Path(__file__).resolve().parents[1] / "simulator" / "graph-examples.json"
EXAMPLES: dict[str, dict[str, Any]] = {
    example["name"]: example for example in json.loads(FILE.read_text("utf-8"))["examples"]
}
GUEST, GROUP = PEOPLE["ida@partner.example"], GROUPS["Expenses Users"]


def answer(name: str) -> Scripted:
    example = EXAMPLES[name]
    return Scripted(status=example["response_status"], body=example["response_body"])


def last(graph: Graph) -> Heard:
    return graph.heard[-1]


def invite(graph: Graph) -> Any:
    return graph.directory.invite(
        address="admin@fabrikam.com", display_name=None, redirect_url="https://myapp.contoso.com", attempt_id=""
    )


def test_an_invitation(graph: Graph) -> None:
    example = EXAMPLES["create_invitation"]
    graph.script(answer("create_invitation"))
    made = invite(graph)
    assert made.user_id == "cbb896f9-8306-49d0-b56b-b8e39cd28825"
    assert made.status == RedemptionState.PENDING
    assert made.redeem_url.reveal() == example["response_body"]["inviteRedeemUrl"]
    assert (last(graph).method, last(graph).path) == (example["method"], example["path"])
    sent = last(graph).body
    assert isinstance(sent, dict)
    assert example["request_body"].items() <= sent.items()


def test_an_invitation_to_an_organization_that_cannot_be_found(graph: Graph) -> None:
    graph.script(answer("create_invitation_unresolvable_target"))
    with pytest.raises(UnableTo) as raised:
        invite(graph)
    assert raised.value.code == "target-unresolvable"
    assert not raised.value.transient


def test_a_page_of_changes(graph: Graph) -> None:
    graph.script(answer("users_delta_page_with_removed"))
    page = graph.directory.users_delta(None)
    assert [user.display_name for user in page.changed] == ["Cameron White", "Delia Dennis", "Conf Room Adams"]
    assert [gone.permanently for gone in page.removed] == [True]
    assert page.next_link == EXAMPLES["users_delta_page_with_removed"]["response_body"]["@odata.nextLink"]
    assert page.delta_link is None


def test_a_sponsor_and_a_member(graph: Graph) -> None:
    graph.script(answer("add_sponsor_user"), answer("add_group_member"))
    graph.directory.add_sponsor(GUEST, sponsor_id=GUEST, is_group=False, attempt_id="")
    graph.directory.add_member(GROUP, GUEST, attempt_id="")
    sponsor, member = graph.heard
    base = "https://entra.simulator.localhost/v1.0"
    assert sponsor.path.endswith("/sponsors/$ref")
    assert sponsor.body == {"@odata.id": f"{base}/users/{GUEST}"}
    assert member.path.endswith("/members/$ref")
    assert member.body == {"@odata.id": f"{base}/directoryObjects/{GUEST}"}


def test_an_app_role(graph: Graph) -> None:
    example = EXAMPLES["assign_app_role"]
    told = example["request_body"]
    role = {"id": told["appRoleId"], "isEnabled": True, "allowedMemberTypes": ["User"]}
    application = {"id": told["resourceId"], "appId": told["principalId"], "appRoles": [role]}
    graph.script(
        Scripted(body=application),
        Scripted(body={"id": told["principalId"], "userType": "Guest"}),
        answer("assign_app_role"),
    )
    given = graph.directory.assign_app_role(
        user_id=told["principalId"], resource_id=told["resourceId"], role_id=told["appRoleId"], attempt_id=""
    )
    assert given.object_id == example["response_body"]["id"]
    assert (last(graph).method, last(graph).path, last(graph).body) == (example["method"], example["path"], told)


def test_policies(graph: Graph) -> None:
    partner = EXAMPLES["get_xtap_partner"]["response_body"]
    graph.script(
        answer("get_authorization_policy"),
        Scripted(body={"id": "Email", "state": "enabled", "allowExternalIdToUseEmailOtp": "enabled"}),
        Scripted(body={"isServiceDefault": True, "inboundTrust": None}),
        Scripted(body={"value": [partner]}),
        Scripted(status=403, body={"error": {"code": "Authorization_RequestDenied", "message": "No."}}),
    )
    policies = graph.directory.policies()
    assert policies.allow_invites_from == "everyone"
    assert policies.guest_user_role_id is None
    assert policies.email_one_time_passcode == "enabled"
    assert policies.partners[partner["tenantId"]] == partner
    assert policies.guest_lifecycle is None, "the right to read them is optional"


def test_a_tenant_found_by_its_domain(graph: Graph) -> None:
    facts = {
        "tenantId": "6babcaad-604b-40ac-a9d7-9fd97c0b779f",
        "federationBrandName": None,
        "displayName": "Contoso Ltd",
        "defaultDomainName": "contoso.com",
    }
    graph.script(Scripted(body=facts))
    found = graph.directory.find_tenant_by_domain("o'neill.example")
    assert found == TenantInformation(
        tenant_id=facts["tenantId"] or "", display_name="Contoso Ltd", default_domain="contoso.com"
    )
    asked = unquote(last(graph).path)
    assert asked == "/v1.0/tenantRelationships/findTenantInformationByDomainName(domainName='o''neill.example')"


def test_a_property_that_graph_does_not_know(graph: Graph) -> None:
    graph.script(answer("select_unsupported_property"))
    with pytest.raises(UnableTo) as raised:
        graph.directory.get_user(GUEST)
    assert raised.value.code == "unexpected"
    assert not raised.value.transient
