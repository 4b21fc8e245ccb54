"""The changes of a tenant's settings that let a guest in, as the admin center names them and as calls of Graph."""

from collections.abc import Mapping
from dataclasses import dataclass

from selfservice.model.crossing.finding import Remedy
from selfservice.model.crossing.settings import Border, Direction, Section, targets_of
from selfservice.model.crossing.sides import Side

PARTNERS = "/policies/crossTenantAccessPolicy/partners"
SETTINGS_PAGE = "https://learn.microsoft.com/entra/external-id/cross-tenant-access-settings-b2b-collaboration"
COLLABORATION_PAGE = "https://learn.microsoft.com/entra/external-id/external-collaboration-settings-configure"
CLOUDS_PAGE = "https://learn.microsoft.com/entra/external-id/cross-cloud-settings"
DOMAINS_PAGE = "https://learn.microsoft.com/entra/external-id/allow-deny-list"
ONE_TIME_PAGE = "https://learn.microsoft.com/entra/external-id/one-time-passcode"
WORDS = {Direction.INBOUND: "Inbound access", Direction.OUTBOUND: "Outbound access"}
EVERYONE: Mapping[str, Section] = {
    "usersAndGroups": {"accessType": "allowed", "targets": [{"target": "AllUsers", "targetType": "user"}]},
    "applications": {"accessType": "allowed", "targets": [{"target": "AllApplications", "targetType": "application"}]},
}


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What one side's settings say about the other, and who the two are."""

    side: Side
    other: Side
    border: Border


def let_through(gate: Gate, direction: Direction, person_id: str, *, keep_apps: bool) -> Remedy:
    """Let people of the other tenant in (inbound), or one's own people out to it (outbound). Where the settings list
    people one by one, and this one is known by their id, the list is kept and this one is let through.

    https://learn.microsoft.com/graph/api/crosstenantaccesspolicyconfigurationpartner-update
    """
    name = gate.other.name
    whom = f"people of {name} in" if direction is Direction.INBOUND else f"your people out to {name}"
    apps = gate.border.part(direction, "applications") if keep_apps else {}
    section = {
        "usersAndGroups": _with(gate.border.part(direction, "usersAndGroups"), person_id),
        "applications": apps or EVERYONE["applications"],
    }
    return _partner_change(
        gate,
        wish=f"let {whom} as guests (B2B collaboration).",
        place=f"{WORDS[direction]} > B2B collaboration > Users and groups, and Applications: Allow access",
        body={direction.value: section},
    )


def trust_mfa(gate: Gate) -> Remedy:
    """Let multifactor authentication of `other` count.

    https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicyinboundtrust
    """
    names = ("isCompliantDeviceAccepted", "isHybridAzureADJoinedDeviceAccepted")
    kept = {name: gate.border.section("inboundTrust").get(name) is True for name in names}
    return _partner_change(
        gate,
        wish=f"trust the multifactor authentication of {gate.other.name}.",
        place="Inbound access > Trust settings: Trust multifactor authentication from Microsoft Entra tenants",
        body={"inboundTrust": {"isMfaAccepted": True, **kept}},
    )


def redeem(gate: Gate, direction: Direction) -> Remedy:
    """Spare guests the consent page; both sides have to.

    https://learn.microsoft.com/graph/api/resources/inboundoutboundpolicyconfiguration
    """
    both = {
        "inboundAllowed": direction is Direction.INBOUND or gate.border.redeems(Direction.INBOUND),
        "outboundAllowed": direction is Direction.OUTBOUND or gate.border.redeems(Direction.OUTBOUND),
    }
    return _partner_change(
        gate,
        wish=f"redeem invitations with {gate.other.name} automatically.",
        place=f"{WORDS[direction]} > Trust settings: Automatically redeem invitations with this tenant",
        body={"automaticUserConsentSettings": both},
    )


def add_partner(gate: Gate) -> Remedy:
    """Open a tenant for one of another cloud, once that cloud itself is turned on.

    https://learn.microsoft.com/graph/api/crosstenantaccesspolicy-post-partners
    """
    return _partner_change(
        gate,
        wish=f"turn on collaboration with the cloud of {gate.other.name}, and add its tenant ({gate.other.tenant_id}).",
        place="Microsoft cloud settings (tick the cloud), then Add organization by its tenant id",
        body={},
        source=CLOUDS_PAGE,
    )


def allow_invitations(side: Side) -> Remedy:
    """Let applications invite guests. https://learn.microsoft.com/graph/api/authorizationpolicy-update"""
    return Remedy(
        tenant=side.name,
        tenant_id=side.tenant_id,
        wish="let guests be invited by applications.",
        place="External Identities > External collaboration settings > Guest invite settings: Member users and users "
        "assigned to specific admin roles can invite guest users",
        source=COLLABORATION_PAGE,
        method="PATCH",
        graph_url=side.graph_url,
        path="/policies/authorizationPolicy",
        permission="Policy.ReadWrite.Authorization",
        body={"allowInvitesFrom": "adminsGuestInvitersAndAllMembers"},
    )


def allow_one_time_codes(side: Side) -> Remedy:
    """Let guests without a directory sign in. https://learn.microsoft.com/graph/api/emailauthenticationmethodconfiguration-update"""
    return Remedy(
        tenant=side.name,
        tenant_id=side.tenant_id,
        wish="let guests sign in with a one-time passcode by mail.",
        place="External Identities > All identity providers > Email one-time passcode: Yes",
        source=ONE_TIME_PAGE,
        method="PATCH",
        graph_url=side.graph_url,
        path="/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/email",
        permission="Policy.ReadWrite.AuthenticationMethod",
        body={
            "@odata.type": "#microsoft.graph.emailAuthenticationMethodConfiguration",
            "allowExternalIdToUseEmailOtp": "enabled",
        },
    )


def allow_domain(side: Side, domain: str) -> Remedy:
    """Let a domain in by the list of domains, which v1.0 of Graph neither shows nor changes."""
    return Remedy(
        tenant=side.name,
        tenant_id=side.tenant_id,
        wish=f"let guests of {domain} be invited.",
        place="External Identities > External collaboration settings > Collaboration restrictions",
        source=DOMAINS_PAGE,
    )


def _partner_change(gate: Gate, *, wish: str, place: str, body: Section, source: str = SETTINGS_PAGE) -> Remedy:
    there, side, other = gate.border.has_entry, gate.side, gate.other
    return Remedy(
        tenant=side.name,
        tenant_id=side.tenant_id,
        wish=wish,
        place=f"External Identities > Cross-tenant access settings > Organizational settings > {other.name} > {place}"
        if source == SETTINGS_PAGE
        else f"External Identities > Cross-tenant access settings > {place}",
        source=source,
        method="PATCH" if there else "POST",
        graph_url=side.graph_url,
        path=f"{PARTNERS}/{other.tenant_id}" if there else PARTNERS,
        permission="Policy.ReadWrite.CrossTenantAccess",
        body=body if there else {"tenantId": other.tenant_id, **body},
    )


def _with(part: Section, person_id: str) -> Section:
    """Return a list of people with this one let through; everybody, where that cannot be said in the list."""
    kept = [dict(target) for target in targets_of(part) if target.get("target") not in ("AllUsers", person_id)]
    if not person_id or not kept:
        return EVERYONE["usersAndGroups"]
    if part.get("accessType") == "blocked":
        return {"accessType": "blocked", "targets": kept}
    return {"accessType": "allowed", "targets": [*kept, {"target": person_id, "targetType": "user"}]}
