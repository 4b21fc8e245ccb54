"""Redemption: the guest opens the link, signs in, and agrees to what the tenant will learn."""

from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from werkzeug.wrappers import Response

from selfservice.simulator.crossing import home_across
from selfservice.simulator.directory.people import redeemed
from selfservice.simulator.directory.policies import allows, domain_allowed, one_time_codes
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant
from selfservice.simulator.graph.logs import note_activity, note_sign_in
from selfservice.simulator.login.accounts import account_facts, home_key
from selfservice.simulator.web import Visit, go, page, remember

PORTAL = "00000000-0000-0000-0000-000000000000"


class TicketError(Exception):
    """Say why a link leads nowhere."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """Be a link that is still good."""

    tenant: Tenant
    user: Properties
    invitation: Properties
    rd: str


def redeem(visit: Visit) -> Response:
    """Show the step of redemption that is next, or take the answer to it."""
    rd = visit.request.values.get("rd", "")
    try:
        ticket = _read(visit, rd)
        return _step(visit, ticket)
    except TicketError as error:
        return page(
            "message.html",
            status=400,
            heading="This invitation cannot be used",
            text=str(error),
            link="/",
            label="Start page of the simulator",
        )


def _read(visit: Visit, rd: str) -> Ticket:
    values = {name: found[0] for name, found in parse_qs(urlsplit(rd).query).items()}
    tenant = visit.world.tenants.get(values.get("tenant", ""))
    invitation = tenant.invitations.get(values.get("user", "")) if tenant else None
    if tenant is None or invitation is None or invitation["ticket"] != values.get("ticket"):
        reason = "The link is not complete, or the invitation is not known."
        raise TicketError(reason)
    user = tenant.users.live.get(invitation["userId"])
    if user is None:
        reason = f"The invited account is no longer in {tenant.name}."
        raise TicketError(reason)
    if invitation.get("redeemed") or user["externalUserState"] != "PendingAcceptance":
        reason = f"The invitation to {tenant.name} has already been accepted."
        raise TicketError(reason)
    if tenant.tickets[user["id"]] != invitation["id"]:
        reason = "A newer invitation was sent since. Only the link in the newest mail works."
        raise TicketError(reason)
    if not user["accountEnabled"]:
        reason = f"{tenant.name} has blocked this account from signing in."
        raise TicketError(reason)
    _check_domain(visit, tenant, invitation["address"])
    return Ticket(tenant=tenant, user=user, invitation=invitation, rd=rd)


def _check_domain(visit: Visit, tenant: Tenant, address: str) -> None:
    domain = address.partition("@")[2].lower()
    across = home_across(visit.world, tenant, address)
    facts = visit.world.tenant_facts(domain)
    other = across[0].id if across else facts["tenantId"] if facts else None
    home = visit.world.everywhere.get(other or "")
    blocked = not domain_allowed(tenant, domain)
    closed = not allows(tenant, "b2bCollaborationInbound", other) or (
        home is not None and not allows(home, "b2bCollaborationOutbound", tenant.id)
    )
    if blocked or closed:
        reason = f"The settings of one of the organizations do not let {domain} into {tenant.name}."
        raise TicketError(reason)


def _step(visit: Visit, ticket: Ticket) -> Response:
    form, session = visit.request.form, visit.session
    key = home_key(visit.world, ticket.tenant, ticket.invitation["address"])
    posted = visit.request.method == "POST"
    if posted and form.get("answer") == "continue":
        return _continue(visit, ticket, key)
    if session is None or session.account != key:
        return _sign_in_page(visit, ticket, key)
    if posted and form.get("answer") == "cancel":
        return page(
            "message.html",
            heading="You have not accepted",
            text=f"Nothing was shared with {ticket.tenant.name}. The link stays good until a newer invitation is sent.",
            link="/",
            label="Start page of the simulator",
        )
    if posted and form.get("answer") == "accept":
        return _accept(visit, ticket, key)
    return page(
        "consent.html",
        tenant=ticket.tenant.name,
        domain=ticket.tenant.domains[0],
        address=ticket.invitation["address"],
        name=account_facts(visit.world, key)["name"],
        rd=ticket.rd,
    )


def _sign_in_page(visit: Visit, ticket: Ticket, key: str) -> Response:
    facts = account_facts(visit.world, key)
    identity = facts["identity"] or ("mail" if one_time_codes(ticket.tenant) else "")
    ways = {
        "ExternalAzureAD": "with your work account",
        "MicrosoftAccount": "with your Microsoft account",
        "google.com": "with your Google account",
        "mail": "with a code that would be mailed to you",
        "": "with a new Microsoft account, since codes by mail are off",
    }
    return page(
        "redeem.html",
        tenant=ticket.tenant.name,
        address=ticket.invitation["address"],
        way=ways.get(identity, f"with {identity}"),
        rd=ticket.rd,
    )


def _continue(visit: Visit, ticket: Ticket, key: str) -> Response:
    facts = account_facts(visit.world, key)
    if not facts["enabled"]:
        reason = f"The account {facts['address']} is disabled at home (AADSTS50057)."
        raise TicketError(reason)
    if not facts["identity"] and key.startswith("outside/"):
        identity = "mail" if one_time_codes(ticket.tenant) else "MicrosoftAccount"
        visit.world.add_account({**facts, "identity": identity})
    session = visit.sessions.open(key)
    return remember(go(f"/redeem?rd={quote(ticket.rd, safe='')}"), session, secure=visit.world.site.tls)


def _accept(visit: Visit, ticket: Ticket, key: str) -> Response:
    world, tenant, user = visit.world, ticket.tenant, ticket.user
    facts = account_facts(world, key)
    if not facts["enabled"]:
        reason = f"The account {facts['address']} is disabled at home (AADSTS50057)."
        raise TicketError(reason)
    home = facts["tenantId"] or facts["identity"]
    issuer = "ExternalAzureAD" if facts["tenantId"] else facts["identity"]
    named = None if facts["tenantId"] else facts["address"]
    identity = {"signInType": "federated", "issuer": issuer, "issuerAssignedId": named}
    changes = {**redeemed(identity, world.clock.now()), "~home": home}
    if facts.get("oid"):
        changes["~homeOid"] = facts["oid"]
    if facts["name"] and user["displayName"] == user["mail"].partition("@")[0]:
        changes["displayName"] = facts["name"]
    tenant.users.change(user["id"], changes)
    tenant.save_invitation({**ticket.invitation, "redeemed": True, "status": "Completed"})
    note_activity(world, tenant, "Redeem external user invite", user, "")
    note_sign_in(world, tenant, user, app=PORTAL)
    return go(ticket.invitation["redirect"])
