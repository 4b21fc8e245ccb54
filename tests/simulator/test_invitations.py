"""Invitations: what one leaves behind, and what a second one changes."""

from urllib.parse import parse_qs, unquote, urlsplit

from tests.simulator.browsing import heading
from tests.simulator.clients import Graph, Simulated
from tests.simulator.naming import OIDS, TENANTS, directory_app

FORBIDDEN = '~!#$%^&*()+=[]{}\\/|;:"<>?, '


def test_an_invitation_creates_a_pending_guest(sim: Simulated, contoso: Graph) -> None:
    response = contoso.invite("gus.ray@new-partner.example", invitedUserDisplayName="Gus Ray")
    assert response.status_code == 201
    body = response.json()
    assert set(body["invitedUser"]) == {"id"}
    names = (
        "displayName,userPrincipalName,mail,otherMails,mailNickname,proxyAddresses,userType,creationType,"
        "externalUserState,externalUserStateChangeDateTime,identities,showInAddressList,accountEnabled,usageLocation"
    )
    user = contoso.get(f"/users/{body['invitedUser']['id']}?$select={names}")
    assert user["userPrincipalName"] == "gus.ray_new-partner.example#EXT#@contoso.onmicrosoft.example"
    assert user["mailNickname"] == "gus.ray_new-partner.example#EXT#"
    assert user["proxyAddresses"] == ["SMTP:gus.ray@new-partner.example"]
    assert (user["userType"], user["creationType"]) == ("Guest", "Invitation")
    assert user["externalUserState"] == "PendingAcceptance"
    assert user["showInAddressList"] is False
    assert user["accountEnabled"] is True
    assert user["usageLocation"] is None
    [identity] = user["identities"]
    assert (identity["signInType"], identity["issuer"]) == ("userPrincipalName", "contoso.onmicrosoft.example")
    assert user["displayName"] == "Gus Ray"


def test_the_redeem_address_has_the_documented_shape(sim: Simulated, contoso: Graph) -> None:
    body = contoso.invite("gus@partner.example").json()
    outer = urlsplit(body["inviteRedeemUrl"])
    assert (outer.netloc, outer.path) == (f"localhost:{sim.running.port}", "/redeem")
    inner = urlsplit(unquote(outer.query.removeprefix("rd=")))
    query = parse_qs(inner.query)
    assert query["tenant"] == [TENANTS["Contoso"]]
    assert query["user"] == [body["id"]]
    assert query["ticket"][0]
    assert query["ver"] == ["2.0"]


def test_the_same_address_gives_the_same_user_and_a_new_ticket(sim: Simulated, contoso: Graph) -> None:
    first, second = contoso.invite("gus@partner.example").json(), contoso.invite("GUS@Partner.example").json()
    assert first["invitedUser"] == second["invitedUser"]
    assert first["id"] != second["id"]
    browser = sim.browser()
    assert "newer invitation" in browser.open(first["inviteRedeemUrl"]).text
    assert heading(browser.open(second["inviteRedeemUrl"])) == "You are invited to Contoso"


def test_an_accepted_guest_leaves_nothing_to_redeem(contoso: Graph) -> None:
    body = contoso.invite("ida@partner.example").json()
    assert body["status"] == "Completed"
    assert body["invitedUser"]["id"] == OIDS["ida@partner.example"]


def test_a_member_by_invitation_needs_more_than_the_invite_permission(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "User.Invite.All")
    assert graph.invite("gus@partner.example", invitedUserType="Member").status_code == 403
    graph = sim.graph("Contoso", "User.Invite.All", "User.ReadWrite.All", "User.Read.All")
    body = graph.invite("gus@partner.example", invitedUserType="Member").json()
    user = graph.get(f"/users/{body['invitedUser']['id']}?$select=userType,externalUserState")
    assert user["userType"] == "Member"


def test_the_services_own_mail_is_sent_only_when_asked_and_without_custom_text(sim: Simulated, contoso: Graph) -> None:
    contoso.invite("gus@partner.example")
    assert sim.control("GET", "/mailbox/gus@partner.example")["messages"] == []
    message = {
        "customizedMessageBody": "a personal word",
        "ccRecipients": [{"emailAddress": {"address": "b@x.example"}}],
    }
    body = contoso.invite("gus@partner.example", sendInvitationMessage=True, invitedUserMessageInfo=message).json()
    [mail] = sim.control("GET", "/mailbox/gus@partner.example")["messages"]
    assert mail["links"] == [body["inviteRedeemUrl"]]
    assert "a personal word" not in mail["body"]["content"]
    assert len(sim.control("GET", "/mailbox/b@x.example")["messages"]) == 1


