"""What both sides' settings do to a guest, in words, with whose it is to change and how."""

import json
from dataclasses import replace

import pytest

from selfservice.model.crossing import remedies
from selfservice.model.crossing.finding import Finding, Level, worst
from selfservice.model.crossing.rules import findings
from selfservice.model.crossing.sides import CloudPair, Crossing, HomeKind
from tests.model.crossing.making import (
    ANN,
    ANN_HERSELF,
    APP,
    CONTOSO,
    FABRIKAM,
    HERE,
    HOME,
    SHUT,
    SOMEBODY,
    crossing,
    part,
    policies,
    section,
)

TICKED = {"inboundAllowed": True, "outboundAllowed": True}


def found(way: Crossing, level: Level) -> list[Finding]:
    return [finding for finding in findings(way) if finding.level is level]


def body_of(finding: Finding) -> object:
    """Return the JSON that stands in the ready text."""
    assert finding.remedy is not None
    text = finding.remedy.text
    return json.loads(text[text.index("{") : text.rindex("}") + 1])


def test_two_tenants_that_trust_each_other_raise_no_concern() -> None:
    trusting = policies(inboundTrust={"isMfaAccepted": True}, automaticUserConsentSettings=TICKED)
    way = crossing(here=trusting, home=policies(automaticUserConsentSettings=TICKED))
    assert worst(finding.level for finding in findings(way)) is Level.OK
    assert any("No consent page" in finding.text for finding in findings(way))
    assert all(finding.remedy is None for finding in findings(way))


@pytest.mark.parametrize("closed", ["none", "adminsAndGuestInviters"])
def test_a_tenant_without_invitations_stops_those_who_need_one(closed: str) -> None:
    [stop] = found(crossing(here=policies(invites=closed)), Level.STOP)
    assert stop.owner == CONTOSO.owner
    assert body_of(stop) == {"allowInvitesFrom": "adminsGuestInvitersAndAllMembers"}
    already = replace(ANN_HERSELF, invited=False)
    assert found(crossing(here=policies(invites=closed), who=already), Level.STOP) == []


def test_the_resource_side_can_stop_a_guest() -> None:
    [stop] = found(crossing(here=policies(b2bCollaborationInbound=SHUT)), Level.STOP)
    assert "Contoso does not let you in from Fabrikam" in stop.text
    assert (stop.owner, stop.remedy and stop.remedy.method) == (CONTOSO.owner, "PATCH")
    assert stop.remedy is not None
    text = stop.remedy.text
    assert f"PATCH https://graph.microsoft.com/v1.0/policies/crossTenantAccessPolicy/partners/{HOME}" in text
    assert "Organizational settings > Fabrikam > Inbound access > B2B collaboration" in text
    assert "Policy.ReadWrite.CrossTenantAccess" in text


def test_the_home_side_can_stop_its_own_people() -> None:
    shut = {"b2bCollaborationOutbound": SHUT}
    [stop] = found(crossing(home=policies(default=shut), who=SOMEBODY), Level.STOP)
    assert "Fabrikam does not let this guest be a guest of Contoso" in stop.text
    assert stop.owner == FABRIKAM.owner
    assert stop.remedy is not None
    assert (stop.remedy.method, stop.remedy.path) == ("POST", "/policies/crossTenantAccessPolicy/partners")
    body = stop.remedy.body
    assert body["tenantId"] == HERE


def test_a_list_is_kept_and_this_person_let_through() -> None:
    others = section(part("allowed", "somebody"), part("allowed", APP, kind="application"))
    [stop] = found(crossing(here=policies(b2bCollaborationInbound=others)), Level.STOP)
    body = body_of(stop)
    assert body == {
        "b2bCollaborationInbound": {
            "usersAndGroups": {
                "accessType": "allowed",
                "targets": [
                    {"target": "somebody", "targetType": "user"},
                    {"target": ANN, "targetType": "user"},
                ],
            },
            "applications": part("allowed", APP, kind="application"),
        }
    }


def test_somebody_on_a_list_of_the_blocked_is_taken_off_it() -> None:
    blocked = section(part("blocked", "somebody", ANN))
    [stop] = found(crossing(here=policies(b2bCollaborationInbound=blocked)), Level.STOP)
    body = body_of(stop)
    assert isinstance(body, dict)
    assert body["b2bCollaborationInbound"]["usersAndGroups"] == part("blocked", "somebody")


def test_a_closed_application_stops_whoever_is_let_in() -> None:
    apps = section(part("allowed", "AllUsers"), part("allowed", "another", kind="application"))
    [stop] = found(crossing(here=policies(b2bCollaborationInbound=apps)), Level.STOP)
    assert "applications" in stop.text
    [note] = [
        each
        for each in found(crossing(here=policies(b2bCollaborationInbound=apps), who=SOMEBODY), Level.NOTE)
        if "lists the applications" in each.text
    ]
    assert note.owner == CONTOSO.owner


