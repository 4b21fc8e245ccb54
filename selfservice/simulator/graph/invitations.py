"""Invitations: one user per address, one good ticket per user, and many ways to be refused."""

import re
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from selfservice.simulator.clock import iso
from selfservice.simulator.directory.people import guest, is_external, pending_identity, redeemed
from selfservice.simulator.directory.policies import consents_automatically
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.graph.call import Answer, Call, as_list, created, route
from selfservice.simulator.graph.errors import refuse
from selfservice.simulator.graph.invitation_mail import mail_invitation
from selfservice.simulator.graph.invitation_rules import (
    check_conversion,
    check_existing,
    check_reset,
    check_tenants,
    owner_of,
)
from selfservice.simulator.graph.logs import note_activity
from selfservice.simulator.graph.permissions import INVITE, WRITE_USERS
from selfservice.simulator.graph.references import referenced
from selfservice.simulator.identifiers import new_id

_FORBIDDEN = re.compile(r"""[~!#$%^&*()+=\[\]{}\\/|;:"<>?,\s]""")
_SHAPE = re.compile(r"[^@.\-](?:[^@]*[^@.\-])?@[^@.\-][^@]*\.[^@.]+")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Be what an invitation asks for, checked for its shape."""

    address: str
    redirect: str
    name: str | None
    user_type: str
    send: bool
    reset: bool
    user_id: str
    message: Properties
    sponsors: list[Any]


def invite(call: Call) -> Answer:
    """Invite a guest. https://learn.microsoft.com/graph/api/invitation-post"""
    wish = _read(call)
    check_tenants(call, wish.address)
    user = _user_for(call, wish)
    _set_sponsors(call, user, wish.sponsors)
    invitation = _issue(call, user, wish)
    note_activity(call.world, call.tenant, "Invite external user", user, call.app)
    body = _shown(call, user, wish, invitation)
    if wish.send and invitation["status"] == "PendingAcceptance":
        mail_invitation(call, wish.address, body["inviteRedeemUrl"], wish.message)
    return created(body)