def test_an_app_leaves_no_sponsor_unless_it_names_one(contoso: Graph) -> None:
    key = contoso.invite("gus@partner.example").json()["invitedUser"]["id"]
    assert contoso.get(f"/users/{key}/sponsors")["value"] == []
    bob = OIDS["bob@contoso.example"]
    contoso.invite("gus@partner.example", invitedUserSponsors=[{"id": bob}])
    assert [sponsor["id"] for sponsor in contoso.get(f"/users/{key}/sponsors")["value"]] == [bob]


def test_both_sides_together_suppress_the_consent_page(sim: Simulated, contoso: Graph) -> None:
    settings = {"inboundAllowed": True, "outboundAllowed": True}
    sides = (("Contoso", "Fabrikam"), ("Fabrikam", "Contoso"))
    for tenant, other in sides:
        assert contoso.invite("ann@fabrikam.example").json()["status"] == "PendingAcceptance"
        partners = {TENANTS[other]: {"automaticUserConsentSettings": settings}}
        sim.control("POST", f"/tenants/{TENANTS[tenant]}", {"partners": partners})
    body = contoso.invite("ann@fabrikam.example").json()
    assert body["status"] == "Completed"
    user = contoso.get(f"/users/{body['invitedUser']['id']}?$select=externalUserState,identities")
    assert user["externalUserState"] == "Accepted"


def test_reset_makes_the_guest_pending_again_with_the_same_id(sim: Simulated, contoso: Graph) -> None:
    key = OIDS["ida@partner.example"]
    given = {"resetRedemption": True, "invitedUser": {"id": key}}
    refused = contoso.invite("ida@elsewhere.example", **given)
    assert refused.status_code == 400
    contoso("PATCH", f"/users/{key}", {"otherMails": ["ida@partner.example", "ida@elsewhere.example"]})
    body = contoso.invite("ida@elsewhere.example", **given).json()
    assert (body["invitedUser"]["id"], body["status"]) == (key, "PendingAcceptance")
    assert sim.browser().redeem(body["inviteRedeemUrl"]).status_code == 302
    user = contoso.get(f"/users/{key}?$select=identities,externalUserState")
    assert user["externalUserState"] == "Accepted"
    assert user["identities"][0]["issuerAssignedId"] == "ida@elsewhere.example"


def test_reset_of_somebody_with_a_directory_role_is_refused(sim: Simulated, contoso: Graph) -> None:
    key = OIDS["ida@partner.example"]
    sim.control("POST", f"/tenants/{TENANTS['Contoso']}/users/{key}", {"adminRole": "Guest Inviter"})
    response = contoso.invite("ida@partner.example", resetRedemption=True, invitedUser={"id": key})
    assert response.status_code == 403


def test_reset_needs_the_permission_to_change_users(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "User.Invite.All")
    key = OIDS["ida@partner.example"]
    response = graph.invite("ida@partner.example", resetRedemption=True, invitedUser={"id": key})
    assert response.status_code == 403


def test_an_internal_user_can_be_turned_external_but_not_a_synchronized_one(sim: Simulated, contoso: Graph) -> None:
    key = OIDS["una@contoso.example"]
    contoso("PATCH", f"/users/{key}", {"mail": "una@partner.example"})
    sim.tenant("Contoso").users.change(key, {"onPremisesUserPrincipalName": "una@corp"})
    assert contoso.invite("una@partner.example", invitedUser={"id": key}).status_code == 400
    sim.tenant("Contoso").users.change(key, {"onPremisesUserPrincipalName": None})
    body = contoso.invite("una@partner.example", invitedUser={"id": key}).json()
    user = contoso.get(f"/users/{body['invitedUser']['id']}?$select=userType,externalUserState")
    assert (user["userType"], user["externalUserState"]) == ("Member", "PendingAcceptance")


def test_an_invitation_is_written_to_the_audit_log(sim: Simulated) -> None:
    graph = sim.graph("Contoso", "User.Invite.All", "AuditLog.Read.All")
    key = graph.invite("gus@partner.example").json()["invitedUser"]["id"]
    query = (
        "$filter=activityDisplayName eq 'Invite external user' and loggedByService eq 'Invited Users' and "
        f"targetResources/any(t:t/id eq '{key}') and activityDateTime ge 2020-01-01T00:00:00Z"
    )
    [row] = graph.get(f"/auditLogs/directoryAudits?{query}")["value"]
    assert row["initiatedBy"]["app"]["appId"] == directory_app("Contoso")
    assert row["result"] == "success"