def test_whose_phone_it_is_follows_from_the_trust() -> None:
    [note] = found(crossing(), Level.NOTE)
    assert "you register it again" in note.text
    assert "after a lost phone, Contoso helps, not Fabrikam" in note.text
    trusting = crossing(here=policies(inboundTrust={"isMfaAccepted": True, "isCompliantDeviceAccepted": True}))
    assert found(trusting, Level.NOTE) == []
    devices = policies(inboundTrust={"isMfaAccepted": False, "isCompliantDeviceAccepted": True})
    [note] = found(crossing(here=devices), Level.NOTE)
    assert body_of(note) == {
        "inboundTrust": {
            "isMfaAccepted": True,
            "isCompliantDeviceAccepted": True,
            "isHybridAzureADJoinedDeviceAccepted": False,
        }
    }


@pytest.mark.parametrize(
    ("here", "home", "whose"),
    [(None, None, "Contoso"), (TICKED, None, "Fabrikam"), (None, TICKED, "Contoso"), (TICKED, TICKED, "")],
)
def test_the_consent_page_is_spared_only_where_both_sides_tick(here: object, home: object, whose: str) -> None:
    way = crossing(here=policies(automaticUserConsentSettings=here), home=policies(automaticUserConsentSettings=home))
    [line] = [each for each in findings(way) if "onsent page" in each.text]
    assert line.level is Level.OK
    assert (line.remedy.tenant if line.remedy else "") == whose


def test_a_partner_whose_settings_nobody_can_read_may_show_a_consent_page() -> None:
    way = replace(
        crossing(here=policies(automaticUserConsentSettings=TICKED), who=SOMEBODY),
        home=replace(FABRIKAM, policies=None),
    )
    [line] = [each for each in findings(way) if "consent page" in each.text]
    assert "unless Fabrikam spares it" in line.text
    assert found(way, Level.STOP) == []


@pytest.mark.parametrize(("codes", "level"), [("default", Level.OK), ("enabled", Level.OK), ("disabled", Level.NOTE)])
def test_without_codes_a_guest_of_no_tenant_needs_a_microsoft_account(codes: str, level: Level) -> None:
    way = Crossing(
        resource=replace(CONTOSO, policies=policies(codes=codes)), home_kind=HomeKind.NO_TENANT, traveller=SOMEBODY
    )
    [line] = findings(way)
    assert line.level is level
    assert "Microsoft account" in line.text


def test_default_settings_do_not_bind_guests_of_no_tenant() -> None:
    shut = policies(default={"b2bCollaborationInbound": SHUT})
    way = Crossing(resource=replace(CONTOSO, policies=shut), home_kind=HomeKind.NO_TENANT, traveller=SOMEBODY)
    assert found(way, Level.STOP) == []


@pytest.mark.parametrize(
    ("home", "here", "pair"),
    [
        ("global", "global", CloudPair.SAME),
        ("", "china", CloudPair.SAME),
        ("usgov", "usgov-dod", CloudPair.SAME),
        ("usgov", "global", CloudPair.MEET),
        ("global", "china", CloudPair.MEET),
        ("china", "usgov-dod", CloudPair.APART),
        ("ours", "global", CloudPair.MEET),
    ],
)
def test_which_clouds_meet(home: str, here: str, pair: CloudPair) -> None:
    way = replace(crossing(), home=replace(FABRIKAM, cloud=home), resource=replace(CONTOSO, cloud=here))
    assert way.clouds is pair


def test_across_clouds_nothing_is_open_by_default() -> None:
    way = replace(crossing(), resource=replace(CONTOSO, cloud="usgov", policies=policies()))
    assert {stop.owner for stop in found(way, Level.STOP)} == {CONTOSO.owner, FABRIKAM.owner}
    added = policies(isServiceProvider=None)
    way = replace(crossing(home=added), resource=replace(CONTOSO, cloud="usgov", policies=added))
    assert found(way, Level.STOP) == []
    assert any("different Microsoft clouds" in note.text for note in found(way, Level.NOTE))


def test_clouds_that_never_meet_stop_everything_else() -> None:
    way = replace(
        crossing(), home=replace(FABRIKAM, cloud="china"), resource=replace(CONTOSO, cloud="usgov", policies=policies())
    )
    [stop] = findings(way)
    assert stop.level is Level.STOP


def test_a_list_of_domains_is_changed_by_hand_alone() -> None:
    text = remedies.allow_domain(CONTOSO, "partner.example").text
    assert "partner.example" in text
    assert "Collaboration restrictions" in text
    assert "Microsoft Graph v1.0 has no call" in text