def _read(call: Call) -> Wish:
    body = call.json()
    for name in ("invitedUserEmailAddress", "inviteRedirectUrl"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise refuse("invite-required", name=name)
    address, redirect = body["invitedUserEmailAddress"], body["inviteRedirectUrl"]
    if _FORBIDDEN.search(address) or not _SHAPE.fullmatch(address):
        raise refuse("invite-address")
    target = urlsplit(redirect)
    if target.scheme not in ("http", "https") or not target.netloc:
        raise refuse("invite-redirect")
    user_type = body.get("invitedUserType") or "Guest"
    if user_type not in ("Guest", "Member"):
        raise refuse("invite-type")
    if user_type == "Member" and not call.may(*WRITE_USERS):
        raise refuse("denied")
    return Wish(
        address=address,
        redirect=redirect,
        name=body.get("invitedUserDisplayName"),
        user_type=user_type,
        send=bool(body.get("sendInvitationMessage", False)),
        reset=bool(body.get("resetRedemption", False)),
        user_id=str((body.get("invitedUser") or {}).get("id") or "").lower(),
        message=body.get("invitedUserMessageInfo") or {},
        sponsors=_sponsors(body),
    )


def _sponsors(body: Properties) -> list[Any]:
    bound = as_list(body.get("invitedUserSponsors@odata.bind"))
    inline = [entry.get("id") for entry in as_list(body.get("invitedUserSponsors"))]
    return [*bound, *inline]


def _user_for(call: Call, wish: Wish) -> Properties:
    if wish.user_id:
        return _given_user(call, wish)
    if wish.reset:
        raise refuse("invite-required", name="invitedUser")
    known = owner_of(call.tenant, wish.address)
    if known is None:
        return _new_guest(call, wish)
    check_existing(known)
    call.effect = f"user {known['id']} invited again"
    return known


def _given_user(call: Call, wish: Wish) -> Properties:
    if not call.may(*WRITE_USERS):
        raise refuse("denied")
    user = call.tenant.find_user(wish.user_id)
    if user is None:
        raise refuse("not-found", id=wish.user_id)
    now = call.world.clock.now()
    if wish.reset:
        check_reset(user, wish.address)
        identity = pending_identity(call.tenant, user["userPrincipalName"])
        call.effect = f"redemption of user {user['id']} reset"
    else:
        check_conversion(user, wish.address)
        identity = pending_identity(call.tenant, user["userPrincipalName"])
        call.effect = f"user {user['id']} turned into an external one"
    changes = {**redeemed(identity, now), "externalUserState": "PendingAcceptance"}
    call.tenant.users.change(user["id"], changes)
    return user


def _new_guest(call: Call, wish: Wish) -> Properties:
    tenant = call.tenant
    if tenant.behaviour.soft_deleted_twin == "conflict":
        _refuse_twin(call, wish.address)
    user = guest(tenant, new_id(), wish.address, call.world.clock.now())
    user["userType"] = wish.user_type
    if wish.name:
        user["displayName"] = wish.name
    lag = tenant.behaviour.lag_seconds if call.lag is None else call.lag
    tenant.users.add(user, visible_after=lag)
    call.effect = f"user {user['id']} created by invitation"
    return user


def _refuse_twin(call: Call, address: str) -> None:
    for user in call.tenant.users.deleted.values():
        if user.get("mail") == address:
            raise refuse("invite-twin", id=user["id"])


def _set_sponsors(call: Call, user: Properties, sponsors: list[Any]) -> None:
    for entry in sponsors:
        value = entry if "/" in str(entry) else f"{call.base}/directoryObjects/{entry}"
        _, sponsor = referenced(call, value)
        if not call.tenant.sponsors.has(user["id"], sponsor["id"]):
            call.tenant.sponsors.add(user["id"], sponsor["id"])


def _issue(call: Call, user: Properties, wish: Wish) -> Properties:
    domain = wish.address.partition("@")[2]
    home = call.world.tenant_owning(domain)
    automatic = (
        home is not None
        and consents_automatically(call.tenant, "inboundAllowed", home.id)
        and consents_automatically(home, "outboundAllowed", call.tenant.id)
    )
    if automatic and home and user["externalUserState"] == "PendingAcceptance":
        identity = {
            "signInType": "federated",
            "issuer": "ExternalAzureAD",
            "issuerAssignedId": None,
        }
        changes = redeemed(identity, call.world.clock.now())
        call.tenant.users.change(user["id"], {**changes, "~home": home.id})
    open_still = user["externalUserState"] == "PendingAcceptance"
    invitation = {
        "id": new_id(),
        "userId": user["id"],
        "address": wish.address,
        "redirect": wish.redirect,
        "ticket": secrets.token_urlsafe(24),
        "status": "PendingAcceptance" if open_still else "Completed",
        "at": iso(call.world.clock.now()),
    }
    call.tenant.save_invitation(invitation)
    return invitation


def redeem_url(call: Call, invitation: Properties) -> str:
    """Write the address that redeems an invitation: a bearer secret."""
    inner = (
        f"https://invitations.microsoft.com/redeem/?tenant={call.tenant.id}"
        f"&user={invitation['id']}&ticket={quote(invitation['ticket'], safe='')}&ver=2.0"
    )
    return f"{call.world.site.front}/redeem?rd={quote(inner, safe='')}"


def _shown(call: Call, user: Properties, wish: Wish, invitation: Properties) -> Properties:
    recipients = [(entry or {}).get("emailAddress") or {} for entry in as_list(wish.message.get("ccRecipients"))]
    first = recipients[0] if recipients else {}
    copies = [{"emailAddress": {"name": first.get("name"), "address": first.get("address")}}]
    external = is_external(user)
    return {
        "@odata.context": call.context("invitations/$entity"),
        "id": invitation["id"],
        "inviteRedeemUrl": redeem_url(call, invitation),
        "invitedUserDisplayName": wish.name,
        "invitedUserType": wish.user_type if external else user["userType"],
        "invitedUserEmailAddress": wish.address,
        "sendInvitationMessage": wish.send,
        "resetRedemption": wish.reset,
        "inviteRedirectUrl": wish.redirect,
        "status": invitation["status"],
        "invitedUserMessageInfo": {
            "messageLanguage": wish.message.get("messageLanguage"),
            "customizedMessageBody": wish.message.get("customizedMessageBody"),
            "ccRecipients": copies,
        },
        "invitedUser": {"id": user["id"]},
    }


ROUTES = (route("POST /invitations", invite, INVITE),)
