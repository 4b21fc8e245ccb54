"""How users come to be: members of a tenant, and guests as an invitation leaves them."""

from datetime import datetime

from selfservice.simulator.clock import iso
from selfservice.simulator.directory.shapes import Properties
from selfservice.simulator.directory.tenant import Tenant


def member(oid: str, upn: str, name: str, at: datetime) -> Properties:
    """Make a user who signs in at this tenant."""
    given, _, family = name.partition(" ")
    return {
        "id": oid,
        "displayName": name,
        "givenName": given,
        "surname": family or None,
        "userPrincipalName": upn,
        "mail": upn,
        "mailNickname": upn.partition("@")[0],
        "proxyAddresses": [f"SMTP:{upn}"],
        "userType": "Member",
        "accountEnabled": True,
        "createdDateTime": iso(at),
    }


def guest(tenant: Tenant, oid: str, address: str, at: datetime) -> Properties:
    """Make the user object that an invitation leaves behind, not yet redeemed."""
    nickname = address.replace("@", "_") + "#EXT#"
    upn = f"{nickname}@{tenant.initial_domain}"
    return {
        "id": oid,
        "displayName": address.partition("@")[0],
        "userPrincipalName": upn,
        "mail": address,
        "otherMails": [address],
        "mailNickname": nickname,
        "proxyAddresses": [f"SMTP:{address}"],
        "userType": "Guest",
        "accountEnabled": True,
        "creationType": "Invitation",
        "externalUserState": "PendingAcceptance",
        "externalUserStateChangeDateTime": iso(at),
        "showInAddressList": False,
        "createdDateTime": iso(at),
        "identities": [pending_identity(tenant, upn)],
    }


def pending_identity(tenant: Tenant, upn: str) -> Properties:
    """Give the identity a guest has until the invitation is redeemed."""
    return {
        "signInType": "userPrincipalName",
        "issuer": tenant.initial_domain,
        "issuerAssignedId": upn,
    }


def redeemed(identity: Properties, at: datetime) -> Properties:
    """Give the changes that redemption makes to a guest."""
    return {
        "externalUserState": "Accepted",
        "externalUserStateChangeDateTime": iso(at),
        "identities": [identity],
    }


def is_external(user: Properties) -> bool:
    """Tell whether a user signs in elsewhere, whatever its userType says."""
    return user.get("externalUserState") is not None or "#EXT#" in user["userPrincipalName"]


def has_mailbox(user: Properties) -> bool:
    """Tell whether a user has a mailbox in this tenant."""
    mailbox: bool = user.get("~mailbox", not is_external(user) and bool(user.get("mail")))
    return mailbox


def addresses(user: Properties) -> set[str]:
    """Name every address of a user in lower case."""
    return {value.lower() for value in (user.get("mail"), *(user.get("otherMails") or ())) if value}
