"""What goes wrong outside, in words for people: the cause, whose it is, and what they can do."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Service:
    """A tenant's service as people know it. `owner` is who can change something about it."""

    name: str
    owner: str


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a failure means. `{tenant}` stands for the tenant's name; without an owner it is the tenant's."""

    cause: str
    next_step: str
    owner: str = ""
    transient: bool = False


NOBODY: Final = "Nobody: it is tried again by itself"
OPERATOR: Final = "Whoever runs this site"

MEANINGS: Final = {
    "throttled": Meaning(
        cause="{tenant} has had many changes at once and asks us to wait.",
        next_step="Wait; it goes on by itself.",
        owner=NOBODY,
        transient=True,
    ),
    "network": Meaning(
        cause="{tenant}'s directory could not be reached.",
        next_step="Wait; it is tried again by itself.",
        owner=NOBODY,
        transient=True,
    ),
    "untrusted": Meaning(
        cause="{tenant}'s directory was reached, but its certificate is not trusted here.",
        next_step="Set ca_bundle of the tenant's cloud to the authority that signs it.",
        owner=OPERATOR,
    ),
    "service": Meaning(
        cause="{tenant}'s directory is in trouble at the moment.",
        next_step="Wait; it is tried again by itself.",
        owner=NOBODY,
        transient=True,
    ),
    "conflict": Meaning(
        cause="Somebody else is changing the same thing in {tenant} at this moment.",
        next_step="Wait; it is tried again by itself.",
        owner=NOBODY,
        transient=True,
    ),
    "foreign-address": Meaning(
        cause="An answer of {tenant}'s directory points to another service, where we do not go.",
        next_step="Tell the security team; something stands between us and Microsoft.",
        owner=OPERATOR,
    ),
    "redirected": Meaning(
        cause="{tenant}'s directory sent us elsewhere, where we do not go.",
        next_step="Check the cloud of the tenant, and any proxy on the way.",
        owner=OPERATOR,
    ),
    "unexpected-answer": Meaning(
        cause="{tenant}'s directory answered with something we do not understand.",
        next_step="Report it with the request's number.",
        owner=OPERATOR,
    ),
    "unexpected": Meaning(
        cause="{tenant}'s directory refused, for a reason that is new to us.",
        next_step="Look the request's number up in the directory's audit log, and report it.",
        owner=OPERATOR,
    ),
    "permission-missing": Meaning(
        cause="We lack a permission in {tenant}.",
        next_step="Run `selfservice check`; it names the permission. Then give admin consent.",
    ),
    "token-refused": Meaning(
        cause="{tenant}'s directory did not take our token.",
        next_step="Wait; it is tried again with a new one. If it stays, run `selfservice check`.",
        owner=OPERATOR,
        transient=True,
    ),
    "credential-refused": Meaning(
        cause="{tenant} did not accept our app's credential: it is wrong, or it has ended.",
        next_step="Put a valid certificate or secret in its place (docs/entra-setup.md, rotating).",
        owner=OPERATOR,
    ),
    "credential-unreadable": Meaning(
        cause="Our app's credential for {tenant} cannot be read.",
        next_step="Run `selfservice check`; its log names the file and what is wrong with it.",
        owner=OPERATOR,
    ),
    "consent-missing": Meaning(
        cause="{tenant} does not know our app: an admin has not consented to it.",
        next_step="Give admin consent there (docs/entra-setup.md).",
    ),
    "tenant-unknown": Meaning(
        cause="The sign-in service does not know the tenant {tenant}.",
        next_step="Check the tenant's id and its cloud in the settings.",
        owner=OPERATOR,
    ),
    "sign-in-blocked": Meaning(
        cause="A rule of {tenant} keeps our app from signing in.",
        next_step="Look at the sign-in log of workload identities, and at Conditional Access there.",
    ),
    "query-unsupported": Meaning(
        cause="{tenant}'s directory does not support what we asked.",
        next_step="Report it with the request's number.",
        owner=OPERATOR,
    ),
    "delta-expired": Meaning(
        cause="{tenant}'s directory no longer knows where we were in its list of changes.",
        next_step="Nothing; everything is read again by itself.",
        owner=NOBODY,
        transient=True,
    ),
    "invitations-off": Meaning(
        cause="{tenant} does not allow invitations.",
        next_step="Allow them in the external collaboration settings; it takes up to an hour to apply.",
    ),
    "suspicious-activity": Meaning(
        cause="Microsoft has stopped invitations from {tenant} because of suspicious activity.",
        next_step="Send nothing more; open a support case with Microsoft, then release the brake here.",
    ),
    "cross-tenant-blocked": Meaning(
        cause="The cross-tenant access settings of {tenant}, or of the guest's organization, forbid this invitation.",
        next_step="Both organizations' admins must allow B2B collaboration with each other.",
    ),
    "domain-verified-here": Meaning(
        cause="The address belongs to {tenant} itself, so its owner cannot be a guest there.",
        next_step="Ask for an address of the guest's own organization, or give the member access directly.",
        owner="Whoever asked",
    ),
    "domain-blocked": Meaning(
        cause="{tenant} does not allow guests from this domain.",
        next_step="Ask for the domain to be allowed in the external collaboration settings.",
    ),
    "guest-blocked": Meaning(
        cause="This guest exists in {tenant}, but sign-in is blocked for them.",
        next_step="Unblock the guest there first.",
    ),
    "guest-deleted": Meaning(
        cause="This guest was deleted from {tenant} a short time ago and can be restored.",
        next_step="Restore the guest there, or delete them for good, then try again.",
    ),
    "internal-user": Meaning(
        cause="This person is a member of {tenant}, so they cannot be invited as a guest.",
        next_step="Give the access directly; no invitation is needed.",
    ),
    "address-conflict": Meaning(
        cause="The address is in use by another object in {tenant}, such as a mail contact.",
        next_step="Remove the address from that object, then try again.",
    ),
    "address-refused": Meaning(
        cause="Microsoft does not take this address for a guest.",
        next_step="Ask for another address of the guest.",
        owner="Whoever asked",
    ),
    "redirect-refused": Meaning(
        cause="Microsoft does not take the address at which the guest would land.",
        next_step="Correct the landing address of the access package.",
    ),
    "target-unresolvable": Meaning(
        cause="Microsoft cannot find the organization behind this address.",
        next_step="Check the address with the guest; a work address of another kind may do.",
        owner="Whoever asked",
    ),
    "not-there-yet": Meaning(
        cause="{tenant}'s directory does not know the object (yet).",
        next_step="Wait; it is tried again by itself.",
        owner=NOBODY,
        transient=True,
    ),
    "not-found": Meaning(
        cause="{tenant} has no such object.",
        next_step="Check whether it was deleted there.",
    ),
    "already-there": Meaning(
        cause="{tenant} says that it is so already, and then that it is not.",
        next_step="Wait; it is looked at again by itself.",
        owner=NOBODY,
        transient=True,
    ),
    "not-writable-group": Meaning(
        cause="The members of this group cannot be changed through Microsoft Graph.",
        next_step="Use an assigned security or Microsoft 365 group of {tenant} instead.",
    ),
    "sponsor-limit": Meaning(
        cause="The guest has as many sponsors as {tenant} allows.",
        next_step="Take a sponsor off the guest first.",
    ),
    "role-unknown": Meaning(
        cause="The application in {tenant} no longer has this app role.",
        next_step="Choose another role in the access package.",
    ),
    "license-missing": Meaning(
        cause="{tenant} lacks the licence for this.",
        next_step="Add Microsoft Entra ID P1 there, or do without.",
    ),
    "mailbox-denied": Meaning(
        cause="Our mail app may not use this mailbox of {tenant}.",
        next_step="Put the mailbox in the app's scope in Exchange Online; it takes up to two hours to apply.",
    ),
    "mailbox-missing": Meaning(
        cause="The mailbox that our mails leave from does not exist in {tenant}.",
        next_step="Correct the mailbox in the settings, or make it.",
        owner=OPERATOR,
    ),
    "recipient-refused": Meaning(
        cause="The mail's recipient is not taken as an address.",
        next_step="Correct the address.",
        owner="Whoever asked",
    ),
}
"""What each code means. Codes are stored and compared; sentences may change."""
