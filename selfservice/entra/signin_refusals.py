"""Why a sign-in is refused: each reason has a name, whose it is, and what they can do."""

from dataclasses import dataclass
from typing import Final

from selfservice.model.refusal import Refused


class SignInRefused(Refused):
    """The sign-in does not count here. `code` names the reason."""

    def __init__(self, code: str, cause: str, *, owner: str, next_step: str) -> None:
        super().__init__(cause, owner=owner, next_step=next_step)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason, in words."""

    cause: str
    owner: str
    next_step: str


YOU: Final = "You"
OPERATOR: Final = "Whoever runs this site"
ADMIN: Final = "An admin of your organization"

REASONS: Final = {
    "not-our-tenant": Reason(
        cause="You signed in with an organization that does not use this site.",
        owner=YOU,
        next_step="Sign out, then sign in with the work account of an organization that does.",
    ),
    "personal-account": Reason(
        cause="You signed in with a personal Microsoft account.",
        owner=YOU,
        next_step="Sign out, then sign in with your work account.",
    ),
    "guest-account": Reason(
        cause="You signed in as a guest, and guests cannot ask here.",
        owner=YOU,
        next_step="Sign out, then sign in with the account of your own organization.",
    ),
    "external-member": Reason(
        cause="Your account is a member here, but you sign in at another organization.",
        owner=OPERATOR,
        next_step="Sign in with an account of this organization, or ask for external members to be allowed.",
    ),
    "account-kind-unknown": Reason(
        cause="The sign-in does not say whether you are a member or a guest, so it cannot be trusted with more.",
        owner=OPERATOR,
        next_step="Add the optional claim acct to the ID token of the sign-in app (docs/entra-setup.md).",
    ),
    "untrusted": Reason(
        cause="What came back from the sign-in service could not be verified.",
        owner=YOU,
        next_step="Start again from the first page. If it happens again, tell whoever runs this site.",
    ),
    "out-of-time": Reason(
        cause="The sign-in took too long, or the clocks of this site and of Microsoft differ.",
        owner=YOU,
        next_step="Start again from the first page. If it happens again, the clock of this site must be set.",
    ),
    "not-begun-here": Reason(
        cause="This sign-in was not begun in this browser, or it was used already.",
        owner=YOU,
        next_step="Start again from the first page.",
    ),
    "code-ended": Reason(
        cause="This sign-in was used already, or took too long.",
        owner=YOU,
        next_step="Start again from the first page.",
    ),
    "canceled": Reason(
        cause="The sign-in was canceled.",
        owner=YOU,
        next_step="Start again when you like.",
    ),
    "consent-missing": Reason(
        cause="Your organization has not consented to this site.",
        owner=ADMIN,
        next_step="Ask them to give admin consent to the sign-in app (docs/entra-setup.md).",
    ),
    "not-assigned": Reason(
        cause="Your organization has not given you this site.",
        owner=ADMIN,
        next_step="Ask them to assign you to the sign-in app.",
    ),
    "blocked-by-policy": Reason(
        cause="A sign-in rule of your organization does not let you in from here.",
        owner=ADMIN,
        next_step="Use a device and a place that it allows, or ask them.",
    ),
    "failed": Reason(
        cause="The sign-in service did not let you in.",
        owner=YOU,
        next_step="Start again from the first page. If it happens again, tell whoever runs this site.",
    ),
}
"""What each reason means. Names are stored and compared; sentences may change."""

BY_NUMBER: Final = {
    "50020": "not-our-tenant",
    "500200": "personal-account",
    "50105": "not-assigned",
    "65001": "consent-missing",
    "65004": "canceled",
    "90094": "consent-missing",
    "90095": "consent-missing",
    "53000": "blocked-by-policy",
    "53001": "blocked-by-policy",
    "53003": "blocked-by-policy",
    "530034": "blocked-by-policy",
    "54005": "code-ended",
    "70000": "code-ended",
    "70008": "code-ended",
    "700082": "code-ended",
}
"""AADSTS numbers. https://learn.microsoft.com/entra/identity-platform/reference-error-codes"""

BY_ERROR: Final = {
    "access_denied": "canceled",
    "consent_required": "consent-missing",
    "invalid_grant": "code-ended",
    "interaction_required": "blocked-by-policy",
}


def refused(code: str) -> SignInRefused:
    """Return the refusal with this name."""
    reason = REASONS[code]
    return SignInRefused(code, reason.cause, owner=reason.owner, next_step=reason.next_step)
